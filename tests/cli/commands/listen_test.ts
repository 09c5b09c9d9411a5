import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { shorten } from "../../../lib/cli/shorten.ts";
import { ConnectionError, EXIT, NymError } from "../../../lib/errors.ts";
import { SEGMENT_MAGIC } from "../../../lib/stream/segment.ts";
import {
  ADDRESS,
  FakeMailbox,
  SENDER_TAG,
  someTag,
} from "../../support/fake_mailbox.ts";
import { FakeWorld } from "../../support/fake_world.ts";

Deno.test("listen prints each message and a newline, and takes it once it is written", async () => {
  const { world, mailbox } = setup("one", Uint8Array.of(0, 255));
  assertEquals(await world.run("listen", "-n", "2"), 0);
  assertEquals([...world.stdout.bytes], [0x6f, 0x6e, 0x65, 10, 0, 255, 10]);
  assertEquals(mailbox.taken, ["m1", "m2"]);
  assertEquals(world.stderr.text, "");
});

Deno.test("listen takes no more than it was asked for", async () => {
  const { world, mailbox } = setup("one", "two", "three");
  assertEquals(await world.run("listen", "--first"), 0);
  assertEquals(world.stdout.text, "one\n");
  assertEquals(mailbox.taken, ["m1"]);
});

Deno.test("listen frames messages as told", async () => {
  const cases: [string[], string][] = [
    [["--join", "nul"], "a\0b\0"],
    [["--join", "none"], "ab"],
    [["--raw"], "ab"],
    [["--format", "%n %z %s"], "1 1 a\n2 1 b\n"],
    [["--format", "%n %z %s\\n"], "1 1 a\n2 1 b\n"],
    [["--format", "%s\\0"], "a\0b\0"],
    [["--format", "%s", "--join", "none"], "ab"],
    [
      ["--format", "%t %x %b %g|"],
      "2026-01-01T00:00:00.000Z 61 YQ== |\n2026-01-01T00:00:00.000Z 62 Yg== |\n",
    ],
  ];
  for (const [argv, printed] of cases) {
    const { world } = setup("a", "b");
    assertEquals(await world.run("listen", "-n2", ...argv), 0);
    assertEquals(world.stdout.text, printed);
  }
});

Deno.test("listen disarms strangers' bytes on a terminal, but not with --raw", async () => {
  const attack = "\x1b]0;owned\x07ü";
  const cases: [string[], string][] = [
    [[], "\\x1b]0;owned\\x07ü\n"],
    [["--format", "%s!"], "\\x1b]0;owned\\x07ü!\n"],
    [["--raw"], attack],
  ];
  for (const [argv, printed] of cases) {
    const { world } = setup(attack);
    world.stdout.isTerminal = true;
    await world.run("listen", "--first", ...argv);
    assertEquals(world.stdout.text, printed);
  }
});

Deno.test("listen --json writes all that is known, lossless, and why it ended", async () => {
  const { world, mailbox } = setup();
  mailbox.arrive("\ufefftéxt", { senderTag: someTag(), stored: true });
  mailbox.arrive(Uint8Array.of(255), { redelivered: true });
  assertEquals(await world.run("listen", "--json", "-n2"), 0);
  const common = { v: 1, type: "message", time: "2026-01-01T00:00:00.000Z" };
  assertEquals(world.stdout.objects, [
    {
      ...common,
      id: "m1",
      seq: 1,
      size: 8,
      senderTag: SENDER_TAG,
      stored: true,
      redelivered: false,
      text: "\ufefftéxt",
    },
    {
      ...common,
      id: "m2",
      seq: 2,
      size: 1,
      senderTag: null,
      stored: false,
      redelivered: true,
      base64: "/w==",
    },
    { ...common, type: "end", reason: "count", count: 2, kept: 0 },
  ]);
});

