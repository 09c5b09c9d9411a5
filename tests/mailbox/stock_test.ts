import {
  assert,
  assertEquals,
  assertFalse,
  assertLess,
  assertRejects,
} from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import {
  ConnectionError,
  EXIT,
  NymError,
  UsageError,
} from "../../lib/errors.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import { openStock } from "../../lib/mailbox/stock.ts";
import type { StockMailbox } from "../../lib/mailbox/stock_mailbox.ts";
import {
  formatRecipient,
  parseRecipient,
} from "../../lib/message/recipient.ts";
import { senderTag } from "../../lib/message/sender_tag.ts";
import { type Dialect, DIALECTS } from "../../lib/wire/native/dialect.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { hex, unhex } from "../support/hex.ts";
import { ADDRESS } from "../support/memory_mailbox.ts";
import { RawProgram } from "../support/raw_program.ts";
import { startStock } from "../support/stock_fixture.ts";
import { StockDouble } from "../support/stock_double.ts";

const recipient = parseRecipient(ADDRESS);
const to = { kind: "recipient", recipient } as const;
const tag = senderTag(unhex("2a".repeat(16)));
const surb = Uint8Array.from({ length: 1164 }, (_, i) => i % 251);

const text = (message: { body: Uint8Array }) =>
  new TextDecoder().decode(message.body);
const bytes = (text: string) => new TextEncoder().encode(text);

function open(
  double: StockDouble,
  options: Parameters<typeof openStock>[0] = {},
): Promise<StockMailbox> {
  return openStock({ url: double.url, random: seededRandom(1), ...options });
}

async function take(
  mailbox: StockMailbox,
  count: number,
): Promise<IncomingMessage[]> {
  const messages: IncomingMessage[] = [];
  if (count === 0) return messages;
  for await (const message of mailbox.messages()) {
    await message.taken();
    messages.push(message);
    if (messages.length === count) break;
  }
  return messages;
}

