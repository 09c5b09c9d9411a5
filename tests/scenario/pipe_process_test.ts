import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { CLI } from "../support/cli_process.ts";
import { pattern } from "../support/mixnet_clients.ts";
import { PipeProcess } from "../support/pipe_process.ts";
import { Testbed, together } from "../support/testbed.ts";

/** Long enough for a slow machine to answer, short enough to wait for. */
const IDLE = "15s";

Deno.test("pipe in real life: how inputs, outputs and processes end", async (t) => {
  await using bed = await Testbed.create();
  const { apiUrl } = await bed.network("--port", "0");
  await bed.init("caller", "--network", apiUrl);
  const address = await bed.init("listener", "--network", apiUrl);
  // Many pipes at once over the same two clients: each pair has a code of its own.
  await Promise.all([bed.run("caller"), bed.run("listener")]);
  const env = {
    NYMWIRE_HOME: bed.base,
    XDG_CONFIG_HOME: bed.path("settings"),
    TMPDIR: bed.temporary,
  };
  let codes = 0;
  const callerWords = (code: string) => [
    "--id",
    "caller",
    "--to",
    address,
    "--code-file",
    code,
    "--idle",
    IDLE,
  ];

  /** A listener that listens, and a caller that calls it. */
  async function pair(
    { call = callerWords }: {
      call?: (code: string) => readonly string[] | string;
    } = {},
  ) {
    const code = bed.path(`code${++codes}`);
    const words = ["--listen", "--id", "listener"];
    const listener = new PipeProcess(
      [...words, "--code-file", code, "--idle", IDLE],
      env,
    );
    await listener.tells(/on the other side: .*\n/);
    const caller = new PipeProcess(call(code), env);
    return {
      caller,
      listener,
      codes: () => Promise.all([caller.code, listener.code]),
      /** Bytes are under way when it resolves. */
      async begin() {
        await caller.write("half a");
        assertEquals(new TextDecoder().decode(await listener.read()), "half a");
      },
      async [Symbol.asyncDispose]() {
        await caller[Symbol.asyncDispose]();
        await listener[Symbol.asyncDispose]();
      },
    };
  }

  /** The caller on a terminal, on which is typed what comes on its standard input; what it prints may go elsewhere. */
  const onTerminal = (input: "-" | "" = "", output = "") => (code: string) => {
    const words = [...CLI, "pipe", ...callerWords(code)];
    const line = words.map((word) => `'${word}'`).join(" ");
    return `exec script -qefc "${line} ${input} ${output}" /dev/null`;
  };

  await together(t, {
    "empty inputs on both sides": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      await Promise.all([caller.end(), listener.end()]);
      assertEquals(
        await Promise.all([caller.readText(), listener.readText()]),
        [
          "",
          "",
        ],
      );
      assertEquals(await both.codes(), [0, 0]);
      assertEquals(caller.told, "");
    },
    "input on one side only": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      await Promise.all([caller.end(), listener.end("one way")]);
      assertEquals(await caller.readText(), "one way");
      assertEquals(await listener.readText(), "");
      assertEquals(await both.codes(), [0, 0]);
    },
    "input on both sides": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      const [up, down] = [pattern(60_000), pattern(50_000)];
      const writing = Promise.all([caller.end(up), listener.end(down)]);
      assertEquals(await caller.readAll(), down);
      assertEquals(await listener.readAll(), up);
      await writing;
      assertEquals(await both.codes(), [0, 0]);
    },
    "the peer's end comes first: our output ends, our input goes on":
      async () => {
        await using both = await pair();
        const { caller, listener } = both;
        await listener.end("that was it");
        assertEquals(await caller.readText(), "that was it");
        await caller.end("and now me");
        assertEquals(await listener.readText(), "and now me");
        assertEquals(await both.codes(), [0, 0]);
      },
    "a terminal as input counts as empty": async () => {
      await using both = await pair({ call: onTerminal() });
      const { caller, listener } = both;
      await caller.write("nobody wants this\n");
      await listener.end("to the terminal");
      assertEquals(await listener.readText(), "");
      assertStringIncludes(await caller.readText(), "to the terminal");
      assertEquals(await both.codes(), [0, 0]);
    },
    "- reads the terminal up to its end": async () => {
      await using both = await pair({ call: onTerminal("-") });
      const { caller, listener } = both;
      await caller.write("typed\n\x04");
      await listener.end();
      assertEquals(await listener.readText(), "typed\n");
      assertEquals(await both.codes(), [0, 0]);
    },
    "a terminal shows what is waited for, bytes, rate and the share of full speed until the end":
      async () => {
        const call = onTerminal("-", `> ${bed.path("printed")}`);
        await using both = await pair({ call });
        const { caller, listener } = both;
        await listener.end("x".repeat(30_000));
        const shown = await caller.readUntil(
          /got 30 KB \([\d.]+ \w+\/s\), \d+ % of full speed/,
        );
        assertStringIncludes(shown, "waiting for the other side …\r");
        await caller.write("\x04");
        const rest = await caller.readText();
        assert(rest.endsWith("\r\x1b[K"), "it takes the line away");
        assertEquals(await both.codes(), [0, 0]);
      },
    "output closed early: 141, and 5 over there": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      await listener.closeOutput();
      // As much as it takes until somebody notices.
      await caller.end(pattern(100_000)).catch(() => {});
      assertEquals(await both.codes(), [5, 141]);
      assertStringIncludes(caller.told, "nobody reads there any more");
      assertFalse(listener.told.includes("error"));
    },
    "Ctrl-C at the caller: 130, and 5 over there": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      await both.begin();
      caller.kill("SIGINT");
      assertEquals(await both.codes(), [130, 5]);
      assertStringIncludes(listener.told, "by the other side (interrupted)");
    },
    "Ctrl-C at the listener: 130, and 5 over there": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      await listener.write("half a");
      assertEquals(new TextDecoder().decode(await caller.read()), "half a");
      listener.kill("SIGINT");
      assertEquals(await both.codes(), [5, 130]);
      assertStringIncludes(caller.told, "by the other side (interrupted)");
    },
    "terminated: 143, and 5 over there": async () => {
      await using both = await pair();
      await both.begin();
      both.caller.kill("SIGTERM");
      assertEquals(await both.codes(), [143, 5]);
    },
    "its terminal closed: 129, and 5 over there": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      await both.begin();
      listener.kill("SIGHUP");
      assertEquals(await both.codes(), [5, 129]);
      assertStringIncludes(caller.told, "by the other side (hung up)");
    },
    "the peer killed: 5 after --idle": async () => {
      await using both = await pair();
      const { caller, listener } = both;
      await both.begin();
      caller.kill("SIGKILL");
      assertEquals(await listener.code, 5);
      assertMatch(listener.told, /silent for 15 s/);
    },
    "a wrong code: no answer, 5": async () => {
      await using both = await pair({
        call: (code) => callerWords(code.replace(/code\d+$/, "wrong")),
      });
      const { caller, listener } = both;
      assertEquals(await caller.code, 2);
      assertStringIncludes(caller.told, "Cannot read the code");
      await Deno.writeTextFile(bed.path("wrong"), "this is not the code\n");
      await using guesser = new PipeProcess(
        callerWords(bed.path("wrong")),
        env,
      );
      assertEquals(await guesser.code, 5);
      assertStringIncludes(guesser.told, "no answer");
      listener.kill("SIGTERM");
      assertEquals(await listener.code, 143);
    },
  }, { atOnce: 4 });
});