Deno.test("listen --json | send --split ndjson carries every byte", async () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const { world } = setup(all, "text \u2028 ü");
  await world.run("listen", "--json", "-n2");
  const next = setup();
  next.world.stdin = [world.stdout.bytes];
  await next.world.run("send", "--to", "self", "--split", "ndjson");
  assertEquals(next.mailbox.sent.map(({ message }) => message.body), [
    all,
    new TextEncoder().encode("text \u2028 ü"),
  ]);
});

Deno.test("listen ends with 6 when its time is over without what was wanted, else with 0", async () => {
  const cases: [string[], string[], number][] = [
    [[], [], 6],
    [[], ["a"], 0],
    [["-n3"], ["a", "b"], 6],
  ];
  for (const [argv, messages, code] of cases) {
    const { world } = setup(...messages);
    const running = world.run("listen", "--json", "--timeout", "30s", ...argv);
    await world.clock.advance(30_000);
    assertEquals(await running, code);
    // The end comes last, after the error if there is one.
    const [end, error] = world.stdout.objects.toReversed();
    assertEquals([end?.["type"], end?.["reason"], end?.["count"]], [
      "end",
      "timeout",
      messages.length,
    ]);
    assertEquals(error?.["type"] === "error", code !== 0);
  }
});

Deno.test("listen --idle ends with 0 once nothing has come for a while", async () => {
  const { world, mailbox } = setup();
  const running = world.run("listen", "--idle", "5s");
  await world.clock.advance(4_000);
  mailbox.arrive("a");
  await world.clock.advance(4_000);
  mailbox.arrive("b");
  await world.clock.advance(5_000);
  assertEquals(await running, 0);
  assertEquals(world.stdout.text, "a\nb\n");
});

Deno.test("listen ends in order on SIGTERM with 0, at once on SIGINT with 130", async () => {
  for (const [signal, code] of [["SIGTERM", 0], ["SIGINT", 130]] as const) {
    const { world, mailbox } = setup();
    const running = world.run("listen", "--json");
    await world.clock.advance(0);
    mailbox.arrive("a");
    await world.clock.advance(0);
    world.interrupt(signal);
    assertEquals(await running, code);
    assertEquals(mailbox.closes[0], { drain: 10_000 });
    const [, end] = world.stdout.objects;
    assertEquals([end?.["reason"], end?.["count"]], ["signal", 1]);
    assertEquals(world.stderr.text, "");
  }
});

Deno.test("listen -n that is interrupted says so, for it was not done", async () => {
  const { world } = setup("a");
  const running = world.run("listen", "--json", "-n2");
  await world.clock.advance(0);
  world.interrupt("SIGINT");
  assertEquals(await running, 130);
  assertEquals(
    world.stdout.objects.map(({ type }) => type),
    ["message", "error", "end"],
  );
  assertStringIncludes(world.stderr.text, "error: Interrupted\n");
});

Deno.test("listen ends on SIGTERM while it is still connecting", async () => {
  const world = new FakeWorld();
  world.interrupt("SIGTERM");
  assertEquals(await world.run("listen"), 0);
});

Deno.test("listen ends with 141 without a word when nobody reads, and does not take the message", async () => {
  const { world, mailbox } = setup("a", "b", "c");
  world.stdout.closedAfter = 2;
  assertEquals(await world.run("listen"), 141);
  assertEquals(mailbox.taken, ["m1"]);
  assertEquals(world.stderr.text, "");
});

Deno.test("listen ends with 3 when there is no client at the start", async () => {
  const world = new FakeWorld();
  assertEquals(await world.run("listen"), 3);
});

Deno.test("listen comes back after a loss, telling each change", async () => {
  const lost = new ConnectionError("Cannot go on", { exitCode: EXIT.lost });
  const [first, second] = [new FakeMailbox(), new FakeMailbox()];
  const world = new FakeWorld();
  world.mailboxes = [
    first,
    new ConnectionError("Cannot connect", { exitCode: EXIT.down }),
    second,
  ];
  const running = world.run("listen", "--json", "-n2");
  await world.clock.advance(0);
  first.arrive("a");
  await world.clock.advance(0);
  first.lose(lost);
  await world.clock.advance(1_000);
  second.arrive("b");
  assertEquals(await running, 0);
  assertEquals(world.choices.length, 3);
  const told = world.stdout.objects.map(({ type, text, state, reason }) =>
    [type, text ?? state ?? reason].join(" ")
  );
  assertEquals(told, [
    "message a",
    "state reconnecting",
    "state reconnecting",
    "state connected",
    "message b",
    "end count",
  ]);
});

