import { assert, assertEquals, assertRejects } from "@std/assert";
import { decodeBase58 } from "../../lib/bytes/base58.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { EXIT, NymError } from "../../lib/errors.ts";
import {
  encodeRecipient,
  formatRecipient,
} from "../../lib/message/recipient.ts";
import { formatSenderTag, senderTag } from "../../lib/message/sender_tag.ts";
import { encodeRequest, type Mode } from "../../lib/wire/native/native.ts";
import { surbOfTag } from "../../lib/wire/native/reply_handle.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { hex, unhex } from "../support/hex.ts";
import { ADDRESS } from "../support/memory_mailbox.ts";
import { startStock } from "../support/stock_fixture.ts";
import { until } from "../support/until.ts";

const tag = senderTag(unhex("2a".repeat(16)));
const received = (text: string) =>
  `0100${text.length.toString(16).padStart(16, "0")}${
    hex(new TextEncoder().encode(text))
  }`;

function bytes(frame: string | Bytes): string {
  return typeof frame === "string" ? `text ${frame}` : hex(frame);
}

Deno.test("serveStock() answers in the mode of each request", async () => {
  await using stock = await startStock();
  await using program = await stock.connect();
  const address = hex(encodeRecipient(stock.mailbox.address));
  assertEquals(bytes(await program.ask(unhex("03"))), `02${address}`);
  assertEquals(
    await program.ask(`{"type":"selfAddress"}`),
    `{"type":"selfAddress","address":"${ADDRESS}"}`,
  );
  assertEquals(bytes(await program.ask(unhex("03"))), `02${address}`);
});

Deno.test("serveStock() trap: pushes in binary until the first frame, then in the mode of the last one, even of a refused one", async () => {
  await using stock = await startStock();
  stock.mailbox.deliver("stored", { stored: true });
  await using program = await stock.connect();
  assertEquals(bytes(await program.next()), received("stored"));
  await program.ask("nonsense");
  stock.mailbox.deliver("text");
  assertEquals(
    await program.next(),
    `{"type":"received","message":"text","senderTag":null}`,
  );
  assertEquals(bytes(await program.ask(unhex("09"))).slice(0, 4), "0003");
  stock.mailbox.deliver("bytes", { senderTag: tag });
  assertEquals(
    bytes(await program.next()),
    `0101${"2a".repeat(16)}0000000000000005${
      hex(new TextEncoder().encode("bytes"))
    }`,
  );
});

Deno.test("serveStock() trap: keeps the connection on malformed requests, with the errors of native clients", async () => {
  await using stock = await startStock();
  await using program = await stock.connect();
  assertEquals(
    await program.ask({ type: "send", message: "x" }),
    '{"type":"error","message":"malformed request:missing field `recipient`"}',
  );
  assertEquals(
    bytes(await program.ask(new Uint8Array())),
    "000100000000000000106e6f20646174612070726f7669646564",
  );
  assertEquals(
    bytes(await program.ask(unhex("00"))),
    "0002000000000000002a6e6f7420656e6f75676820646174612070726f766964656420746f207265636f766572202773656e6427",
  );
  const subscribe = JSON.stringify({ type: "subscribe", id: 1 });
  assertEquals(
    await program.ask(subscribe),
    '{"type":"error","message":"malformed request:unknown variant `subscribe`, expected one of `send`, `sendAnonymous`, `reply`, `selfAddress` at line 1 column 19"}',
  );
  assertEquals(hex((await program.ask(unhex("03"))) as Bytes).length, 194);
});

