import { assert, assertEquals, assertMatch } from "@std/assert";
import { Testbed, together } from "../support/testbed.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

Deno.test("examples that need a client that runs", async (t) => {
  await using bed = await Testbed.create();
  await bed.network();
  await Promise.all([bed.init("alice"), bed.init("service")]);
  await together(t, {
    "native/textsend.js asks and answers over a client's websocket":
      async () => {
        const { url } = await bed.run("alice");
        const { code, stdout, stderr } = await new Deno.Command(
          Deno.execPath(),
          {
            args: [
              "run",
              "-A",
              "--quiet",
              `${EXAMPLES}native/textsend.js`,
              url,
            ],
            stdin: "null",
            stdout: "piped",
            stderr: "piped",
          },
        ).output();
        const text = new TextDecoder();
        assertMatch(
          text.decode(stdout) + text.decode(stderr),
          /^our address is: \S+@\w+\nreceived 'Hello Nym!' from the mix network\nreceived 'hello from reply blocks!' from the mix network\n$/,
        );
        assertEquals(code, 0);
      },
    "nymwire@.service starts, is ready, reads its settings anew and stops as it says":
      async () => {
        const unit = await readUnit(`${EXAMPLES}nymwire@.service`, {
          i: "service",
          h: bed.path("home"),
        });
        assertEquals(unit.Type, "notify");
        const [program, ...args] = unit.ExecStart!.split(" ");
        assertEquals(program, `${bed.path("home")}/.local/bin/nymwire`);
        const path = bed.path("notify");
        const socket = Deno.listenDatagram({ transport: "unixpacket", path });
        using _socket = { [Symbol.dispose]: () => socket.close() };
        const told = async (pattern: RegExp) => {
          for (;;) {
            const word = new TextDecoder().decode((await socket.receive())[0]);
            if (pattern.test(word)) return;
          }
        };
        const usec = Number(unit.WatchdogSec) * 1e6;
        assert(usec > 0);
        const run = bed.start([...args, "--port", "0"], {
          env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: String(usec) },
        });
        await told(/^WATCHDOG=1$/);
        await told(/^READY=1\nSTATUS=listening on ws:/);
        assertEquals(unit.ExecReload, "/bin/kill -HUP $MAINPID");
        run.kill("SIGHUP");
        await run.tells(/^read the settings again$/m);
        // How systemd stops a service that says nothing else, and what counts as success.
        const ended = run.end("SIGTERM");
        await told(/^STOPPING=1$/);
        assertEquals((await ended).code, 0);
      },
  });
});

/** The settings of a unit, with its specifiers filled in. */
async function readUnit(
  file: string,
  specifiers: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const lines = (await Deno.readTextFile(file)).split("\n")
    .filter((line) => line !== "" && !/^[#[]/.test(line));
  return Object.fromEntries(lines.map((line) => {
    const [, key, value] = /^(\w+)=(.*)$/.exec(line)!;
    return [key!, value!.replaceAll(/%(\w)/g, (_, name) => specifiers[name]!)];
  }));
}