async function rest(mailbox: StockMailbox): Promise<string[]> {
  const all: string[] = [];
  for await (const message of mailbox.messages()) {
    await message.taken();
    all.push(text(message));
  }
  return all;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (const dialect of DIALECTS) {
  Deno.test(`openStock() trap: finds out dialect ${dialect} and the address by binary frames alone`, async () => {
    await using double = new StockDouble({ dialect });
    await using mailbox = await open(double);
    assertEquals(mailbox.dialect, dialect);
    assertEquals(formatRecipient(mailbox.address), ADDRESS);
    assertEquals(
      double.frames.map((frame) =>
        typeof frame === "string" ? frame : hex(frame)
      ),
      dialect === "c" ? ["03"] : ["03", "02"],
    );
  });

  Deno.test(`StockMailbox over dialect ${dialect} keeps what waited in the client, marked as stored, and what comes later`, async () => {
    await using double = new StockDouble({ dialect });
    for (let i = 0; i < 20; i++) await double.deliver(`stored ${i}`);
    await using mailbox = await open(double);
    await double.deliver("fresh");
    const messages = await take(mailbox, 21);
    assertEquals(
      messages.map((message) => [text(message), message.stored]),
      [
        ...Array.from({ length: 20 }, (_, i) => [`stored ${i}`, true]),
        ["fresh", false],
      ],
    );
    assertEquals(messages.map(({ seq }) => seq), messages.map((_, i) => i + 1));
    assertEquals(new Set(messages.map(({ id }) => id)).size, 21);
  });

  Deno.test(`StockMailbox trap: over dialect ${dialect} sends in binary, and knows that it was queued`, async () => {
    await using double = new StockDouble({ dialect });
    await using mailbox = await open(double);
    const body = Uint8Array.from({ length: 256 }, (_, i) => i);
    const plain = await mailbox.send({ target: to, body });
    const anonymous = await mailbox.send({ target: to, body, surbs: 12 });
    await plain.reached("queued");
    await anonymous.reached("queued");
    const requests = double.requests.filter(({ kind }) =>
      kind !== "selfAddress"
    );
    assertEquals(requests.map(({ kind }) => kind), ["send", "sendAnonymous"]);
    const [first, second] = requests;
    assert(first?.kind === "send" && second?.kind === "sendAnonymous");
    assertEquals(first.body, body);
    assertEquals(second.surbs, dialect === "c" ? 12 : 1);
    assertEquals(first.lane === undefined, dialect === "a");
    assert(first.lane !== 0n && first.lane !== second.lane || dialect === "a");
    assert(double.frames.every((frame) => typeof frame !== "string"));
  });

  Deno.test(`StockMailbox trap: over dialect ${dialect} survives pushes between a request and its answer, in either mode`, async () => {
    await using double = new StockDouble({ dialect, loop: true });
    await using mailbox = await open(double);
    for (let i = 0; i < 10; i++) {
      await mailbox.send({ target: to, body: bytes(`${i}`) });
    }
    await double.babble(
      `{"type":"received","message":"text","senderTag":null}`,
    );
    const all = await take(mailbox, 11);
    assertEquals(all.map(text), [
      ...Array.from({ length: 10 }, (_, i) => `${i}`),
      "text",
    ]);
  });

  Deno.test(`StockMailbox.close() trap: over dialect ${dialect} is no error although the client does not answer, and loses nothing`, async () => {
    await using double = new StockDouble({ dialect });
    for (let i = 0; i < 500; i++) await double.deliver(`${i}`);
    const mailbox = await open(double);
    const states = Array.fromAsync(mailbox.states());
    await mailbox.close();
    await mailbox.closed;
    assertEquals((await rest(mailbox)).length, 500);
    assertEquals(await states, [{ kind: "closed", reason: "closed" }]);
    assertEquals([double.connections, double.crashed], [1, false]);
  });
}

for (const dialect of ["a", "b"] as const) {
  Deno.test(`StockMailbox over dialect ${dialect} answers through a reply block, once`, async () => {
    await using double = new StockDouble({ dialect });
    await using mailbox = await open(double);
    await double.deliver("who?", { kind: "replySurb", surb });
    const [message] = await take(mailbox, 1);
    assertEquals(message!.replySurb, surb);
    const target = { kind: "reply", senderTag: message!.senderTag! } as const;
    await mailbox.send({ target, body: bytes("me") });
    const reply = double.requests.find(({ kind }) => kind === "reply");
    assert(reply?.kind === "reply");
    assertEquals(reply.handle, { kind: "replySurb", surb });
    const again = await assertRejects(
      () => mailbox.send({ target, body: bytes("again") }),
      NymError,
    );
    assertEquals([again.exitCode, again.mayArrive], [EXIT.noReply, false]);
    // The same block by hand, as another process would with what listen printed.
    const adopted = mailbox.adoptSurb!(surb);
    assertEquals(encodeBase58(adopted), encodeBase58(message!.senderTag!));
    const target2 = { kind: "reply", senderTag: adopted } as const;
    const long = { target: target2, body: new Uint8Array(1611) };
    const refused = await assertRejects(() => mailbox.send(long), UsageError);
    assertEquals(refused.exitCode, EXIT.refused);
    const sending = await mailbox.send({
      target: target2,
      body: new Uint8Array(1610),
    });
    const stage = await assertRejects(
      () => sending.reached("flushed"),
      UsageError,
    );
    assertEquals(stage.exitCode, EXIT.refused);
  });
}

Deno.test("openStock() that does not receive leaves what arrives in a client of ours to others; a stock one pushes all the same", async () => {
  await using ours = await startStock();
  ours.mailbox.deliver("kept");
  const url = `${ours.server.url}/?token=unasked%2B`;
  const options = { url, receives: "never" } as const;
  await using deaf = await openStock(options);
  // It can do everything else.
  const sending = await deaf.send({ target: to, body: bytes("x") });
  await sending.reached("flushed");
  assertEquals([deaf.waiting, ours.mailbox.waiting], [0, 1]);
  await using other = await openStock({ url: ours.server.url });
  assertEquals((await take(other, 1)).map(text), ["kept"]);

  await using double = new StockDouble({ dialect: "c" });
  await double.deliver("pushed");
  await using mailbox = await open(double, { receives: "never" });
  assertEquals((await take(mailbox, 1)).map(text), ["pushed"]);
});

Deno.test("StockMailbox over dialect c answers by sender tag", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using mailbox = await open(double);
  assertEquals(mailbox.adoptSurb, undefined);
  await double.deliver("who?", { kind: "senderTag", senderTag: tag });
  const [message] = await take(mailbox, 1);
  assertEquals(message!.senderTag, tag);
  const target = { kind: "reply", senderTag: tag } as const;
  await mailbox.send({ target, body: bytes("me") });
  const reply = double.requests.find(({ kind }) => kind === "reply");
  assert(reply?.kind === "reply");
  assertEquals(reply.handle, { kind: "senderTag", senderTag: tag });
});

Deno.test("StockMailbox.adoptSurb() refuses what is no reply block", async () => {
  await using double = new StockDouble({ dialect: "a" });
  await using mailbox = await open(double);
  await assertRejects(
    () => Promise.resolve().then(() => mailbox.adoptSurb!(new Uint8Array(16))),
    UsageError,
  );
});