Deno.test("pipe goes on when the client that it uses is killed and started again", async () => {
  await using bed = await Testbed.create();
  const { apiUrl } = await bed.network("--port", "0");
  await bed.init("caller", "--network", apiUrl);
  const address = await bed.init("listener", "--network", apiUrl);
  const env = { NYMWIRE_HOME: bed.base, XDG_CONFIG_HOME: bed.path("settings") };
  const daemon = await bed.run("caller");
  await using listener = new PipeProcess(
    ["--listen", "--id", "listener", "--anyone"],
    env,
  );
  await listener.tells(/on the other side/);
  await using caller = new PipeProcess(
    ["--id", "caller", "--to", address, "-v"],
    env,
  );
  const bytes = pattern(200_000);
  const half = bytes.length / 2;
  await caller.write(bytes.slice(0, half));
  const begin = await listener.read();
  daemon.process.kill("SIGKILL");
  // The pipe takes the home over, or joins whoever was quicker.
  await caller.tells(/connected\n/);
  await caller.end(bytes.slice(half));
  await listener.end("an answer");
  const rest = await listener.readAll();
  assertEquals(new Uint8Array([...begin, ...rest]), bytes);
  assertEquals(await caller.readText(), "an answer");
  assertEquals([await caller.code, await listener.code], [0, 0]);
});