Deno.test("serveStock() sends what programs send: plain, anonymous and answers, without a word", async () => {
  await using stock = await startStock();
  await using program = await stock.connect();
  const { address } = stock.mailbox;
  const body = Uint8Array.from({ length: 256 }, (_, i) => i);
  const requests = [
    { kind: "send", recipient: address, body, lane: undefined },
    {
      kind: "sendAnonymous",
      recipient: address,
      body,
      surbs: 7,
      lane: undefined,
    },
    {
      kind: "sendAnonymous",
      recipient: address,
      body,
      surbs: 0,
      lane: undefined,
    },
    {
      kind: "reply",
      handle: { kind: "senderTag", senderTag: tag },
      body,
      lane: undefined,
    },
  ] as const;
  for (const request of requests) {
    program.send(encodeRequest(request, "c", "binary"));
  }
  // Requests are handled in order: the answer to the next one is the first word.
  assertEquals((await program.ask(unhex("03"))).length, 97);
  const sent = stock.mailbox.sent.map(({ message }) => message);
  assertEquals(sent.map(({ body }) => body.length), [256, 256, 256, 256]);
  assertEquals(sent.map(({ surbs }) => surbs), [0, 7, 1, undefined]);
  assertEquals(sent.map(({ target }) => target.kind), [
    "recipient",
    "recipient",
    "recipient",
    "reply",
  ]);
});

Deno.test("serveStock() carries a program's message to itself in both modes", async () => {
  await using stock = await startStock({}, { loop: true });
  await using program = await stock.connect();
  assertEquals(
    await program.ask({ type: "send", message: "grüße", recipient: ADDRESS }),
    `{"type":"received","message":"grüße","senderTag":null}`,
  );
  const body = new TextEncoder().encode("bytes");
  const recipient = stock.mailbox.address;
  const frame = encodeRequest(
    { kind: "send", recipient, body, lane: undefined },
    "c",
    "binary",
  );
  assertEquals(bytes(await program.ask(frame)), received("bytes"));
});

Deno.test("serveStock() answers with the lane's queue length where a lane is named, 0 in JSON included", async () => {
  await using stock = await startStock({}, {
    reaches: "queued",
    packets: () => 3,
  });
  await using program = await stock.connect();
  const send = { type: "send", message: "x", recipient: ADDRESS };
  const lane = (lane: number, length: number) =>
    `{"type":"laneQueueLength","lane":${lane},"queue_length":${length}}`;
  assertEquals(await program.ask({ ...send, connectionId: 0 }), lane(0, 3));
  assertEquals(await program.ask({ ...send, connectionId: 7 }), lane(7, 3));
  assertEquals(await program.ask({ ...send, connectionId: 7 }), lane(7, 6));
  stock.mailbox.sent[1]!.advance("flushed");
  assertEquals(
    bytes(await program.ask(unhex("050000000000000007"))),
    "0300000000000000070000000000000003",
  );
  program.send(unhex("040000000000000007"));
  assertEquals(
    bytes(await program.ask(unhex("050000000000000007"))),
    "0300000000000000070000000000000000",
  );
  assertEquals(stock.mailbox.sent.map(({ withdrawn }) => withdrawn), [
    false,
    false,
    true,
  ]);
});

Deno.test("serveStock() keeps lanes of programs apart, and shows what one left behind to the next", async () => {
  await using stock = await startStock({}, { reaches: "queued" });
  const send = {
    type: "send",
    message: "x",
    recipient: ADDRESS,
    connectionId: 1,
  };
  const question = { type: "getLaneQueueLength", connectionId: 1 };
  await using second = await stock.connect();
  {
    await using first = await stock.connect();
    await first.ask(send);
    await second.ask(question);
    const { queue_length: length } = JSON.parse(
      await second.ask(question) as string,
    );
    assertEquals(length, 0);
  }
  await until(() => stock.server.open === 1);
  assertEquals(
    await second.ask(question),
    `{"type":"laneQueueLength","lane":1,"queue_length":1}`,
  );
});

Deno.test("serveStock() tells in words what the client refuses, and keeps the connection", async () => {
  await using stock = await startStock({}, { knownTags: [] });
  await using program = await stock.connect();
  assertEquals(
    await program.ask({
      type: "reply",
      message: "x",
      senderTag: formatSenderTag(tag),
    }),
    `{"type":"error","message":"other:Cannot reply: unknown sender tag"}`,
  );
  stock.mailbox.failNextSend(
    new NymError("Cannot send message: gateway gone", { exitCode: EXIT.down }),
  );
  assertEquals(
    await program.ask({ type: "send", message: "x", recipient: ADDRESS }),
    `{"type":"error","message":"other:Cannot send message: gateway gone"}`,
  );
});