const STAGES: [Dialect, string][] = [
  ["a", "queued"],
  ["b", "flushed"],
  ["c", "flushed"],
];
for (const [dialect, stage] of STAGES) {
  Deno.test(`StockMailbox over dialect ${dialect} can tell ${stage} at most, and refuses to guess more`, async () => {
    await using double = new StockDouble({ dialect });
    await using mailbox = await open(double);
    assertEquals(mailbox.strongestStage, stage);
    const sending = await mailbox.send({ target: to, body: bytes("x") });
    const beyond = dialect === "a" ? "flushed" : "acked";
    const error = await assertRejects(
      () => sending.reached(beyond),
      UsageError,
    );
    assertEquals(error.exitCode, EXIT.refused);
  });
}

for (const dialect of ["b", "c"] as const) {
  Deno.test(`StockSending.reached() over dialect ${dialect} looks at the lane until its packets have left`, async () => {
    await using double = new StockDouble({
      dialect,
      laneLengths: [0, 0, 5, 2, 1, 0],
    });
    await using mailbox = await open(double);
    const sending = await mailbox.send({ target: to, body: bytes("x") });
    await sending.reached("flushed");
    const looks = double.requests.filter(({ kind }) =>
      kind === "getLaneQueueLength"
    );
    assertEquals(looks.length, 5);
    assertEquals(sending.progress, 5);
  });
}

Deno.test("StockSending.reached() trap: an empty lane right after sending means nothing yet", async () => {
  await using double = new StockDouble({ dialect: "c", laneLengths: [0] });
  await using mailbox = await open(double);
  const sending = await mailbox.send({ target: to, body: bytes("x") });
  await Promise.all([sending.reached("flushed"), sending.reached("flushed")]);
  const looks = double.requests.filter(({ kind }) =>
    kind === "getLaneQueueLength"
  );
  assert(looks.length >= 3, "looked again and again");
});

Deno.test("StockMailbox uses lanes again that are empty, one for each message under way", async () => {
  await using double = new StockDouble({ dialect: "c", laneLengths: [1, 0] });
  await using mailbox = await open(double);
  const send = () => mailbox.send({ target: to, body: bytes("x") });
  const first = await send();
  const second = await send();
  await first.reached("flushed");
  await second.reached("flushed");
  await send();
  const lanes = double.requests.flatMap((request) =>
    request.kind === "send" ? [request.lane] : []
  );
  assertEquals(new Set(lanes).size, 2);
});

Deno.test("StockSending.withdraw() drops the lane and promises nothing", async () => {
  await using double = new StockDouble({ dialect: "c", laneLengths: [9] });
  await using mailbox = await open(double);
  const sending = await mailbox.send({ target: to, body: bytes("x") });
  const flushed = sending.reached("flushed");
  assertFalse(await sending.withdraw());
  const error = await assertRejects(() => flushed, NymError, "withdrawn");
  assert(error.mayArrive);
  await until(() =>
    double.requests.some(({ kind }) => kind === "closedConnection")
  );
});

Deno.test("StockSending.reached() rejects with the signal's reason, and when the client goes away", async () => {
  await using double = new StockDouble({ dialect: "c", laneLengths: [9] });
  await using mailbox = await open(double);
  const sending = await mailbox.send({ target: to, body: bytes("x") });
  const stop = new AbortController();
  const waiting = sending.reached("flushed", stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  double.disconnect();
  const error = await assertRejects(
    () => sending.reached("flushed"),
    ConnectionError,
  );
  assertEquals([error.exitCode, error.mayArrive], [EXIT.lost, true]);
  await assertRejects(() => mailbox.closed, ConnectionError);
});

Deno.test("openStock() trap: recognises a busy client, with exit code 4, and never holds two connections", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using _first = await open(double);
  const error = await assertRejects(() => open(double), ConnectionError);
  assertEquals(error.exitCode, EXIT.busy);
  assertFalse(error.mayArrive);
  assert(error.hint!.includes("--upstream"));
  assertEquals([double.connections, double.crashed], [1, false]);
  assertEquals(double.cut, 4);
});

Deno.test("openStock() takes a 503 of our own server for busy, and other answers for no client", async () => {
  await using stock = await startStock({ maxConnections: 1 });
  await using _first = await openStock({ url: stock.server.url });
  const busy = await assertRejects(
    () => openStock({ url: stock.server.url }),
    ConnectionError,
  );
  assertEquals(busy.exitCode, EXIT.busy);
  await using http = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response("hello"),
  );
  const down = await assertRejects(
    () => openStock({ url: `ws://127.0.0.1:${http.addr.port}` }),
    ConnectionError,
  );
  assertEquals(down.exitCode, EXIT.down);
});

