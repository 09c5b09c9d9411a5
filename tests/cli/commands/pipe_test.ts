import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { ConnectionError, EXIT } from "../../../lib/errors.ts";
import { formatRecipient } from "../../../lib/message/recipient.ts";
import type { AirMailbox } from "../../support/mailbox_pair.ts";
import {
  OpenInput,
  type PipeOptions,
  RunningPipe,
} from "../../support/pipe_world.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { air, CLOCK } from "../../support/streams.ts";

type More = Pick<PipeOptions, "stdin" | "prepare">;

/** A caller's mailbox and a listener's, and how `pipe` is run over them. */
function pairOf(between = air()) {
  const boxes = [between.open(1), between.open(2)] as const;
  const address = formatRecipient(boxes[1].address);
  const start = (mailbox: AirMailbox, args: readonly string[], more?: More) =>
    new RunningPipe(args, { mailbox, clock: CLOCK, ...more });
  return {
    between,
    boxes,
    address,
    call: (args?: readonly string[], more?: More) =>
      start(boxes[0], ["--to", address, ...args ?? []], more),
    listen: (args?: readonly string[], more?: More) =>
      start(boxes[1], ["--listen", ...args ?? ["--anyone"]], more),
    [Symbol.asyncDispose]: () => between[Symbol.asyncDispose](),
  };
}

async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nymwire-pipe-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const terminalInput: More = {
  prepare: (world) => world.stdinIsTerminal = true,
};

Deno.test("pipe carries bytes both ways, ends both outputs and is silent about it", async () => {
  await using pair = pairOf();
  const [up, down] = [seededRandom(1)(200_000), seededRandom(2)(100_000)];
  const listener = pair.listen(["--anyone"], { stdin: [down] });
  const caller = pair.call([], { stdin: [up] });
  assertEquals(await caller.code, EXIT.ok);
  assertEquals(await listener.code, EXIT.ok);
  assertEquals(listener.world.stdout.bytes, up);
  assertEquals(caller.world.stdout.bytes, down);
  assert(caller.world.stdout.isClosed);
  assert(listener.world.stdout.isClosed);
  assertEquals(caller.told, "");
  assertEquals(
    listener.told,
    `on the other side: nymwire pipe --to ${pair.address}\n`,
  );
});

Deno.test("pipe --listen tells the command where nobody looks, warns a person that anyone can connect, and --quiet says nothing", async () => {
  await using pair = pairOf();
  const listener = pair.listen([]);
  const caller = pair.call();
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
  const line = `on the other side: nymwire pipe --to ${pair.address}\n`;
  assertEquals(listener.told, line);

  await using watched = pairOf();
  const shown = watched.listen([], {
    prepare: (world) => world.stderr.isTerminal = true,
  });
  await shown.says(/waiting for the other side …$/);
  assertEquals(await watched.call().code, EXIT.ok);
  assertEquals(await shown.code, EXIT.ok);
  assertMatch(shown.told, /^\S*warning:\S* whoever knows this address can /);

  await using quiet = pairOf();
  const silent = quiet.listen(["-q"]);
  assertEquals(await quiet.call().code, EXIT.ok);
  assertEquals(await silent.code, EXIT.ok);
  assertEquals(silent.told, "");
});

Deno.test("pipe takes a terminal as empty, unless - is given", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone"], terminalInput);
  const caller = pair.call(["-"], {
    stdin: ["typed"],
    prepare: (world) => world.stdinIsTerminal = true,
  });
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
  assertEquals(listener.world.stdinReads, 0);
  assertEquals(listener.printed, "typed");
});

Deno.test("pipe closes its output at the peer's end and goes on sending", async () => {
  await using pair = pairOf();
  const input = new OpenInput();
  const listener = pair.listen(["--anyone"], { stdin: ["all I have"] });
  const caller = pair.call([], {
    stdin: input.chunks(new Uint8Array(10)),
  });
  await caller.says(/all I have/);
  while (!caller.world.stdout.isClosed) await tick();
  assertFalse(listener.world.stdout.isClosed);
  input.end();
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
  assertEquals(listener.world.stdout.bytes, new Uint8Array(10));
});

Deno.test("pipe ends with 141 when its output was closed, and tells the peer", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone"], {
    prepare: (world) => world.stdout.closedAfter = 1000,
  });
  const caller = pair.call([], { stdin: [new Uint8Array(500_000)] });
  assertEquals(await listener.code, EXIT.closedOutput);
  assertEquals(await caller.code, EXIT.lost);
  assertStringIncludes(caller.told, "nobody reads there any more");
  assertStringIncludes(caller.told, "may still arrive");
  assertFalse(listener.told.includes("error"));
});