Deno.test("serveStock() reports what is not the program's fault, and says no more than that", async () => {
  const failures: unknown[] = [];
  const stock = await startStock({
    onEvent: (event) => {
      if (event.kind === "failed") failures.push(event.reason);
    },
  });
  const program = await stock.connect();
  stock.mailbox.failNextSend(new TypeError("inner secret"));
  assertEquals(
    await program.ask({ type: "send", message: "x", recipient: ADDRESS }),
    `{"type":"error","message":"other:the client failed to handle the request"}`,
  );
  await program[Symbol.asyncDispose]();
  await assertRejects(() => stock[Symbol.asyncDispose](), TypeError);
  assertEquals(failures.length, 1);
});

Deno.test("serveStock() does what a program asked for before it closed, and nothing is lost", async () => {
  await using stock = await startStock();
  const release = stock.mailbox.holdSends();
  {
    await using program = await stock.connect("?receive=none");
    for (let i = 0; i < 50; i++) {
      program.send({ type: "send", message: `${i}`, recipient: ADDRESS });
    }
  }
  release();
  await until(() => stock.mailbox.sent.length === 50);
});

Deno.test("serveStock() welcomes further programs: all see everything, or share, or send only", async () => {
  await using stock = await startStock();
  await using one = await stock.connect();
  await using two = await stock.connect();
  await using worker = await stock.connect("?receive=shared&group=w");
  await using helper = await stock.connect("any/path?receive=shared&group=w");
  await using sender = await stock.connect("?receive=none");
  await until(() => stock.hub.consumers === 4);
  for (let i = 0; i < 10; i++) stock.mailbox.deliver(`${i}`);
  for (let i = 0; i < 10; i++) {
    assertEquals(bytes(await one.next()), received(`${i}`));
    assertEquals(bytes(await two.next()), received(`${i}`));
  }
  await until(() => stock.mailbox.taken.length === 10);
  const address = `02${hex(encodeRecipient(stock.mailbox.address))}`;
  assertEquals(bytes(await sender.ask(unhex("03"))), address);
  let shared = 0;
  for (const program of [worker, helper]) {
    program.send(unhex("03"));
    while (bytes(await program.next()) !== address) shared++;
  }
  assertEquals(shared, 10);
});

Deno.test("serveStock() pushes to a program that wants to know first who the client is once it asks for more", async () => {
  await using stock = await startStock({ dialect: "b" });
  stock.mailbox.deliver("waited");
  {
    await using leaves = await stock.connect("?receive=asked");
    assertEquals(bytes(await leaves.ask(unhex("02"))).slice(0, 2), "02");
    assertEquals(stock.hub.consumers, 0);
  }
  await using stays = await stock.connect("?receive=asked");
  assertEquals(bytes(await stays.ask(unhex("03"))).slice(0, 4), "0004");
  assertEquals(bytes(await stays.ask(unhex("02"))).slice(0, 2), "02");
  assertEquals(stock.hub.consumers, 0);
  stays.send(unhex("02"));
  const heard = [bytes(await stays.next()), bytes(await stays.next())];
  assertEquals(heard.toSorted()[0], received("waited"));
});

Deno.test("serveStock() trap: gives what one program did not take to the next, and takes nothing before it was written", async () => {
  await using stock = await startStock();
  const huge = new Uint8Array(24 * 1024 * 1024);
  {
    const program = await stock.connect();
    await until(() => stock.hub.consumers === 1);
    // Nobody reads here: the kernel's buffers hold a part of the first message at most.
    stock.mailbox.deliver(huge);
    stock.mailbox.deliver("behind it");
    await until(() => stock.mailbox.waiting === 0);
    program.connection.terminate("killed");
    await program.connection.closed;
  }
  await until(() => stock.hub.consumers === 0);
  assertEquals(stock.mailbox.taken, []);
  await using next = await stock.connect();
  assertEquals((await next.next()).length, 10 + huge.length);
  assertEquals(bytes(await next.next()), received("behind it"));
});