Deno.test("listen --no-reconnect ends with 5 when the client is lost", async () => {
  const { world, mailbox } = setup();
  const running = world.run("listen", "--no-reconnect", "--json");
  await world.clock.advance(0);
  mailbox.lose(new ConnectionError("Cannot go on", { exitCode: EXIT.lost }));
  assertEquals(await running, 5);
  assertEquals(world.stdout.objects.map(({ reason, code }) => reason ?? code), [
    5,
    "lost",
  ]);
});

Deno.test("listen tells what the mailbox tells of its connection", async () => {
  const { world, mailbox } = setup();
  const running = world.run(
    "listen",
    "--json",
    "--first",
  );
  await world.clock.advance(0);
  mailbox.tell({ kind: "reconnecting", reason: "gateway lost" });
  mailbox.tell({ kind: "connected" });
  await world.clock.advance(0);
  mailbox.arrive("a");
  await running;
  assertEquals(
    world.stdout.objects.slice(0, 2).map((
      { type, state, reason },
    ) => [type, state, reason]),
    [["state", "reconnecting", "gateway lost"], ["state", "connected", ""]],
  );
});

Deno.test("listen --out-dir writes each message to a new private file", async () => {
  const folder = `${await Deno.makeTempDir()}/new`;
  const { world, mailbox } = setup(Uint8Array.of(0, 255), "b");
  assertEquals(await world.run("listen", "-n2", "--out-dir", folder), 0);
  const files = await list(folder);
  assertEquals(files, [
    "2026-01-01T00-00-00.000Z-m1",
    "2026-01-01T00-00-00.000Z-m2",
  ]);
  assertEquals(
    await Deno.readFile(`${folder}/${files[0]}`),
    Uint8Array.of(0, 255),
  );
  assertEquals((await Deno.stat(`${folder}/${files[0]}`)).mode! & 0o777, 0o600);
  assertEquals(mailbox.taken, ["m1", "m2"]);
  assertEquals(world.stdout.text, "");
  const again = setup("again");
  await again.world.run("listen", "--first", "--out-dir", folder);
  assertEquals((await list(folder)).length, 3);
  // A kill between the renaming and the taking makes no second file.
  const killed = setup();
  for (const body of ["other", "b"]) {
    killed.mailbox.arrive(body, { redelivered: true });
  }
  await killed.world.run("listen", "-n2", "--out-dir", folder);
  assertEquals(killed.mailbox.taken, ["m1", "m2"]);
  assertEquals((await list(folder)).length, 4);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("listen and request refuse a folder that cannot be made before they connect", async () => {
  const file = await Deno.makeTempFile();
  for (const argv of [["listen"], ["request", "--to=self", "x"]]) {
    const { world } = setup("a");
    assertEquals(await world.run(...argv, "--out-dir", `${file}/x`), 2);
    assertEquals(world.choices, []);
    assertStringIncludes(
      world.stderr.text,
      `Cannot write messages to ${file}/x: a part of its path is no folder`,
    );
  }
  await Deno.remove(file);
  const { world } = setup();
  assertEquals(await world.run("listen", "--on-error", "drop"), 2);
  assertStringIncludes(world.stderr.text, "Add --plugin or --exec, or leave");
});

Deno.test("listen --exec gives each message to a program, whose output is talk", async () => {
  const { world, mailbox } = setup();
  mailbox.arrive("body", { senderTag: someTag() });
  const script =
    'cat; echo " $NYMWIRE_MSG_ID $NYMWIRE_MSG_SIZE $NYMWIRE_MSG_SENDER_TAG $NYMWIRE_MSG_TIME"';
  assertEquals(
    await world.run("listen", "--first", "--exec", `sh -c '${script}'`),
    0,
  );
  assertEquals(world.stdout.text, "");
  assertEquals(
    world.stderr.text,
    `body m1 4 ${SENDER_TAG} 2026-01-01T00:00:00.000Z\n`,
  );
  assertEquals(mailbox.taken, ["m1"]);
  assertEquals(mailbox.sent, []);
});

Deno.test("listen --exec --answer sends the output back", async () => {
  const { world, mailbox } = setup();
  mailbox.arrive("abc", { senderTag: someTag() });
  assertEquals(
    await world.run("listen", "--first", "--exec", "wc -c", "--answer"),
    0,
  );
  const [answer] = mailbox.sent;
  assertEquals(answer?.message.target, { kind: "reply", senderTag: someTag() });
  assertEquals(new TextDecoder().decode(answer?.message.body).trim(), "3");
});

Deno.test("listen --exec deals with failures by policy", async () => {
  const cases: [string[], number, string[], string][] = [
    [[], 6, ["m2"], "; it stays in the inbox"],
    [["--on-error", "keep"], 6, ["m2"], "; it stays in the inbox"],
    [["--on-error", "drop"], 0, ["m1", "m2"], "; it is dropped"],
    [["--on-error", "fail"], 9, [], ""],
  ];
  for (const [argv, code, taken, fate] of cases) {
    const { world, mailbox } = setup("bad", "good");
    const running = world.run(
      "listen",
      "-n2",
      "--timeout",
      "30s",
      "--exec",
      "grep -q good",
      ...argv,
    );
    if (code === 6) {
      while (mailbox.taken.length === 0) await world.clock.advance(0);
      await world.clock.advance(30_000);
    }
    assertEquals(await running, code);
    assertEquals(mailbox.taken, taken);
    assertStringIncludes(
      world.stderr.text,
      `grep ended with status 1${fate}\n`,
    );
  }
});

Deno.test("listen --replay says what file it needs", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "a letter\n");
  const world = new FakeWorld();
  assertEquals(await world.run("listen", "--replay", file), 2);
  assertStringIncludes(
    world.stderr.text,
    `error: Cannot read line 1 of ${file}: not JSON\nhint: Name a file that nymwire listen --json has written\n`,
  );
  await Deno.remove(file);
});

