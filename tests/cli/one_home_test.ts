import { assertEquals, assertStringIncludes } from "@std/assert";
import { type HomePaths, homePaths } from "../../lib/home/paths.ts";
import { readRunState } from "../../lib/home/run_file.ts";
import { openChannel } from "../../lib/mailbox/channel.ts";
import { SENDER_TAG } from "../support/fake_mailbox.ts";
import { Nymwire } from "../support/nymwire.ts";
import { objectsOf } from "../support/objects.ts";

Deno.test("run --local --init is all of it in one process, and tells a service manager", async () => {
  await using nymwire = await Nymwire.create();
  const path = `${nymwire.base}/notify`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  using _socket = { [Symbol.dispose]: () => socket.close() };
  const run = nymwire.start(
    ["run", "--id", "x", "--local", "--init", "--port", "0", "--json"],
    { env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000000" } },
  );
  const [line] = objectsOf(await run.firstLine());
  assertEquals(line?.["type"], "ready");
  const url = String(line?.["url"]);
  const word = async () =>
    new TextDecoder().decode((await socket.receive())[0]);
  assertEquals(await word(), "WATCHDOG=1");
  assertEquals(await word(), `READY=1\nSTATUS=listening on ${url}`);
  // A program in any language: its own address, and a message to itself.
  const program = new WebSocket(url);
  const messages: string[] = [];
  const done = Promise.withResolvers<void>();
  program.onopen = () => program.send('{"type":"selfAddress"}');
  program.onmessage = ({ data }) => {
    messages.push(data);
    const { type, address } = JSON.parse(data);
    if (type === "selfAddress") {
      program.send(
        JSON.stringify({ type: "send", message: "hi", recipient: address }),
      );
    } else done.resolve();
  };
  await done.promise;
  assertEquals(JSON.parse(messages[1]!).message, "hi");
  const closed = new Promise((resolve) => program.onclose = resolve);
  run.kill("SIGINT");
  assertEquals(await word(), "STOPPING=1");
  assertEquals((await run.ended).code, 130);
  await closed;
});

Deno.test("commands on one home join the one that holds it, and take over when it ends", async () => {
  await using nymwire = await Nymwire.create();
  const network = nymwire.start(["network", "up", "--port", "0"]);
  const { port } = new URL((await network.firstLine()).slice("ready ".length));
  const again = await nymwire.run(["network", "up"]);
  assertEquals(again.code, 4);
  assertStringIncludes(again.stderr, "one runs there");
  const elsewhere = { env: { NYMWIRE_HOME: `${nymwire.base}/other` } };
  const taken = await nymwire.run(["network", "up", "--port", port], elsewhere);
  assertEquals(taken.code, 4);
  await nymwire.run(["init", "--id", "a", "--network", "local"]);
  const home = homePaths(nymwire.base, "a");

  const listen = nymwire.start([
    "listen",
    "--json",
    "-n",
    "3",
    "--timeout",
    "120s",
  ]);
  await holder(home, listen.pid);
  const other = nymwire.start([
    "listen",
    "--json",
    "-n",
    "2",
    "--timeout",
    "120s",
  ]);
  await consumers(home, 2);
  const first = await nymwire.run(["send", "--json", "--to", "self", "one"]);
  assertEquals(first.code, 0);
  // Our own client tells more than a stock one.
  assertStringIncludes(first.stdout, '"stage":"acked"');
  assertStringIncludes(await other.firstLine(), '"text":"one"');
  const stranger = ["send", "--reply-to", SENDER_TAG, "x"];
  const unknown = await nymwire.run(stranger);
  assertEquals(unknown.code, 11);
  assertStringIncludes(unknown.stderr, "(not sent)");

  listen.kill("SIGTERM");
  assertEquals((await listen.ended).code, 0);
  await holder(home, other.pid);
  const second = await nymwire.run(["send", "--to", "self", "two"]);
  assertEquals([second.code, second.stderr], [0, ""]);
  const { code, stdout } = await other.ended;
  assertEquals(code, 0);
  const told = objectsOf(stdout).map(({ text, state, type }) =>
    text ?? state ?? type
  );
  assertEquals(told.filter((text) => text !== "reconnecting"), [
    "one",
    "connected",
    "two",
    "end",
  ]);
  network.kill("SIGTERM");
  await network.ended;
});

/** Resolves once a process holds a home and tells where it can be reached. */
async function holder(home: HomePaths, pid: number): Promise<void> {
  for (;;) {
    const state = await readRunState(home);
    if (state.kind === "live" && state.run.pid === pid) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves once so many want what arrives for the client of a home. */
async function consumers(home: HomePaths, count: number): Promise<void> {
  const state = await readRunState(home);
  if (state.kind !== "live") throw new Error("Nobody holds the home");
  const { url } = state.run.channel!;
  const token = await Deno.readTextFile(home.token);
  await using channel = await openChannel({ url, token });
  while ((await channel.queues()).consumers < count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
