import { assertEquals, assertMatch } from "@std/assert";
import { serviceManager } from "../../lib/cli/service_manager.ts";
import { systemClock } from "../../lib/async/clock.ts";

/** A manager at `path`, and what it complains of. */
async function managerAt(path: string) {
  const faults: string[] = [];
  const variables: Record<string, string> = { NOTIFY_SOCKET: path };
  const manager = await serviceManager({
    env: { get: (name) => variables[name], toObject: () => variables },
    clock: systemClock,
    pid: 1,
    onFailure: (fault) => faults.push(fault),
  });
  return { manager, faults };
}

Deno.test({
  name: "serviceManager() speaks to a socket without a file",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const name = `nymwire-${crypto.randomUUID()}`;
    const socket = Deno.listenDatagram({
      transport: "unixpacket",
      path: `\0${name}`,
    });
    const { manager, faults } = await managerAt(`@${name}`);
    await using _manager = manager;
    await manager.ready("up");
    const [bytes] = await socket.receive();
    assertEquals(new TextDecoder().decode(bytes), "READY=1\nSTATUS=up");
    assertEquals(faults, []);
    socket.close();
  },
});

Deno.test("serviceManager() says once, and of which socket, that nobody is there", async () => {
  const { manager, faults } = await managerAt("/no/such/socket");
  await using _manager = manager;
  await manager.ready("up");
  await manager.stopping();
  assertEquals(faults.length, 1);
  assertMatch(faults[0]!, /at \/no\/such\/socket .*: it is missing$/);
});