Deno.test("listen --replay - reads stdin, and a line that breaks off is a partial success", async () => {
  const world = new FakeWorld();
  const line = JSON.stringify({ type: "message", text: "one" });
  world.stdin = [`${line}\nhalf`];
  assertEquals(await world.run("listen", "--replay", "-"), 10);
  assertEquals(world.stdout.text, "one\n");
  assertStringIncludes(
    world.stderr.text,
    "error: Read 1 message, and no more: cannot read line 2 of standard input: not JSON\n",
  );
});

Deno.test("listen --on-error dead-letter puts a message aside, where --replay finds it", async () => {
  const home = await Deno.makeTempDir();
  const { world, mailbox } = setup(Uint8Array.of(255));
  world.variables["NYMWIRE_HOME"] = home;
  const code = await world.run(
    "listen",
    "--first",
    "--exec",
    "false",
    "--on-error",
    "dead-letter",
  );
  assertEquals(code, 0);
  assertEquals(mailbox.taken, ["m1"]);
  const inboxes = `${home}/nymwire/inbox`;
  const file = `${inboxes}/${ADDRESS}/dead-letter.ndjson`;
  assertEquals((await Deno.stat(file)).mode! & 0o777, 0o600);
  assertStringIncludes(
    world.stderr.text,
    `; it is put aside in ${inboxes}/${
      shorten(ADDRESS).replaceAll("…", "*")
    }/dead-letter.ndjson\n`,
  );
  const replay = new FakeWorld();
  assertEquals(
    await replay.run(
      "listen",
      "--replay",
      file,
      "--format",
      "%x",
    ),
    0,
  );
  assertEquals(replay.stdout.text, "ff\n");
  assertEquals(replay.choices, []);
  await Deno.remove(home, { recursive: true });
});