for (
  const [signal, code, word] of [
    ["SIGHUP", EXIT.hungUp, "hung up"],
    ["SIGINT", EXIT.interrupted, "interrupted"],
    ["SIGTERM", EXIT.terminated, "terminated"],
  ] as const
) {
  for (const side of ["caller", "listener"] as const) {
    Deno.test(`pipe resets the stream on ${signal} to the ${side}`, async () => {
      await using pair = pairOf();
      const input = new OpenInput();
      const more = () => ({ stdin: input.chunks(new Uint8Array([33])) });
      const listener = pair.listen(["--anyone"], more());
      const caller = pair.call([], more());
      const [told, other] = side === "caller"
        ? [caller, listener]
        : [listener, caller];
      await other.says(/!/);
      told.world.interrupt(signal);
      assertEquals(await told.code, code);
      assertMatch(
        told.told,
        /error: [A-Z][a-z ]+ \(may still arrive\)\nhint: What has left cannot/,
      );
      assertEquals(await other.code, EXIT.lost);
      assertStringIncludes(other.told, `given up by the other side (${word})`);
      input.end();
    });
  }
}

Deno.test("pipe ends with 130 while it waits for a caller or a listener", async () => {
  await using pair = pairOf();
  const caller = pair.call();
  while (pair.between.sent === 0) await tick();
  caller.world.interrupt("SIGINT");
  assertEquals(await caller.code, EXIT.interrupted);
  assertStringIncludes(caller.told, "Interrupted (not sent)");

  await using other = pairOf();
  const listener = other.listen();
  await listener.says(/on the other side/);
  listener.world.interrupt("SIGINT");
  assertEquals(await listener.code, EXIT.interrupted);
  assertStringIncludes(listener.told, "error: Interrupted\n");
});

Deno.test("pipe ends with 5 when nobody answers, and when the peer falls silent", async () => {
  await using pair = pairOf();
  const alone = pair.call(["--idle", "2s"]);
  assertEquals(await alone.code, EXIT.lost);
  assertStringIncludes(alone.told, "no answer from the other side in 2 s");
  assertStringIncludes(alone.told, "not sent");

  let isCut = false;
  await using frail = pairOf(air({ loses: () => isCut }));
  const input = new OpenInput();
  const more = () => ({ stdin: input.chunks(new Uint8Array([33])) });
  const listener = frail.listen(["--anyone", "--idle", "30s"], more());
  const caller = frail.call(["--idle", "30s"], more());
  await caller.says(/!/);
  await listener.says(/!/);
  isCut = true;
  assertEquals(await Promise.all([caller.code, listener.code]), [5, 5]);
  assertStringIncludes(caller.told, "silent for 30 s");
  input.end();
});

Deno.test("pipe ends with 6 when its time is over, and resets the stream", async () => {
  await using pair = pairOf();
  const input = new OpenInput();
  const listener = pair.listen(["--anyone", "--timeout", "5s"]);
  const caller = pair.call([], { stdin: input.chunks(new Uint8Array(1)) });
  assertEquals(await listener.code, EXIT.timeout);
  assertStringIncludes(
    listener.told,
    "the time limit of 5s is reached (not sent)",
  );
  assertEquals(await caller.code, EXIT.lost);
  input.end();
});

Deno.test("pipe --json says of what it was cut short in that it may still arrive", async () => {
  await using pair = pairOf();
  const input = new OpenInput();
  const more = { stdin: input.chunks(new Uint8Array([33])) };
  const listener = pair.listen(["--anyone"]);
  const caller = pair.call(["--json", "--timeout", "5s"], more);
  assertEquals(await caller.code, EXIT.timeout);
  assertMatch(
    caller.told,
    /"code":6,"message":"[^"]+ 5s is reached \(may still arrive\)",.+"mayArrive":true/,
  );
  assertEquals(await listener.code, EXIT.lost);
  input.end();
});

Deno.test("pipe outlasts a client that is started anew, and not one that is lost", async () => {
  await using pair = pairOf();
  const input = new OpenInput();
  const listener = pair.listen();
  const caller = pair.call(["-v"], {
    stdin: input.chunks(new Uint8Array([33])),
  });
  await listener.says(/!/);
  caller.world.mailboxes = [pair.boxes[0].successor()];
  pair.boxes[0].lose(new ConnectionError("Lost the client: it was restarted"));
  await caller.says(/connected\n/);
  input.end();
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
});