Deno.test("serveStock() with room for one answers the second with 503", async () => {
  const refused: number[] = [];
  await using stock = await startStock({
    maxConnections: 1,
    onEvent: (event) => {
      if (event.kind === "refused") refused.push(event.status);
    },
  });
  {
    await using _first = await stock.connect();
    const response = await fetch(stock.server.url.replace("ws:", "http:"), {
      headers: {
        upgrade: "websocket",
        connection: "upgrade",
        "sec-websocket-version": "13",
        "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
      },
    });
    assertEquals(response.status, 503);
    assertEquals(
      await response.text(),
      "This client serves other programs already\n",
    );
  }
  await until(() => stock.server.open === 0);
  await using second = await stock.connect();
  assertEquals((await second.ask(unhex("03"))).length, 97);
  assertEquals(refused, [503]);
});

Deno.test("serveStock() trap: answers a close with a close", async () => {
  await using stock = await startStock();
  const program = await stock.connect();
  program.connection.close(1000, "bye");
  assertEquals(await program.connection.closed, {
    code: 1000,
    reason: "bye",
    clean: true,
  });
});

Deno.test("serveStock() says goodbye when it stops, even to a program whose request waits", async () => {
  const stock = await startStock();
  stock.mailbox.holdSends();
  const program = await stock.connect();
  program.send({ type: "send", message: "stuck", recipient: ADDRESS });
  await stock[Symbol.asyncDispose]();
  assertEquals((await program.connection.closed).code, 1001);
  assertEquals(stock.mailbox.sent.length, 0);
});

Deno.test("serveStock() given time to drain finishes what waits", async () => {
  const stock = await startStock();
  const release = stock.mailbox.holdSends();
  const program = await stock.connect();
  program.send({ type: "send", message: "late", recipient: ADDRESS });
  program.send({ type: "send", message: "later", recipient: ADDRESS });
  await program.connection.drained(0);
  // The answer to a ping of ours would be behind the requests: another program proves that the server has read them.
  await using other = await stock.connect();
  await other.ask(unhex("03"));
  const closing = stock.server.close({ drain: 60_000 });
  release();
  await closing;
  assertEquals(stock.mailbox.sent.map(({ text }) => text), ["late", "later"]);
  await program[Symbol.asyncDispose]();
  await stock[Symbol.asyncDispose]();
});

Deno.test("serveStock() slows down a program that asks too often", async () => {
  const clock = new FakeClock();
  await using stock = await startStock({ clock, requestsPerSecond: 10 });
  await using program = await stock.connect();
  for (let i = 0; i < 12; i++) program.send(unhex("03"));
  for (let i = 0; i < 11; i++) await program.next();
  await until(() => clock.sleepers === 1);
  await clock.advance(100);
  await program.next();
  await clock.advance(1000);
});

for (const dialect of ["a", "b"] as const) {
  Deno.test(`serveStock() in dialect ${dialect}: reply blocks stand for sender tags, both ways and modes`, async () => {
    await using stock = await startStock({ dialect });
    await using program = await stock.connect();
    const { address } = stock.mailbox;
    assertEquals(
      bytes(await program.ask(unhex("02"))),
      `02${hex(encodeRecipient(address))}`,
    );
    stock.mailbox.deliver("who?", { senderTag: tag });
    const push = await program.next() as Bytes;
    const surb = push.slice(10, 10 + 1164);
    assertEquals(surb, surbOfTag(tag));
    const answer = (mode: Mode) =>
      encodeRequest(
        {
          kind: "reply",
          handle: { kind: "replySurb", surb },
          body: new TextEncoder().encode(mode),
          lane: undefined,
        },
        dialect,
        mode,
      );
    program.send(answer("binary"));
    program.send(answer("text"));
    await program.ask({ type: "selfAddress" });
    stock.mailbox.deliver("again", { senderTag: tag });
    const { replySurb } = await program.json();
    assertEquals(decodeBase58(replySurb as string), surb);
    assertEquals(
      stock.mailbox.sent.map(({ message, text }) => [message.target, text]),
      [
        [{ kind: "reply", senderTag: tag }, "binary"],
        [{ kind: "reply", senderTag: tag }, "text"],
      ],
    );
  });

  Deno.test(`serveStock() in dialect ${dialect}: withReplySurb attaches one reply block, and real ones of others are refused`, async () => {
    await using stock = await startStock({ dialect });
    await using program = await stock.connect();
    program.send({
      type: "send",
      message: "x",
      recipient: ADDRESS,
      withReplySurb: true,
    });
    const surb = new Uint8Array(1164).fill(7);
    const foreign = encodeRequest(
      {
        kind: "reply",
        handle: { kind: "replySurb", surb },
        body: new Uint8Array(),
        lane: undefined,
      },
      dialect,
      "text",
    );
    assertEquals(
      await program.ask(foreign),
      `{"type":"error","message":"malformed request:malformed reply surb: this client has not handed it out"}`,
    );
    assertEquals(stock.mailbox.sent[0]!.message.surbs, 1);
  });
}

