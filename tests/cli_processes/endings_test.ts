import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { listMarked } from "../support/marked_processes.ts";
import { outlivesTerminal } from "../../lib/cli/system.ts";
import { objectsOf } from "../support/objects.ts";
import { Testbed, together } from "../support/testbed.ts";

Deno.test("commands end as they are told, and say what became of what they did", async (t) => {
  await using bed = await Testbed.create();
  await bed.network();
  const [address] = await Promise.all([
    bed.init("runs"),
    bed.init("listens"),
    // These have what real clients have: enough waits on the way to be interrupted.
    bed.init("slow", "--fastmode"),
    bed.init("slower", "--fastmode"),
  ]);
  await bed.run("runs");
  const file = bed.path("file");
  await Deno.writeFile(file, new Uint8Array(20_000_000));

  /** Start to send a file that takes its time; resolves once the client has it. */
  async function sending(id: string, ...args: string[]) {
    const process = bed.start(
      ["send", "--id", id, "--to", address, "--file", file, "-v", ...args],
    );
    await process.tells(/^handed over: 20 MB in \d+ packets$/m);
    return process;
  }

  await together(t, {
    "a send through a client that runs, interrupted": async () => {
      const { code, stderr } = await (await sending("runs")).end("SIGINT");
      assertEquals(code, 130);
      assertMatch(
        stderr,
        /\nerror: Interrupted \(may still arrive\)\nhint: What has left cannot be called back\n$/,
      );
    },
    "a send with the home in its own process, terminated": async () => {
      const process = await sending("slow", "--json");
      const { code, stdout, stderr } = await process.end("SIGTERM");
      assertEquals(code, 143);
      assertStringIncludes(stderr, "error: Terminated (may still arrive)");
      const [error] = objectsOf(stdout);
      assertEquals([error?.type, error?.code, error?.mayArrive], [
        "error",
        143,
        true,
      ]);
    },
    "a network for a command, and a send, whose terminal is closed":
      async () => {
        // Under nohup, processes are right not to end by it.
        if (outlivesTerminal()) return;
        const mark = crypto.randomUUID();
        const line = 'echo "$NYMWIRE_HOME"; sleep 1000; true';
        const within = bed.start(["network", "up", "--", "sh", "-c", line], {
          env: { TEST_MARK: mark },
        });
        const home = await within.firstLine();
        assertEquals((await within.end("SIGHUP")).code, 129);
        assertEquals(await listMarked(mark), []);
        await assertRejects(() => Deno.stat(home), Deno.errors.NotFound);
        const send = await (await sending("runs")).end("SIGHUP");
        assertEquals(send.code, 129);
        assertStringIncludes(send.stderr, "error: Hung up (may still arrive)");
      },
    "a send that takes too long": async () => {
      const { code, stderr } = await bed.nymwire([
        "send",
        "--id",
        "slower",
        "--to",
        address,
        "--file",
        file,
        "--timeout",
        "3s",
      ]);
      assertEquals(code, 6);
      assertMatch(
        stderr,
        /^error: Cannot send: the time limit of 3s is reached while waiting for .+ \((may still arrive|not sent)\)\nhint: .+\n$/,
      );
    },
    "a listen that waits in vain, interrupted, terminated": async () => {
      const late = await bed.nymwire([
        "listen",
        "--id",
        "listens",
        "--timeout",
        "1s",
        "--json",
      ]);
      assertEquals(late.code, 6);
      const [error, end] = objectsOf(late.stdout);
      assertEquals([end?.type, end?.reason, end?.count], ["end", "timeout", 0]);
      assertEquals([error?.type, error?.code], ["error", 6]);
      const idle = await bed.nymwire([
        "listen",
        "--id",
        "listens",
        "--idle",
        "1s",
      ]);
      assertEquals([idle.code, idle.stdout, idle.stderr], [0, "", ""]);
      for (const [signal, code] of [["SIGTERM", 0], ["SIGINT", 130]] as const) {
        const listen = bed.start(["listen", "--id", "listens", "-v"]);
        await listen.tells(/^listening as /m);
        const { code: ended, stderr } = await listen.end(signal);
        assertEquals([signal, ended], [signal, code]);
        // Nothing was left to wish for: no word about it.
        assertMatch(stderr, /^listening as .+\n$(?![^])/m);
      }
    },
    "a question without an answer": async () => {
      const { code, stdout, stderr } = await bed.nymwire([
        "request",
        "--id",
        "runs",
        "--to",
        address,
        "--timeout",
        "2s",
        "--json",
        "anyone?",
      ]);
      assertEquals(code, 6);
      assertStringIncludes(stderr, "Cannot get an answer");
      assertEquals(
        objectsOf(stdout).map(({ type, reason }) => reason ?? type),
        ["sent", "error", "failed"],
      );
    },
  });

  await t.step(
    "a listen that nobody reads ends with 141, and its message comes again",
    async () => {
      const listen = bed.start(["listen", "--id", "listens", "-v"]);
      await listen.tells(/^listening as /m);
      await listen.closeStdout();
      const to = (await bed.nymwire(["whoami", "--id", "listens"])).stdout
        .trim();
      const send = await bed.nymwire([
        "send",
        "--id",
        "runs",
        "--to",
        to,
        "kept",
      ]);
      assertEquals(send.code, 0, send.stderr);
      assertEquals((await listen.outcome()).code, 141);
      const again = await bed.nymwire([
        "listen",
        "--id",
        "listens",
        "--first",
        "--json",
      ]);
      const [message] = objectsOf(again.stdout);
      assertEquals(
        [message?.text, message?.stored, message?.redelivered],
        ["kept", true, true],
      );
    },
  );
  await t.step(
    "what nobody has looked at comes without a mark, and all of it before idleness",
    async () => {
      const shared = await bed.init("shared");
      await bed.run("shared");
      const alone = (await bed.nymwire(["whoami", "--id", "listens"])).stdout;
      for (const [id, to] of [["shared", shared], ["listens", alone.trim()]]) {
        const listen = (...args: string[]) =>
          bed.nymwire(["listen", "--id", id!, "--json", ...args]);
        const send = await bed.nymwire(
          ["send", "--id", "runs", "--to", to!, "--split", "lines"],
          { stdin: "1\n2\n3\n" },
        );
        assertEquals(send.code, 0, send.stderr);
        const [first, rest] = [await listen("-n1"), await listen("--idle=1ms")];
        const told = objectsOf(first.stdout + rest.stdout);
        assertEquals(
          told.map(({ type, reason, redelivered }) =>
            reason ?? `${type} ${redelivered}`
          ),
          [
            "message false",
            "count",
            "message false",
            "message false",
            "idle",
          ],
        );
        assertEquals(
          told.flatMap(({ text }) => text ?? []).toSorted(),
          ["1", "2", "3"],
        );
      }
    },
  );
  assertEquals(await bed.leftTemporary(), []);
});
