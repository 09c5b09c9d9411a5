import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { listMarked } from "../support/marked_processes.ts";
import { QUICK, Testbed, together } from "../support/testbed.ts";

const LINE = `
set -e
nymwire init --id receiver --port 0 --no-cover --fastmode > /dev/null
nymwire init --id sender --port 0 --no-cover --fastmode > /dev/null
: > "$NYMWIRE_HOME/receiver"
nymwire run --id receiver --port 0 >> "$NYMWIRE_HOME/receiver" 2> /dev/null &
until grep -q listening "$NYMWIRE_HOME/receiver"; do sleep 0.1; done
nymwire send --id sender --to "$(nymwire whoami --id receiver)" hello
nymwire listen --id receiver --first
echo "$NYMWIRE_NETWORK"
echo "$NYMWIRE_HOME"
exit 42
`;

Deno.test("network up -- runs a command on a network of its own", async (t) => {
  await using bed = await Testbed.create();
  await together(t, {
    "a whole line of commands, its status, and nothing left behind":
      async () => {
        const mark = crypto.randomUUID();
        const { code, stdout, stderr } = await bed.nymwire(
          ["network", "up", "--", "sh", "-c", LINE],
          { env: { TEST_MARK: mark } },
        );
        assertEquals([code, stderr], [42, ""]);
        const [message, network, home] = stdout.split("\n");
        assertEquals(message, "hello");
        assertMatch(network!, /^http:\/\/127\.0\.0\.1:\d+\/api\/$/);
        // The client that the line left running is gone with the rest.
        assertEquals(await listMarked(mark), []);
        await assertRejects(() => fetch(network!), TypeError);
        await assertRejects(() => Deno.stat(home!), Deno.errors.NotFound);
        assert(home!.startsWith(bed.temporary));
      },
    "nothing outside says which client the command uses": async () => {
      const settings = bed.path("outer");
      await Deno.mkdir(`${settings}/nymwire`, { recursive: true });
      await Deno.writeTextFile(
        `${settings}/nymwire/config.toml`,
        'id = "real"\n',
      );
      const { code, stdout } = await bed.nymwire(
        ["network", "up", "--", "sh", "-c", "env; nymwire config show"],
        {
          env: {
            NYMWIRE_URL: "ws://127.0.0.1:9",
            NYMWIRE_TO: "nobody",
            NYMWIRE_TIMEOUT: "5s",
            XDG_CONFIG_HOME: settings,
            TEST_KEPT: "kept",
          },
        },
      );
      assertEquals(code, 0);
      const ours = stdout.match(/^NYMWIRE_\w+(?==)/gm);
      assertEquals(ours?.sort(), ["NYMWIRE_HOME", "NYMWIRE_NETWORK"]);
      assertStringIncludes(stdout, "TEST_KEPT=kept\n");
      assert(!stdout.includes(settings));
    },
    "what the command reads and prints is its own": async () => {
      const cat = await bed.nymwire(
        ["network", "up", "--", "cat", "-", "--json"],
        { stdin: "through\n" },
      );
      // What follows -- is the command's, as cat says of the option that it does not know.
      assertEquals([cat.stdout, cat.code], ["", 1]);
      const through = await bed.nymwire(["network", "up", "--", "cat"], {
        stdin: "through\n",
      });
      assertEquals([through.code, through.stdout, through.stderr], [
        0,
        "through\n",
        "",
      ]);
    },
    "a program that is not there": async () => {
      const { code, stderr } = await bed.nymwire([
        "network",
        "up",
        "--",
        "no-such-program",
      ]);
      assertEquals(code, 127);
      assertMatch(
        stderr,
        /^error: Cannot run no-such-program: there is no such program\nhint: .+\n$/,
      );
    },
    "a signal ends the command, and then the network": async () => {
      for (
        const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const
      ) {
        const mark = crypto.randomUUID();
        await using process = bed.start(
          ["network", "up", "--", "sh", "-c", "echo up; exec sleep 1000"],
          { env: { TEST_MARK: mark } },
        );
        await process.firstLine();
        const ended = await process.end(signal);
        assertEquals([signal, ended.code], [signal, code]);
        assertEquals(await listMarked(mark), []);
      }
    },
    "run --local --init is a client with its network in one process":
      async () => {
        const mark = crypto.randomUUID();
        await using process = bed.start(
          [
            "run",
            "--local",
            "--init",
            "--id",
            "solo",
            "--port",
            "0",
            ...QUICK,
          ],
          { env: { TEST_MARK: mark } },
        );
        assertMatch(
          await process.firstLine(),
          /^listening on ws:\/\/127\.0\.0\.1:\d+$/,
        );
        const send = await bed.nymwire([
          "send",
          "--id",
          "solo",
          "--to",
          "self",
          "alone",
        ]);
        assertEquals([send.code, send.stderr], [0, ""]);
        const listen = await bed.nymwire(["listen", "--id", "solo", "--first"]);
        assertEquals([listen.code, listen.stdout], [0, "alone\n"]);
        const ended = await process.end();
        assertEquals([ended.code, ended.stdout.split("\n").length], [0, 2]);
        assertEquals(await listMarked(mark), []);
      },
    "run --local that has no home to run begins nothing": async () => {
      const empty = bed.path("empty");
      for (
        const [says, ...args] of [
          ["nymwire run --local --init --id <client_id>", "--init"],
          ["nymwire run --local --init --id <client_id>"],
          ["nymwire run --local --init --id y", "--id", "y"],
        ] as const
      ) {
        const { code, stderr } = await bed.nymwire(
          ["run", "--local", ...args],
          {
            env: { NYMWIRE_HOME: empty },
          },
        );
        assertEquals(code, 2);
        assertStringIncludes(stderr, `: ${says}\n`);
      }
      await assertRejects(() => Deno.stat(empty), Deno.errors.NotFound);
    },
  });
  assertEquals(await bed.leftTemporary(), []);
});
