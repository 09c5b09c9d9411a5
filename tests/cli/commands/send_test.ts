import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ConnectionError,
  EXIT,
  NymError,
  UsageError,
} from "../../../lib/errors.ts";
import { formatRecipient } from "../../../lib/message/recipient.ts";
import { formatSenderTag } from "../../../lib/message/sender_tag.ts";
import {
  ADDRESS,
  FakeMailbox,
  type FakeSending,
  OTHER_ADDRESS,
  SENDER_TAG,
} from "../../support/fake_mailbox.ts";
import { FakeWorld } from "../../support/fake_world.ts";

Deno.test("send sends the words to oneself and stays silent in a pipe", async () => {
  const { world, mailbox } = setup();
  assertEquals(await world.run("send", "--to", "self", "hello", "world"), 0);
  assertEquals(bodies(mailbox), ["hello world"]);
  assertEquals(targets(mailbox), [ADDRESS]);
  assertEquals(world.stdout.text + world.stderr.text, "");
  assertEquals(world.stdinReads, 0);
  assert(mailbox.closes.length > 0);
});

Deno.test("send --json tells of each message once, with its stage", async () => {
  const { world } = setup();
  await world.run("send", "--json", "--to", "self", "--surbs", "12", "hello");
  assertEquals(world.stdout.objects, [{
    v: 1,
    type: "sent",
    time: "2026-01-01T00:00:00.000Z",
    id: "s1",
    to: ADDRESS,
    stage: "acked",
    size: 5,
    packets: 1,
    surbs: 12,
  }]);
});

Deno.test("send sends every message to every recipient", async () => {
  const { world, mailbox } = setup();
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, `# friends\n\n  ${OTHER_ADDRESS}\r\nself\n`);
  world.stdin = ["a\nb\n"];
  const code = await world.run("send", "--to-file", file, "--split", "lines");
  assertEquals(code, 0);
  assertEquals(bodies(mailbox), ["a", "a", "b", "b"]);
  assertEquals(targets(mailbox), [
    OTHER_ADDRESS,
    ADDRESS,
    OTHER_ADDRESS,
    ADDRESS,
  ]);
  for (
    const [line, says] of [
      [
        "a.b@c",
        `Cannot read address in ${file}:2: identity key: need 32 bytes`,
      ],
      ["bob", `Cannot find recipient "bob" in ${file}:2: it is no address`],
    ] as const
  ) {
    await Deno.writeTextFile(file, `${OTHER_ADDRESS}\n${line}\n`);
    const { world } = setup();
    assertEquals(await world.run("send", "--to-file", file, "x"), 7);
    assertStringIncludes(world.stderr.text, says);
  }
  await Deno.remove(file);
});

Deno.test("send takes the recipient from the environment", async () => {
  const { world, mailbox } = setup();
  world.variables["NYMWIRE_TO"] = OTHER_ADDRESS;
  assertEquals(await world.run("send", "x"), 0);
  assertEquals(targets(mailbox), [OTHER_ADDRESS]);
});

Deno.test("send reads stdin when no body is given, or for -", async () => {
  for (const more of [[], ["-"], ["--file", "-"]]) {
    const { world, mailbox } = setup();
    world.stdin = [Uint8Array.of(0, 255), Uint8Array.of(10)];
    assertEquals(await world.run("send", "--to", "self", ...more), 0);
    assertEquals(mailbox.sent[0]?.message.body, Uint8Array.of(0, 255, 10));
    assertEquals(world.stdinReads, 1);
  }
});

Deno.test("send refuses an empty body with 2 before it looks for a client, unless --allow-empty", async () => {
  for (const argv of [["send", "--to", "self"], ["send", "--to", "self", ""]]) {
    const { world } = setup();
    assertEquals(await world.run(...argv), 2);
    assertEquals(world.choices, []);
    assertStringIncludes(world.stderr.text, "it is empty (not sent)");
  }
  const { world, mailbox } = setup();
  assertEquals(await world.run("send", "--to", "self", "--allow-empty"), 0);
  assertEquals(bodies(mailbox), [""]);
});

Deno.test("send --split without records is done, and connects to nothing", async () => {
  for (const split of ["lines", "nul", "ndjson"]) {
    for (
      const stdin of [[], [
        "\n\n".replaceAll("\n", split === "nul" ? "\0" : "\n"),
      ]]
    ) {
      const { world } = setup();
      world.stdin = stdin;
      assertEquals(
        await world.run("send", "--to", "self", "--split", split),
        0,
      );
      assertEquals(world.choices, []);
    }
  }
});