Deno.test("openStock() says 3 if nobody listens, nobody answers, or no native client does", async () => {
  const gone = new StockDouble({ dialect: "c" });
  await gone[Symbol.asyncDispose]();
  const refused = await assertRejects(() => open(gone), ConnectionError);
  assertEquals(refused.exitCode, EXIT.down);

  await using silent = new StockDouble({ dialect: "c", silent: true });
  const timeout = await assertRejects(
    () => open(silent, { timeout: 50 }),
    ConnectionError,
    "no answer in 50 ms",
  );
  assertEquals(timeout.exitCode, EXIT.down);

  await using listener = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = () => socket.send("I am a chat server");
      return response;
    },
  );
  const nonsense = await assertRejects(
    () => openStock({ url: `ws://127.0.0.1:${listener.addr.port}` }),
    NymError,
  );
  assertEquals(nonsense.exitCode, EXIT.down);
});

Deno.test("openStock() refuses a client that is somebody else's, with exit code 4 and both names shortened", async () => {
  await using double = new StockDouble({ dialect: "c" });
  const expect = parseRecipient(
    "7bxykcEH1uGNMr8mxGABvLJA44nbYt6Rp7xXHhJ4wQVk.HpnFbaMJ8NN1cp5ZPdPTc2GoBDnG4Jd51Sti32tbf3tF@BNjYZPxzcJwczXHHgBxCAyVJKxN6LPteDRrKapxWmexv",
  );
  const error = await assertRejects(
    () => open(double, { expect }),
    ConnectionError,
  );
  assertEquals(error.exitCode, EXIT.busy);
  assert(
    error.message.includes("CytBse…") && error.message.includes("7bxykc…"),
  );
  assert(!error.message.includes("CytBseW6yFXU"));
});

Deno.test("openStock() rejects with the signal's reason", async () => {
  await using silent = new StockDouble({ dialect: "c", silent: true });
  const stop = new AbortController();
  const opening = open(silent, { signal: stop.signal });
  await until(() => silent.frames.length > 0);
  stop.abort(new Error("changed my mind"));
  await assertRejects(() => opening, Error, "changed my mind");
});

Deno.test("StockMailbox ends with exit code 5 when the client goes away, and hands out what it has", async () => {
  await using double = new StockDouble({ dialect: "c" });
  const mailbox = await open(double);
  const states = Array.fromAsync(mailbox.states());
  await double.deliver("last words");
  await until(() => mailbox.waiting === 1);
  double.disconnect();
  const error = await assertRejects(() => mailbox.closed, ConnectionError);
  assertEquals(error.exitCode, EXIT.lost);
  assertEquals(await rest(mailbox), ["last words"]);
  assertEquals((await states).map(({ kind }) => kind), ["closed"]);
  await assertRejects(
    () => mailbox.send({ target: to, body: bytes("late") }),
    ConnectionError,
  );
});

Deno.test("StockMailbox gives a message again that a loop did not take", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using mailbox = await open(double);
  await double.deliver("one");
  await double.deliver("two");
  let first: IncomingMessage | undefined;
  for await (const message of mailbox.messages()) {
    first = message;
    break;
  }
  const again = await take(mailbox, 2);
  assertEquals(again.map((message) => [text(message), message.redelivered]), [
    ["one", true],
    ["two", false],
  ]);
  assertEquals(again[0]!.id, first!.id);
});

for (const dialect of DIALECTS) {
  Deno.test(`StockMailbox.send() over dialect ${dialect} fails with what the client refuses, the right one of many, and goes on`, async () => {
    await using double = new StockDouble({ dialect });
    await using mailbox = await open(double);
    const send = (body: string) =>
      mailbox.send({ target: to, body: bytes(body) });
    double.refuseNext("other", "boom");
    const results = await Promise.allSettled([send("1"), send("2"), send("3")]);
    assertEquals(results.map(({ status }) => status), [
      "rejected",
      "fulfilled",
      "fulfilled",
    ]);
    const error = await assertRejects(async () => {
      double.refuseNext("malformedRequest", "no");
      await send("4");
    }, NymError);
    assertEquals([error.exitCode, error.mayArrive], [EXIT.refused, false]);
    await send("5");
  });
}