Deno.test("listen --exec looks for the program before it connects", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/text`, "");
  const cases = [
    [`${folder}/missing`, "there is no such program"],
    ["no-such-program-at-all", "there is no such program"],
    [folder, "it is a folder"],
    [`${folder}/text`, "it is not executable"],
  ];
  for (const [program, fault] of cases) {
    const { world } = setup("a");
    assertEquals(await world.run("listen", "--exec", `${program} x`), 2);
    assertStringIncludes(
      world.stderr.text,
      `Cannot run ${program}: ${fault}\n`,
    );
    assertEquals(world.choices, []);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("listen --exec whose program goes away fails on messages from then on", async () => {
  const folder = await Deno.makeTempDir();
  const program = `${folder}/once`;
  await Deno.writeTextFile(program, `#!/bin/sh\nrm ${program}\n`);
  await Deno.chmod(program, 0o700);
  const { world, mailbox } = setup("a", "b");
  assertEquals(
    await world.run("listen", "--exec", program, "--on-error", "fail"),
    9,
  );
  assertStringIncludes(world.stderr.text, `${program} cannot be started`);
  assertEquals(mailbox.taken, ["m1"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("listen ends with 10 where messages stay in the inbox", async () => {
  const { world, mailbox } = setup("bad", "good", "bad");
  const running = world.run(
    ...["listen", "--json", "--idle", "5s", "--exec", "grep -q good"],
  );
  while (world.stderr.text.split("it stays").length < 3) {
    await world.clock.advance(0);
  }
  await world.clock.advance(5_000);
  assertEquals(await running, 10);
  assertEquals(mailbox.taken, ["m2"]);
  assertStringIncludes(
    world.stderr.text,
    "error: Cannot handle 2 of 3 messages: they stay in the inbox\n",
  );
  const { reason, count, kept } = world.stdout.objects.at(-1)!;
  assertEquals([reason, count, kept], ["idle", 1, 2]);
});

Deno.test("listen -n counts what was dealt with", async () => {
  const { world, mailbox } = setup("bad", "good", "more", "good", "never");
  const running = world.run("listen", "-n2", "--exec", "grep -q good");
  assertEquals(await running, 10);
  assertEquals(mailbox.taken, ["m2", "m4"]);
});

Deno.test("listen --on-error fail ends with the first failure, whatever else is being done", async () => {
  const { world, mailbox } = setup("a");
  const running = world.run(
    ...["listen", "--jobs", "2", "--exec", "false", "--on-error", "fail"],
  );
  assertEquals(await running, 9);
  assertEquals(mailbox.taken, []);
});

Deno.test("listen --exec survives a program that does not read, and a large message", async () => {
  const { world } = setup(new Uint8Array(1_000_000));
  assertEquals(
    await world.run(
      "listen",
      "--first",
      "--exec",
      "true",
      "--on-error",
      "fail",
    ),
    0,
  );
});

Deno.test("listen --jobs runs several programs at once, in order without it", async () => {
  const folder = await Deno.makeTempDir();
  // The first waits for the second: it ends only if both run.
  const script =
    `read -r n; if [ "$n" = 1 ]; then until [ -e ${folder}/2 ]; do sleep 0.01; done; fi; touch ${folder}/$n`;
  const { world, mailbox } = setup("1\n", "2\n");
  assertEquals(
    await world.run(
      "listen",
      "-n2",
      "--jobs",
      "2",
      "--exec",
      `sh -c '${script}'`,
    ),
    0,
  );
  assertEquals(mailbox.taken.toSorted(), ["m1", "m2"]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("listen kills programs on SIGINT at once, and leaves their messages", async () => {
  const { world, mailbox } = setup("a");
  const running = world.run("listen", "--exec", "sleep 1000");
  await world.clock.advance(0);
  world.interrupt("SIGINT");
  assertEquals(await running, 130);
  assertEquals(mailbox.taken, []);
});

Deno.test("listen gives programs ten seconds after SIGTERM", async () => {
  const { world, mailbox } = setup("a");
  const running = world.run("listen", "--exec", "sleep 1000");
  await world.clock.advance(0);
  world.interrupt("SIGTERM");
  await world.clock.advance(10_000);
  assertEquals(await running, 0);
  assertEquals(mailbox.taken, []);
});

Deno.test("listen ends when a new connection cannot mend what is wrong", async () => {
  const { world, mailbox } = setup();
  world.mailboxes.push(
    new NymError("Cannot trust", { exitCode: EXIT.integrity }),
  );
  const running = world.run("listen");
  await world.clock.advance(0);
  mailbox.lose(new ConnectionError("Cannot go on", { exitCode: EXIT.lost }));
  await world.clock.advance(1_000);
  assertEquals(await running, 12);
});

Deno.test("listen leaves byte streams to pipes", async () => {
  const { world, mailbox } = setup();
  const passed: string[] = [];
  const segment = new Uint8Array(200);
  segment.set(SEGMENT_MAGIC);
  mailbox.arrive(segment, { pass: () => passed.push("m1") });
  mailbox.arrive("text");
  assertEquals(await world.run("listen", "--first"), 0);
  assertEquals(world.stdout.text, "text\n");
  assertEquals([mailbox.taken, passed], [["m2"], ["m1"]]);
});

Deno.test("listen deals with what waits here whatever becomes of the connection", async () => {
  const cases: [string[], number, string[]][] = [
    [[], 3, ["m1", "m2"]],
    [["-n2"], 0, ["m1", "m2"]],
    [["--first"], 0, ["m1"]],
    [["-n3"], 3, ["m1", "m2"]],
    [["--exec", "grep -q two"], 3, ["m2"]],
    [["--exec", "false", "--on-error", "fail"], 9, []],
    // Answers, and what plugins send, need the client.
    [["--exec", "true", "--answer"], 3, []],
  ];
  for (const [argv, code, taken] of cases) {
    const { world, waiting } = withWaiting("one", "two");
    assertEquals(await world.run("listen", ...argv), code);
    assertEquals(waiting.taken, taken);
  }
});

Deno.test("listen is not handed by the client what it has had in hand here, and goes on counting", async () => {
  const { world, mailbox } = setup();
  const waiting = withWaiting("bad", "good").waiting;
  world.waiting = waiting.messages();
  const passed: string[] = [];
  mailbox.arrive("bad", { id: "m1", pass: () => passed.push("m1") });
  mailbox.arrive("good new", { id: "m3" });
  const argv = ["listen", "-n2", "--json", "--exec", "grep -q good"];
  assertEquals(await world.run(...argv), 10);
  assertEquals(passed, ["m1"]);
  assertEquals(world.stdout.objects.map(({ text, seq }) => [text, seq]), [
    ["good", 2],
    ["good new", 3],
    [undefined, undefined],
    [undefined, undefined],
  ]);
});

Deno.test("listen says on a terminal who it is", async () => {
  const { world } = setup("a");
  world.stderr.isTerminal = true;
  await world.run("listen", "--first");
  assert(
    world.stderr.text.startsWith("listening as CytBse….4QXYyE…@4sBbL1…\n"),
  );
});

function setup(...messages: (string | Uint8Array)[]) {
  const world = new FakeWorld();
  const mailbox = new FakeMailbox();
  world.mailboxes = [mailbox];
  for (const message of messages) mailbox.arrive(message);
  return { world, mailbox };
}

/** A world without a client in which these messages wait. */
function withWaiting(...messages: string[]) {
  const world = new FakeWorld();
  const waiting = new FakeMailbox();
  for (const message of messages) waiting.arrive(message);
  // Nothing more comes.
  waiting.lose(new ConnectionError("none"));
  world.waiting = waiting.messages();
  return { world, waiting };
}

async function list(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map(({ name }) => name).toSorted();
}