Deno.test("pipe --code-file makes the code, and serves nobody without it", () =>
  inFolder(async (folder) => {
    await using pair = pairOf();
    const code = `${folder}/code`;
    const listener = pair.listen(["-v", "--code-file", code]);
    await listener.says(/on the other side: .* --code-file \S+\n/);
    assertStringIncludes(listener.told, "made a new code");
    const stranger = pair.call(["--idle", "500ms"]);
    assertEquals(await stranger.code, EXIT.lost);
    assertStringIncludes(stranger.told, "no answer");

    await Deno.writeTextFile(`${folder}/wrong`, "sixteen letters.");
    await Deno.chmod(`${folder}/wrong`, 0o644);
    const box = pair.boxes[0].successor();
    const guesser = new RunningPipe(
      ["--to", pair.address, "--code-file", `${folder}/wrong`, "--idle", "1s"],
      { mailbox: box, clock: CLOCK },
    );
    assertEquals(await guesser.code, EXIT.lost);
    assertStringIncludes(guesser.told, "others on this machine can read");

    const friend = new RunningPipe(
      ["--to", pair.address, "--code-file", code],
      { mailbox: box.successor(), clock: CLOCK, stdin: ["hello"] },
    );
    assertEquals(await friend.code, EXIT.ok);
    assertEquals(await listener.code, EXIT.ok);
    assertEquals(listener.printed, "hello");
    assertMatch(
      listener.told,
      /counted:\n +\d+ {2}attempts to connect without the right code/,
    );
  }));

Deno.test("pipe needs one listener and a code that can be read: exit 2", async () => {
  await using pair = pairOf();
  const run = (...args: string[]) =>
    new RunningPipe(args, { mailbox: pair.boxes[0], clock: CLOCK });
  const nobody = run();
  assertEquals(await nobody.code, EXIT.usage);
  assertStringIncludes(nobody.told, "need one listener, have none");
  const noCode = run("--to", pair.address, "--code-file", "/no/such/file");
  assertEquals(await noCode.code, EXIT.usage);
  const wrong = run("--to", "nobody");
  assertEquals(await wrong.code, EXIT.address);
});

Deno.test("pipe ignores NYMWIRE_TO where it listens", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone"], {
    prepare: (world) => world.variables["NYMWIRE_TO"] = pair.address,
  });
  const caller = new RunningPipe([], {
    mailbox: pair.boxes[0],
    clock: CLOCK,
    stdin: ["found"],
    prepare: (world) => world.variables["NYMWIRE_TO"] = pair.address,
  });
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
  assertEquals(listener.printed, "found");
});

Deno.test("pipe --keep-open serves one caller after the other on one output", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone", "--keep-open"], {
    stdin: ["for the first"],
  });
  let box = pair.boxes[0];
  const printed: string[] = [];
  for (const word of ["one ", "two ", "three"]) {
    const caller = new RunningPipe(["--to", pair.address], {
      mailbox: box,
      clock: CLOCK,
      stdin: [word],
    });
    assertEquals(await caller.code, EXIT.ok);
    printed.push(caller.printed);
    box = box.successor();
  }
  assertEquals(printed, ["for the first", "", ""]);
  assertEquals(listener.printed, "one two three");
  assertFalse(listener.world.stdout.isClosed);
  listener.world.interrupt("SIGTERM");
  assertEquals(await listener.code, EXIT.ok);
});

Deno.test("pipe --keep-open refuses whoever comes while another is served: exit 4", async () => {
  await using pair = pairOf();
  const input = new OpenInput();
  const listener = pair.listen(["--anyone", "--keep-open"]);
  const first = pair.call([], { stdin: input.chunks(new Uint8Array([33])) });
  await listener.says(/!/);
  const second = new RunningPipe(["--to", pair.address], {
    mailbox: pair.between.open(3),
    clock: CLOCK,
  });
  assertEquals(await second.code, EXIT.busy);
  assertStringIncludes(second.told, "serves all the callers it can");
  input.end();
  assertEquals(await first.code, EXIT.ok);
  listener.world.interrupt("SIGINT");
  assertEquals(await listener.code, EXIT.interrupted);
});