for (
  const [words, exitCode] of [
    ["Cannot reply: no reply blocks left for GyeZ3i…", EXIT.noReply],
    ["Cannot reply: no reply blocks ever came from GyeZ3i…", EXIT.noReply],
    [
      "Cannot reach gateway DLbLnp…: it is not on the network local",
      EXIT.address,
    ],
  ] as const
) {
  Deno.test(`StockMailbox.send() knows what a client of ours means by: ${words}`, async () => {
    await using double = new StockDouble({ dialect: "c" });
    await using mailbox = await open(double);
    double.refuseNext("other", words);
    const error = await assertRejects(
      () => mailbox.send({ target: to, body: bytes("1") }),
      NymError,
      words,
    );
    assertEquals(error.exitCode, exitCode);
    assert(error.hint);
  });
}

Deno.test("StockMailbox trap: carries a message of 20 MB in frames that stock clients take", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using mailbox = await open(double);
  const body = new Uint8Array(20_000_000).fill(7);
  await mailbox.send({ target: to, body });
  const request = double.requests.at(-1);
  assert(request?.kind === "send");
  assertEquals(request.body.length, body.length);
  const huge = { target: to, body: new Uint8Array(64 * 1024 * 1024) };
  const error = await assertRejects(() => mailbox.send(huge), UsageError);
  assertEquals(error.exitCode, EXIT.refused);
});

Deno.test("StockDouble has the manners of the original: a stray TCP connection stops it", async () => {
  await using double = new StockDouble({ dialect: "c" });
  const stray = await Deno.connect({ port: double.port });
  stray.close();
  await until(() => double.crashed);
});

for (const dialect of ["b", "c"] as const) {
  Deno.test(`StockMailbox over dialect ${dialect} trap: a client whose queue is full neither reads nor pushes; nothing is lost`, async () => {
    await using double = new StockDouble({ dialect });
    await using mailbox = await open(double);
    const release = double.holdSender();
    await mailbox.send({ target: to, body: bytes("fits") });
    const second = mailbox.send({ target: to, body: bytes("waits") });
    const stop = new AbortController();
    const third = mailbox.send({ target: to, body: bytes("is given up") }, {
      signal: stop.signal,
    });
    await until(() => double.frames.length > (dialect === "c" ? 2 : 3));
    const pushed = double.deliver("pushed");
    const enough = new NymError("enough", { exitCode: EXIT.timeout });
    stop.abort(enough);
    const error = await assertRejects(() => third, NymError, "enough");
    // The client may have read it.
    assertEquals([error.mayArrive, error.exitCode], [true, EXIT.timeout]);
    assertEquals(mailbox.waiting, 0);
    release();
    await second;
    await pushed;
    await until(() =>
      double.requests.some(({ kind }) => kind === "closedConnection")
    );
    assertEquals((await take(mailbox, 1)).map(text), ["pushed"]);
  });
}

Deno.test("StockMailbox over dialect a trap: a client whose sender is held up goes on reading", async () => {
  await using double = new StockDouble({ dialect: "a" });
  await using mailbox = await open(double);
  double.holdSender();
  for (const text of ["1", "2", "3"]) {
    await mailbox.send({ target: to, body: bytes(text) });
  }
});

Deno.test("StockMailbox keeps no more than a bound for a client that does not read, and sends nothing that was given up before", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using mailbox = await open(double);
  const release = double.holdSender();
  const stop = new AbortController();
  const body = new Uint8Array(1_000_000);
  const sends = Array.from(
    { length: 60 },
    () => mailbox.send({ target: to, body }, { signal: stop.signal }),
  );
  const results = Promise.allSettled(sends);
  await sends[0];
  await until(() => double.frames.length > 1);
  stop.abort();
  await results;
  release();
  // A question goes through behind all that was handed over.
  await mailbox.send({ target: to, body: bytes("last") });
  const had = double.requests.filter(({ kind }) => kind === "send").length;
  // What the kernel holds, and a bound of ours.
  assertLess(had, 30);
});

for (const dialect of ["a", "b"] as const) {
  Deno.test(`openStock() over dialect ${dialect} trap: a slot that a broken program left taken is told, with what helps`, async () => {
    await using double = new StockDouble({ dialect });
    {
      using program = await RawProgram.connect(double.port);
      await program.send(1, `{"type":"reply","message":"","replySurb":""}`);
      assertEquals(await program.next(), undefined);
    }
    const error = await assertRejects(() => open(double), ConnectionError);
    assertEquals(error.exitCode, EXIT.busy);
    assert(error.hint!.includes("restart the client"));
  });

  Deno.test(`StockDouble in dialect ${dialect} has the manners of the original: after a stray TCP connection the next program ends it`, async () => {
    await using double = new StockDouble({ dialect });
    const stray = await Deno.connect({ port: double.port });
    stray.close();
    await until(() => !double.busy);
    await assertRejects(() => open(double), ConnectionError);
    assert(double.crashed);
  });
}