Deno.test("send --split lines skips empty lines unless --allow-empty, and keeps the last one", async () => {
  const { world, mailbox } = setup();
  world.stdin = ["a\r\n\nb"];
  await world.run("send", "--to", "self", "--split", "lines");
  assertEquals(bodies(mailbox), ["a\r", "b"]);
  const all = setup();
  all.world.stdin = ["a\n\nb\n"];
  await all.world.run(
    "send",
    "--to",
    "self",
    "--split",
    "lines",
    "--allow-empty",
  );
  assertEquals(bodies(all.mailbox), ["a", "", "b"]);
});

Deno.test("send --split ndjson lets each message name its recipient", async () => {
  const { world, mailbox } = setup();
  world.stdin = [
    `{"text":"a","to":"${OTHER_ADDRESS}"}\n`,
    `{"type":"message","base64":"AP8=","senderTag":"${SENDER_TAG}"}\n`,
    `{"type":"state","state":"connected"}\n`,
    `{"text":"c","replyTo":"${SENDER_TAG}"}\n`,
  ];
  assertEquals(await world.run("send", "--to", "self", "--split", "ndjson"), 0);
  assertEquals(targets(mailbox), [OTHER_ADDRESS, ADDRESS, SENDER_TAG]);
  assertEquals(mailbox.sent[1]?.message.body, Uint8Array.of(0, 255));
});

Deno.test("send --split ndjson needs a recipient from somewhere", async () => {
  const { world } = setup();
  world.stdin = ['{"text":"a"}'];
  assertEquals(await world.run("send", "--split", "ndjson"), 2);
  assertStringIncludes(world.stderr.text, "a message names no recipient");
});

Deno.test("send sends files as they are, one message each", async () => {
  const { world, mailbox } = setup();
  const [a, b] = [await Deno.makeTempFile(), await Deno.makeTempFile()];
  await Deno.writeFile(a, Uint8Array.of(1, 10, 0));
  await Deno.writeFile(b, Uint8Array.of(2));
  assertEquals(
    await world.run("send", "--to", "self", "--file", a, "--file", b),
    0,
  );
  assertEquals(mailbox.sent.map(({ message }) => [...message.body]), [[
    1,
    10,
    0,
  ], [2]]);
  assertEquals(world.stdinReads, 0);
  await Deno.remove(a);
  await Deno.remove(b);
});