Deno.test("pipe --json tells on stderr while stdout is the stream", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone", "--json"]);
  const caller = pair.call(["--json"], { stdin: ["12345"] });
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
  assertEquals(listener.printed, "12345");
  assertEquals(caller.printed, "");
  const [end] = caller.world.stderr.objects;
  assertEquals({ ...end, time: "" }, {
    v: 1,
    type: "end",
    time: "",
    reason: "finished",
    count: 1,
    sent: 5,
    received: 0,
    retransmissions: 0,
  });
  assertFalse(listener.told.includes("on the other side:"), "ready says it");
  const [ready] = objectsIn(listener.told);
  assertEquals({ ...ready, time: "" }, {
    v: 1,
    type: "ready",
    time: "",
    address: pair.address,
    command: `nymwire pipe --to ${pair.address}`,
  });

  const alone = new RunningPipe([
    "--to",
    pair.address,
    "--json",
    "--idle",
    "1s",
  ], {
    mailbox: pair.between.open(3),
    clock: CLOCK,
  });
  assertEquals(await alone.code, EXIT.lost);
  assertEquals(alone.printed, "");
  const types = objectsIn(alone.told).map(({ type }) => type);
  assertEquals(types, ["end", "error"]);
});

Deno.test("pipe draws its progress on a terminal, and takes it away at the end", async () => {
  await using pair = pairOf();
  pair.listen();
  const caller = pair.call([], {
    stdin: [new Uint8Array(100_000)],
    prepare: (world) => world.stderr.isTerminal = true,
  });
  assertEquals(await caller.code, EXIT.ok);
  assert(caller.told.startsWith("\r\x1b[Kwaiting for the other side …\r"));
  assertMatch(caller.told, /Ksent [^\r]+ % of full speed\r/);
  assert(caller.told.endsWith("\r\x1b[K"));
});

Deno.test("pipe --exec lets a caller speak with a program", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone", "--exec", "tr a-z A-Z"]);
  const caller = pair.call([], { stdin: ["shout"] });
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
  assertEquals(caller.printed, "SHOUT");
  assertEquals(listener.printed, "");
});

Deno.test("pipe --exec: a program that fails ends nothing like success: exit 9", async () => {
  await using pair = pairOf();
  const listener = pair.listen([
    "--anyone",
    "--exec",
    "sh -c 'echo half; echo trouble >&2; exit 3'",
  ]);
  const caller = pair.call();
  assertEquals(await listener.code, EXIT.plugin);
  assertStringIncludes(listener.told, "trouble\n");
  assertStringIncludes(listener.told, "sh ended with status 3");
  assertEquals(await caller.code, EXIT.lost);
  assertEquals(caller.printed, "half\n");
  assertStringIncludes(caller.told, "sh ended with status 3");
});

Deno.test("pipe --exec: a program that cannot be started is told to the caller: exit 9", async () => {
  await using pair = pairOf();
  const missing = pair.listen(["--anyone", "--exec", "/no/such/program"]);
  assertEquals(await missing.code, EXIT.usage);
  assertStringIncludes(
    missing.told,
    "Cannot run /no/such/program: there is no",
  );
  const program = await Deno.makeTempFile();
  await Deno.writeTextFile(program, "#!/no/such/interpreter\n");
  await Deno.chmod(program, 0o700);
  const listener = pair.listen(["--anyone", "--exec", program]);
  const caller = pair.call();
  assertEquals(await listener.code, EXIT.plugin);
  assertEquals(await caller.code, EXIT.lost);
  assertStringIncludes(caller.told, "what it serves cannot be reached");
  assertFalse(caller.told.includes(program));
  await Deno.remove(program);
});

Deno.test("pipe --exec: what a program does not read is not taken for arrived", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone", "--exec", "head -c 1"]);
  const caller = pair.call([], { stdin: [new Uint8Array(1_000_000).fill(65)] });
  assertEquals(await listener.code, EXIT.closedOutput);
  assertEquals(await caller.code, EXIT.lost);
  assertEquals(caller.printed, "A");
});

Deno.test("pipe --exec ends the program when the caller goes away", async () => {
  await using pair = pairOf();
  const listener = pair.listen([
    "--anyone",
    "--exec",
    "sh -c 'echo started; exec cat'",
  ]);
  const input = new OpenInput();
  const caller = pair.call([], { stdin: input.chunks(new Uint8Array(1)) });
  await caller.says(/started/);
  caller.world.interrupt("SIGTERM");
  assertEquals(await caller.code, EXIT.terminated);
  assertEquals(await listener.code, EXIT.lost);
  input.end();
});