Deno.test("serveStock() in dialect a hands out the reply blocks of a client that has them", async () => {
  await using stock = await startStock({ dialect: "a" });
  await using program = await stock.connect();
  const surb = new Uint8Array(1164).fill(9);
  stock.mailbox.deliver("who?", { senderTag: tag, replySurb: surb });
  const push = await program.next() as Bytes;
  assertEquals(push.slice(10, 10 + 1164), surb);
});

Deno.test("serveStock() in docs confirms what is sent, and pushes nothing before its first answer", async () => {
  const clock = new FakeClock();
  await using stock = await startStock({ dialect: "docs", clock }, {
    loop: true,
  });
  stock.mailbox.deliver("stored", { stored: true });
  await using program = await stock.connect();
  await until(() => clock.sleepers > 0);
  assertEquals(
    await program.ask({ type: "selfAddress" }),
    JSON.stringify({
      type: "selfAddress",
      address: formatRecipient(stock.mailbox.address),
    }),
  );
  assertEquals(
    await program.next(),
    `{"type":"received","message":"stored","replySurb":null}`,
  );
  assertEquals(
    await program.ask({
      type: "send",
      message: "Hello Nym!",
      "recipient_address": ADDRESS,
    }),
    `{"type":"send"}`,
  );
  assertEquals(
    await program.next(),
    `{"type":"received","message":"Hello Nym!","replySurb":null}`,
  );
  assertEquals(
    await program.ask({ type: "send", message: "x" }),
    '{"type":"error","message":"malformed request:missing field `recipient`"}',
  );
});

Deno.test("serveStock() in docs pushes in text to a program that never says a word, after a second", async () => {
  const clock = new FakeClock();
  await using stock = await startStock({ dialect: "docs", clock });
  stock.mailbox.deliver("stored");
  await using program = await stock.connect();
  await until(() => clock.sleepers > 0);
  await clock.advance(1000);
  assertEquals(
    await program.next(),
    `{"type":"received","message":"stored","replySurb":null}`,
  );
});

Deno.test("serveStock() trap: confirms nothing outside docs", async () => {
  await using stock = await startStock();
  await using program = await stock.connect();
  program.send({ type: "send", message: "x", recipient: ADDRESS });
  const next = await program.ask({ type: "selfAddress" });
  assert(typeof next === "string" && next.includes(`"selfAddress"`));
});

Deno.test("serveStock() closes its programs when the client stops", async () => {
  await using stock = await startStock();
  await using program = await stock.connect();
  await until(() => stock.hub.consumers === 1);
  await stock.mailbox.close();
  assertEquals(await program.connection.closed, {
    code: 1001,
    reason: "the client has stopped",
    clean: true,
  });
});

Deno.test("serveStock() refuses invalid UTF-8 with code 1007 and goes on serving others", async () => {
  await using stock = await startStock();
  using raw = await Deno.connect({ port: stock.server.port });
  await raw.write(new TextEncoder().encode(
    `GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  ));
  await raw.write(unhex("8182000000 00c328"));
  let answer = "";
  const buffer = new Uint8Array(1024);
  for (;;) {
    const length = await raw.read(buffer);
    if (length === null) break;
    answer += hex(buffer.subarray(0, length));
    if (answer.includes("880203ef")) break;
  }
  assert(answer.includes("880203ef"), "a close frame with 1007");
  await using program = await stock.connect();
  assertEquals((await program.ask(unhex("03"))).length, 97);
});