Deno.test("send reads no file before all of them are there", async () => {
  const folder = await Deno.makeTempDir();
  const [good, empty] = [`${folder}/good`, `${folder}/empty`];
  await Deno.writeTextFile(good, "good");
  await Deno.writeTextFile(empty, "");
  const cases: [string, string][] = [
    [`${folder}/missing`, "it is missing (not sent)"],
    [folder, "it is a folder (not sent)"],
    [empty, "it is empty (not sent)"],
  ];
  for (const [bad, fault] of cases) {
    const { world } = setup();
    assertEquals(
      await world.run("send", "--to=self", "--file", good, "--file", bad),
      2,
    );
    assertStringIncludes(world.stderr.text, `${bad}: ${fault}`);
    assertEquals(world.choices, []);
  }
  const { world, mailbox } = setup();
  const files = ["--file", good, "--file", empty];
  assertEquals(
    await world.run("send", "--to=self", "--allow-empty", ...files),
    0,
  );
  assertEquals(mailbox.sent.length, 2);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("send without a recipient is a usage error, a malformed or unknown one exit 7, before anything else", async () => {
  const cases: [string[], number, string][] = [
    [["x"], 2, "need a recipient, have none (not sent)"],
    [["--to", "bob", "x"], 7, 'Cannot find recipient "bob"'],
    [["--to", ADDRESS.slice(1), "x"], 7, "Cannot read address"],
    [["--to", `${ADDRESS} `, "x"], 7, "Cannot read address"],
    [["--reply-to", "0OIl", "x"], 7, "Cannot read sender tag"],
    [["--reply-to", "z".repeat(1500), "x"], 7, "reply block"],
    [["--to-file", "/nonexistent", "x"], 2, "Cannot read recipients"],
  ];
  for (const [argv, code, message] of cases) {
    const { world } = setup();
    assertEquals(await world.run("send", ...argv), code, message);
    assertStringIncludes(world.stderr.text, message);
    assertEquals(world.choices, []);
  }
});

Deno.test("send --reply-to answers a sender tag", async () => {
  const { world, mailbox } = setup();
  await world.run("send", "--json", "--reply-to", SENDER_TAG, "x");
  assertEquals(targets(mailbox), [SENDER_TAG]);
  assertEquals(world.stdout.objects[0]?.["replyTo"], SENDER_TAG);
});

Deno.test("send attaches reply blocks: auto makes room for the answer and what receivers keep back", async () => {
  const counts: [string[], number][] = [
    [[], 0],
    [["--surbs", "20"], 20],
    [["--surbs", "auto"], 11],
    [["--surbs", "auto", "--reply-size", "1MB"], 634],
  ];
  for (const [argv, count] of counts) {
    const { world, mailbox } = setup();
    assertEquals(await world.run("send", "--to", "self", ...argv, "x"), 0);
    assertEquals(mailbox.sent[0]?.message.surbs, count);
    assertEquals(world.stderr.text, "");
  }
});

Deno.test("send warns of 1 to 10 reply blocks where people look, unless --quiet", async () => {
  const cases: [string[], boolean, string][] = [
    [["1"], true, "warning: with 1 reply block official receivers"],
    [["10", "-v"], false, "warning: with 10 reply blocks official receivers"],
    [["5", "-q"], true, ""],
    [["5"], false, ""],
  ];
  for (const [[surbs = "", ...more], isTerminal, text] of cases) {
    const { world } = setup();
    world.stderr.isTerminal = isTerminal;
    const args = ["--to=self", "--color=never", "--surbs", surbs, ...more];
    assertEquals(await world.run("send", ...args, "x"), 0);
    assert(world.stderr.text.startsWith(text), world.stderr.text);
    if (text === "") assertEquals(world.stderr.text, "");
  }
});

Deno.test("send waits for the strongest stage that the client can tell, and never guesses", async () => {
  const flushed = setup({ strongestStage: "flushed" });
  await flushed.world.run("send", "--json", "--to", "self", "x");
  assertEquals(flushed.world.stdout.objects[0]?.["stage"], "flushed");
  const refused = setup({ strongestStage: "flushed" });
  assertEquals(
    await refused.world.run("send", "--to", "self", "--wait", "acked", "x"),
    8,
  );
  assertStringIncludes(
    refused.world.stderr.text,
    "tells no more than flushed (not sent)",
  );
  assertEquals(refused.mailbox.sent, []);
  const none = setup({ onSend: () => {} });
  assertEquals(
    await none.world.run("send", "--to", "self", "--wait", "none", "x"),
    0,
  );
});

Deno.test("send lets what is only queued leave before it closes", async () => {
  const { world, mailbox } = setup({ onSend: () => {} });
  await world.run("send", "--to", "self", "--wait", "queued", "x");
  assertEquals(mailbox.closes[0], { drain: 60_000 });
});

Deno.test("send gives up at its time limit with 6, and says that the message may still arrive", async () => {
  const { world, mailbox } = setup({
    onSend: (sending) => sending.progress = 1,
  });
  const running = world.run("send", "--to", "self", "--timeout", "5s", "x");
  await world.clock.advance(5_000);
  assertEquals(await running, 6);
  assertStringIncludes(
    world.stderr.text,
    "time limit of 5s is reached while waiting for the recipient's gateway to acknowledge 1 message (may still arrive)",
  );
  assert(mailbox.sent[0]?.withdrawn);
});

Deno.test("a time limit says what was waited for: what opens the client tells, then what the client tells", async () => {
  const lost = { kind: "reconnecting", reason: "no gateway" } as const;
  const cases: [string[], (mailbox: FakeMailbox) => void, string][] = [
    [
      ["send", "--to", "self", "x"],
      (mailbox) => mailbox.tell(lost),
      "the connection (no gateway)",
    ],
    [
      ["send", "--to", "self", "--wait", "flushed", "x"],
      (mailbox) => {
        mailbox.tell(lost);
        mailbox.tell({ kind: "connected" });
      },
      "1 message to leave",
    ],
    [
      ["request", "--to", "self", "x"],
      () => {},
      "the recipient's gateway to acknowledge the question",
    ],
    [
      ["listen"],
      (mailbox) => mailbox.tell(lost),
      "the connection (no gateway)",
    ],
  ];
  for (const [argv, happen, waitedFor] of cases) {
    const { world, mailbox } = setup({ onSend: () => {} });
    const running = world.run(...argv, "--timeout", "5s");
    await world.clock.advance(0);
    happen(mailbox);
    await world.clock.advance(5_000);
    assertEquals(await running, 6);
    assertStringIncludes(
      world.stderr.text,
      `the time limit of 5s is reached while waiting for ${waitedFor}`,
    );
  }
});

Deno.test("send without --timeout goes on while packets leave, and gives up a minute after the last", async () => {
  const { world, mailbox } = setup({ onSend: () => {} });
  const running = world.run("send", "--to", "self", "x");
  for (let second = 0; second < 100; second += 10) {
    await world.clock.advance(10_000);
    mailbox.sent[0]!.progress++;
  }
  await world.clock.advance(59_000);
  assertEquals(world.stderr.text, "");
  await world.clock.advance(10_000);
  assertEquals(await running, 6);
});

Deno.test("send ends on SIGTERM and SIGINT with 143 and 130, taking back what has not left", async () => {
  for (const [signal, code] of [["SIGTERM", 143], ["SIGINT", 130]] as const) {
    const { world, mailbox } = setup({ onSend: () => {} });
    const running = world.run("send", "--json", "--to", "self", "x");
    await world.clock.advance(0);
    world.interrupt(signal);
    assertEquals(await running, code);
    assert(mailbox.sent[0]?.withdrawn);
    assertStringIncludes(world.stderr.text, "(not sent)");
    const error = world.stdout.objects.at(-1);
    assertEquals([error?.["code"], error?.["mayArrive"]], [code, false]);
  }
});

Deno.test("send passes the client's error on with its exit code and what became of the message", async () => {
  const cases: [NymError, number, string][] = [
    [
      new ConnectionError("Cannot go on", {
        exitCode: EXIT.lost,
        mayArrive: true,
      }),
      5,
      "may still arrive",
    ],
    [
      new UsageError("Cannot send: too large", { exitCode: EXIT.refused }),
      8,
      "not sent",
    ],
    [new NymError("Cannot reply", { exitCode: EXIT.noReply }), 11, "not sent"],
  ];
  for (const [error, code, fate] of cases) {
    const { world } = setup({
      onSend: () => {
        throw error;
      },
    });
    assertEquals(await world.run("send", "--to", "self", "x"), code);
    assertStringIncludes(world.stderr.text, `${error.message} (${fate})`);
  }
});

Deno.test("send goes on after an error that concerns one message, and ends with 10", async () => {
  const { world, mailbox } = setup({
    onSend: (sending) => {
      const text = new TextDecoder().decode(sending.message.body);
      if (text === "bad") {
        throw new UsageError("Cannot send", { exitCode: EXIT.refused });
      }
      sending.reach("acked");
    },
  });
  world.stdin = ["a\nbad\nc\n"];
  const code = await world.run(
    "send",
    "--json",
    "--to",
    "self",
    "--split",
    "lines",
  );
  assertEquals(code, 10);
  assertEquals(bodies(mailbox), ["a", "c"]);
  const stages = world.stdout.objects.map(({ stage, code }) => stage ?? code);
  assertEquals(stages.toSorted(), ["acked", "acked", "failed", 10].toSorted());
  assertEquals(
    world.stderr.text,
    "error: Sent 2 of 3 messages; 1 failed: cannot send (the rest: not sent)\nhint: See what is possible with: nymwire help\n",
  );
  const error = world.stdout.objects.find(({ type }) => type === "error");
  assertEquals([error?.["mayArrive"], error?.["sent"]], [true, 2]);
});

Deno.test("send whose input breaks lets what was read before arrive, and says where and why it ended", async () => {
  const { world, mailbox } = setup({ onSend: () => {} });
  world.stdin = ['{"text":"a"}\n\n{"text":"b"}\n', 'nope\n{"text":"c"}\n'];
  const running = world.run("send", "--json", "--to=self", "--split=ndjson");
  await world.clock.advance(0);
  // They are on their way; what is wrong with the input does not call them back.
  for (const sending of mailbox.sent) sending.reach("acked");
  assertEquals(await running, 10);
  assertEquals(bodies(mailbox), ["a", "b"]);
  assert(mailbox.sent.every(({ withdrawn }) => !withdrawn));
  assertEquals(
    world.stderr.text,
    'error: Sent 2 messages, and no more: cannot read line 4 of the input: not JSON (the rest: not sent)\nhint: Write a line such as {"text":"hello","to":"self"}\n',
  );
  const told = world.stdout.objects;
  assertEquals(told.map(({ type }) => type), ["sent", "sent", "error"]);
  const { code, mayArrive, sent } = told[2]!;
  assertEquals([code, mayArrive, sent], [10, true, 2]);
});

Deno.test("send whose input breaks at once, or after nothing that could be sent, has sent nothing", async () => {
  for (
    const [first, code] of [['{"text":1}', 2], ['{"text":"a","to":"bob"}', 2]]
  ) {
    const { world, mailbox } = setup();
    world.stdin = [`${first}\n[]\n`];
    const args = ["--json", "--to=self", "--split=ndjson"];
    assertEquals(await world.run("send", ...args), code);
    assertEquals(mailbox.sent, []);
    const error = world.stdout.objects.at(-1);
    assertEquals([error?.["mayArrive"], error?.["sent"]], [false, undefined]);
    assertStringIncludes(world.stderr.text, "(not sent)");
  }
});

Deno.test("send counts one message as one", async () => {
  const { world } = setup();
  world.stdin = [
    '{"text":"a"}\n{"text":"b","to":"bob"}\n{"text":"c","to":"x"}\n',
  ];
  await world.run("send", "--to=self", "--split=ndjson");
  assertStringIncludes(
    world.stderr.text,
    'error: Sent 1 of 3 messages; 2 failed, the first: cannot find recipient "bob": ',
  );
});

Deno.test("send --split ndjson goes on after a malformed address", async () => {
  const { world, mailbox } = setup();
  world.stdin = ['{"text":"a","to":"bob"}\n{"text":"b","to":"self"}\n'];
  const code = await world.run("send", "--json", "--split", "ndjson");
  assertEquals(code, 10);
  assertEquals(bodies(mailbox), ["b"]);
  const [failed] = world.stdout.objects;
  assertEquals([failed?.["to"], failed?.["stage"]], ["bob", "failed"]);
});

Deno.test("send says how many messages were sent before it was interrupted", async () => {
  const { world } = setup({
    onSend: (sending: FakeSending) => {
      if (sending.id !== "s3") sending.reach("acked");
    },
  });
  world.stdin = ["a\nb\nc\n"];
  const running = world.run("send", "--to", "self", "--split", "lines");
  await world.clock.advance(0);
  world.interrupt("SIGTERM");
  assertEquals(await running, 143);
  assertStringIncludes(
    world.stderr.text,
    "Terminated; 2 messages were sent before (the rest: not sent)",
  );
});

Deno.test("send --jitter waits a random while first", async () => {
  const { world, mailbox } = setup();
  const running = world.run("send", "--to", "self", "--jitter", "10s", "x");
  await world.clock.advance(4_999);
  assertEquals(world.choices, []);
  await world.clock.advance(1);
  assertEquals(await running, 0);
  assertEquals(bodies(mailbox), ["x"]);
});

Deno.test("send talks to people on a terminal, with addresses shortened", async () => {
  const { world } = setup();
  world.stderr.isTerminal = true;
  await world.run("send", "--to", "self", "--color", "never", "x");
  assertEquals(
    world.stderr.text,
    "acked: 1 byte for CytBse….4QXYyE…@4sBbL1…\n",
  );
});

function setup(options?: ConstructorParameters<typeof FakeMailbox>[0]) {
  const world = new FakeWorld();
  const mailbox = new FakeMailbox(options);
  world.mailboxes = [mailbox];
  return { world, mailbox };
}

function bodies(mailbox: FakeMailbox): string[] {
  return mailbox.sent.map(({ message }) =>
    new TextDecoder().decode(message.body)
  );
}

function targets(mailbox: FakeMailbox): string[] {
  return mailbox.sent.map(({ message: { target } }) =>
    target.kind === "recipient"
      ? formatRecipient(target.recipient)
      : formatSenderTag(target.senderTag)
  );
}