Deno.test("pipe --exec --keep-open serves many at once, and one that fails ends nobody else", async () => {
  await using pair = pairOf();
  const listener = pair.listen([
    "--anyone",
    "--keep-open",
    "--max-callers",
    "3",
    "--exec",
    'sh -c \'read word; [ "$word" != bad ] && echo "$word!"\'',
  ]);
  const callers = ["good", "bad", "better"].map((word, index) =>
    new RunningPipe(["--to", pair.address], {
      mailbox: pair.between.open(10 + index),
      clock: CLOCK,
      stdin: [`${word}\n`],
    })
  );
  assertEquals(await Promise.all(callers.map(({ code }) => code)), [0, 5, 0]);
  assertEquals(callers.map(({ printed }) => printed), [
    "good!\n",
    "",
    "better!\n",
  ]);
  await listener.says(/warning: .*status 1/);
  listener.world.interrupt("SIGTERM");
  assertEquals(await listener.code, EXIT.ok);
});

Deno.test("pipe --tcp and --tcp-listen carry connections", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for (let i = 0; i < 2; i++) {
      using connection = await server.accept();
      // Echo, and end when the other side has ended.
      const buffer = new Uint8Array(100);
      for (let length: number | null = 0; length !== null;) {
        await connection.write(buffer.subarray(0, length));
        length = await connection.read(buffer);
      }
    }
  })();
  serving.catch(() => {}); // awaited below, unless the test has failed
  await using pair = pairOf();
  const listener = pair.listen([
    "--anyone",
    "--keep-open",
    "--tcp",
    `127.0.0.1:${server.addr.port}`,
  ]);
  const caller = pair.call(["--keep-open", "--tcp-listen", "0"]);
  const [, port] = await caller.says(/listening on 127\.0\.0\.1:(\d+)\n/);
  const answers = await Promise.all(["one", "two"].map(async (word) => {
    using connection = await Deno.connect({ port: Number(port) });
    await connection.write(new TextEncoder().encode(word));
    await connection.closeWrite();
    const answer = new Uint8Array(10);
    const length = await connection.read(answer);
    assertEquals(await connection.read(answer.subarray(5)), null);
    return new TextDecoder().decode(answer.subarray(0, length!));
  }));
  assertEquals(answers, ["one", "two"]);
  await serving;
  caller.world.interrupt("SIGINT");
  assertEquals(await caller.code, EXIT.interrupted);
  listener.world.interrupt("SIGINT");
  assertEquals(await listener.code, EXIT.interrupted);
});

Deno.test("pipe --tcp-listen takes one connection unless --keep-open, and says where as JSON", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone", "--exec", "cat"]);
  const caller = pair.call(["--tcp-listen", "0", "--json"]);
  const [, port] = await caller.says(/"url":"tcp:\/\/127\.0\.0\.1:(\d+)"/);
  const connection = await Deno.connect({ port: Number(port) });
  await connection.closeWrite();
  assertEquals(await connection.read(new Uint8Array(1)), null);
  connection.close();
  assertEquals(await Promise.all([caller.code, listener.code]), [0, 0]);
  assertEquals(objectsIn(caller.printed).map(({ type }) => type), [
    "ready",
    "end",
  ]);
});

Deno.test("pipe --tcp: a server that cannot be reached is told to the caller: exit 3", async () => {
  const port = freePort();
  await using pair = pairOf();
  const server = `127.0.0.1:${port}`;
  const listener = pair.listen(["--anyone", "--tcp", server, "--json"]);
  const caller = pair.call();
  assertEquals(await listener.code, EXIT.down);
  assertStringIncludes(listener.told, `Cannot connect to ${server}`);
  assertEquals(await caller.code, EXIT.lost);
  const objects = objectsIn(listener.printed);
  assertEquals(objects.map(({ type }) => type).slice(0, 2), ["ready", "end"]);
  assertEquals(objects[1]!["reason"], "failed");
});

Deno.test("pipe --tcp-listen refuses a port that is taken: exit 4", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using pair = pairOf();
  const caller = pair.call(["--tcp-listen", String(taken.addr.port)]);
  assertEquals(await caller.code, EXIT.busy);
});

Deno.test("pipe resets a stream whose connection breaks", async () => {
  await using pair = pairOf();
  const listener = pair.listen(["--anyone", "--exec", "cat /dev/zero"]);
  const caller = pair.call(["--tcp-listen", "0"]);
  const [, port] = await caller.says(/listening on 127\.0\.0\.1:(\d+)\n/);
  const connection = await Deno.connect({ port: Number(port) });
  await connection.read(new Uint8Array(1));
  connection.close();
  assertEquals(await caller.code, EXIT.lost);
  assertStringIncludes(caller.told, "Lost the connection");
  assertEquals(await listener.code, EXIT.lost);
});

function objectsIn(text: string): Record<string, unknown>[] {
  return text.split("\n").filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
