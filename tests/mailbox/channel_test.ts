import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { abortable } from "../../lib/async/abortable.ts";
import {
  ConnectionError,
  EXIT,
  NymError,
  UsageError,
} from "../../lib/errors.ts";
import type { IncomingMessage, Mailbox } from "../../lib/mailbox/mailbox.ts";
import { openChannel } from "../../lib/mailbox/channel.ts";
import { ClientLeftError } from "../../lib/mailbox/client_left.ts";
import { openReconnecting } from "../../lib/mailbox/reconnecting.ts";
import { givenUp } from "../../lib/mailbox/stock_sending.ts";
import {
  formatRecipient,
  parseRecipient,
} from "../../lib/message/recipient.ts";
import { senderTag } from "../../lib/message/sender_tag.ts";
import type { WsConnection } from "../../lib/transport/ws_connection.ts";
import { listenWs } from "../../lib/transport/ws_listen.ts";
import { encodeChannelReply } from "../../lib/wire/channel/encode_reply.ts";
import { CHANNEL_PROTOCOL } from "../../lib/wire/channel/version.ts";
import { startChannel } from "../support/channel_fixture.ts";
import { unhex } from "../support/hex.ts";
import { ADDRESS } from "../support/memory_mailbox.ts";
import { startStock } from "../support/stock_fixture.ts";
import { REPLIES } from "../wire/channel/examples.ts";

const recipient = parseRecipient(ADDRESS);
const to = { kind: "recipient", recipient } as const;
const tag = senderTag(unhex("2a".repeat(16)));
const text = (message: { body: Uint8Array }) =>
  new TextDecoder().decode(message.body);
const bytes = (text: string) => new TextEncoder().encode(text);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function take(mailbox: Mailbox, count: number): Promise<string[]> {
  const all: string[] = [];
  for await (const message of mailbox.messages()) {
    await message.taken();
    all.push(text(message));
    if (all.length === count) break;
  }
  return all;
}

Deno.test("openChannel() knows the client's address and what it can tell", async () => {
  await using channel = await startChannel({}, { strongestStage: "flushed" });
  await using mailbox = await channel.open({ expect: recipient });
  assertEquals(formatRecipient(mailbox.address), ADDRESS);
  assertEquals(mailbox.strongestStage, "flushed");
  assertEquals(mailbox.adoptSurb, undefined);
});

Deno.test("ChannelMailbox.send() carries message, reply blocks and stages", async () => {
  await using channel = await startChannel({}, {
    reaches: "queued",
    packets: () => 3,
  });
  await using mailbox = await channel.open();
  const body = Uint8Array.from({ length: 256 }, (_, i) => i);
  const sending = await mailbox.send({ target: to, body, surbs: 5 });
  assertEquals([sending.id, sending.packets], ["sending-1", 3]);
  const [sent] = channel.mailbox.sent;
  assertEquals([sent!.message.body, sent!.message.surbs], [body, 5]);
  const acked = sending.reached("acked");
  sent!.advance("flushed");
  await sending.reached("flushed");
  sent!.advance("acked");
  await acked;
  await mailbox.send({
    target: { kind: "reply", senderTag: tag },
    body,
    resendOf: sending.id,
  });
  assertEquals(channel.mailbox.sent[1]!.message.target, {
    kind: "reply",
    senderTag: tag,
  });
  assertEquals(channel.mailbox.sent[1]!.message.resendOf, "sending-1");
});

Deno.test("ChannelMailbox.send() fails as the client does, with class and exit code", async () => {
  await using channel = await startChannel({}, {
    knownTags: [],
    reaches: "queued",
  });
  await using mailbox = await channel.open();
  const target = { kind: "reply", senderTag: tag } as const;
  const unknown = await assertRejects(
    () => mailbox.send({ target, body: bytes("x") }),
    NymError,
    "unknown sender tag",
  );
  assertEquals(unknown.exitCode, EXIT.noReply);
  const sending = await mailbox.send({ target: to, body: bytes("x") });
  channel.mailbox.sent[0]!.fail(
    new NymError("Cannot deliver", { exitCode: EXIT.timeout, mayArrive: true }),
  );
  const late = await assertRejects(() => sending.reached("acked"), NymError);
  assertEquals([late.exitCode, late.mayArrive], [EXIT.timeout, true]);
  const huge = { target: to, body: new Uint8Array(64 * 1024 * 1024) };
  const large = await assertRejects(() => mailbox.send(huge), UsageError);
  assertEquals(large.exitCode, EXIT.refused);
});

Deno.test("ChannelSending.reached() refuses a stage that the client cannot tell", async () => {
  await using channel = await startChannel({}, { strongestStage: "queued" });
  await using mailbox = await channel.open();
  const sending = await mailbox.send({ target: to, body: bytes("x") });
  const error = await assertRejects(
    () => sending.reached("acked"),
    UsageError,
  );
  assertEquals(error.exitCode, EXIT.refused);
});

Deno.test("ChannelMailbox.send() that is given up takes its message back", async () => {
  await using channel = await startChannel();
  const release = channel.mailbox.holdSends();
  await using mailbox = await channel.open();
  const stop = new AbortController();
  const sending = mailbox.send({ target: to, body: bytes("x") }, {
    signal: stop.signal,
  });
  await mailbox.queues();
  stop.abort(new Error("enough"));
  await assertRejects(() => sending, Error, "enough");
  assertEquals((await mailbox.queues()).sendings, 0);
  release();
  assertEquals(channel.mailbox.sent.length, 0);
});

Deno.test("ChannelSending.withdraw() says whether nothing has left", async () => {
  await using channel = await startChannel({}, { reaches: "queued" });
  await using mailbox = await channel.open();
  const first = await mailbox.send({ target: to, body: bytes("1") });
  assert(await first.withdraw());
  await assertRejects(() => first.reached("flushed"), NymError, "withdrawn");
  const second = await mailbox.send({ target: to, body: bytes("2") });
  channel.mailbox.sent[1]!.advance("flushed");
  assertFalse(await second.withdraw());
});

Deno.test("ChannelMailbox.messages() hands out with every mark, and tells what was taken", async () => {
  await using channel = await startChannel();
  await using mailbox = await channel.open();
  const surb = new Uint8Array(1164).fill(3);
  channel.mailbox.deliver("one", {
    senderTag: tag,
    replySurb: surb,
    stored: true,
    redelivered: true,
  });
  for await (const message of mailbox.messages()) {
    assertEquals(
      [text(message), message.id, message.seq, message.senderTag],
      ["one", "message-1", 1, tag],
    );
    assertEquals([message.stored, message.redelivered], [true, true]);
    assertEquals(message.replySurb, surb);
    assertEquals(message.receivedAt, Date.UTC(2026, 0, 1) + 1);
    assertEquals(channel.mailbox.taken, []);
    await message.taken();
    assertEquals(channel.mailbox.taken, ["one"]);
    break;
  }
});

Deno.test("ChannelMailbox.messages() keeps in hand what a loop did not take: it can be taken still, or comes again", async () => {
  await using channel = await startChannel();
  await using first = await channel.open();
  for (const body of ["1", "2", "3"]) channel.mailbox.deliver(body);
  const held: IncomingMessage[] = [];
  for await (const message of first.messages()) {
    held.push(message);
    if (held.length === 2) break;
  }
  // What nobody has in hand is for others at once.
  await until(() => channel.hub.returned === 1);
  assertEquals((await first.queues()).untaken, 2);
  await held[0]!.taken();
  assertEquals(channel.mailbox.taken, ["1"]);
  const seen: [string, boolean][] = [];
  for await (const message of first.messages()) {
    seen.push([text(message), message.redelivered]);
    await message.taken();
    if (seen.length === 2) break;
  }
  assertEquals(seen, [["2", true], ["3", false]]);
  await held[1]!.taken();
  assertEquals(channel.mailbox.taken, ["1", "2", "3"]);
});

Deno.test("ChannelMailbox leaves to others what it has in hand when it closes, and what it passes on", async () => {
  await using channel = await startChannel();
  for (const body of ["1", "2", "3"]) channel.mailbox.deliver(body);
  {
    await using first = await channel.open();
    for await (const _ of first.messages()) break;
  }
  await until(() => channel.hub.returned === 3);
  await using second = await channel.open();
  const seen: [string, boolean][] = [];
  for await (const message of second.messages()) {
    seen.push([text(message), message.redelivered]);
    if (text(message) === "2") message.pass!();
    else await message.taken();
    if (seen.length === 3) break;
  }
  assertEquals(seen.map(([body]) => body), ["1", "2", "3"]);
  assert(seen[0]![1], "the first was handed out before");
  await until(() => channel.hub.returned === 1);
  assertEquals(channel.mailbox.taken, ["1", "3"]);
});

Deno.test("ChannelMailbox.messages() of two mailboxes: both see everything, those of a group share", async () => {
  await using channel = await startChannel();
  await using one = await channel.open();
  await using two = await channel.open();
  await using shareA = await channel.open({ group: "g", window: 1 });
  await using shareB = await channel.open({ group: "g", window: 1 });
  const all = [take(one, 6), take(two, 6)];
  const shared: string[] = [];
  const stop = new AbortController();
  const sharing = [shareA, shareB].map(async (mailbox) => {
    for await (const message of mailbox.messages({ signal: stop.signal })) {
      shared.push(text(message));
      await message.taken();
    }
  });
  await until(() => channel.hub.consumers === 4);
  for (let i = 0; i < 6; i++) channel.mailbox.deliver(`${i}`);
  const expected = ["0", "1", "2", "3", "4", "5"];
  assertEquals(await Promise.all(all), [expected, expected]);
  await until(() => shared.length === 6);
  assertEquals(shared.toSorted(), expected);
  stop.abort();
  await Promise.allSettled(sharing);
});

Deno.test("ChannelMailbox hands out ten thousand messages, each once", async () => {
  await using channel = await startChannel();
  await using mailbox = await channel.open();
  for (let i = 0; i < 10_000; i++) channel.mailbox.deliver(`${i}`);
  const all = await take(mailbox, 10_000);
  assertEquals(all, Array.from({ length: 10_000 }, (_, i) => `${i}`));
  assertEquals(channel.mailbox.taken.length, 10_000);
});

Deno.test("openChannel() says what is wrong: token, nobody there, another program, somebody else's, too many", async () => {
  await using channel = await startChannel({ maxConnections: 1 });
  const wrong = await assertRejects(
    () => channel.open({ token: "wrong" }),
    ConnectionError,
    "401",
  );
  assertEquals(wrong.exitCode, EXIT.down);
  assert(wrong.hint!.includes("token"));
  const stranger = parseRecipient(
    "7bxykcEH1uGNMr8mxGABvLJA44nbYt6Rp7xXHhJ4wQVk.HpnFbaMJ8NN1cp5ZPdPTc2GoBDnG4Jd51Sti32tbf3tF@BNjYZPxzcJwczXHHgBxCAyVJKxN6LPteDRrKapxWmexv",
  );
  const other = await assertRejects(
    () => channel.open({ expect: stranger }),
    ConnectionError,
    "7bxykc…",
  );
  assertEquals(other.exitCode, EXIT.busy);
  await until(() => channel.server.open === 0);
  {
    await using _first = await channel.open();
    const many = await assertRejects(() => channel.open(), ConnectionError);
    assertEquals(many.exitCode, EXIT.busy);
  }
  await using stock = await startStock();
  const native = await assertRejects(
    () => channel.open({ url: stock.server.url, timeout: 300 }),
    NymError,
  );
  assertEquals(native.exitCode, EXIT.down);
  await channel.server.close();
  const nobody = await assertRejects(() => channel.open(), ConnectionError);
  assertEquals(nobody.exitCode, EXIT.down);
});

Deno.test("ChannelMailbox ends with exit code 5 when the client goes away, and with nothing when it is closed", async () => {
  await using channel = await startChannel({}, { reaches: "queued" });
  const mailbox = await channel.open();
  const states = Array.fromAsync(mailbox.states());
  const sending = await mailbox.send({ target: to, body: bytes("x") });
  const loop = Array.fromAsync(mailbox.messages());
  await channel.server.close();
  const error = await assertRejects(() => mailbox.closed, ConnectionError);
  assertEquals([error.exitCode, error.mayArrive], [EXIT.lost, true]);
  await assertRejects(() => sending.reached("acked"), ConnectionError);
  assertEquals(await loop, []);
  assertEquals((await states).map(({ kind }) => kind), ["closed"]);
  await assertRejects(
    () => mailbox.send({ target: to, body: bytes("late") }),
    ConnectionError,
  );
  await mailbox.close();
});

Deno.test("serveChannel() that drains lets go of idle programs at once, and of others when what they asked for is over", async () => {
  await using channel = await startChannel({}, { reaches: "queued" });
  await using idle = await channel.open();
  await using sender = await channel.open();
  await using consumer = await channel.open();
  const sending = await sender.send({ target: to, body: bytes("x") });
  channel.mailbox.deliver("in hand");
  channel.mailbox.deliver("for the next");
  const loop = consumer.messages()[Symbol.asyncIterator]();
  const { value: message } = await loop.next();
  const closing = channel.server.close({ drain: 600_000 });
  await assertRejects(() => idle.closed, ConnectionError);
  const late = await assertRejects(
    () => sender.send({ target: to, body: bytes("late") }),
    ConnectionError,
    "about to stop",
  );
  assertEquals(late.exitCode, EXIT.down);
  await assertRejects(() => channel.open(), ConnectionError, "503");
  await message!.taken();
  await assertRejects(() => consumer.closed, ConnectionError);
  channel.mailbox.sent[0]!.advance("acked");
  await sending.reached("acked");
  await closing;
  await assertRejects(() => sender.closed, ConnectionError);
  assertEquals(channel.mailbox.taken, ["in hand"]);
  assertFalse(await sending.withdraw());
});

Deno.test("ChannelMailbox.send() tells what a client that ends in order has not taken on from what may have left", async () => {
  const [welcome] = REPLIES[0]!;
  for (const [code, expected] of [[4001, false], [1001, true]] as const) {
    const serve = async (connection: WsConnection) => {
      connection.send(encodeChannelReply(welcome));
      for await (const _request of connection.frames) connection.close(code);
    };
    const listener = await listenWs({
      address: { kind: "tcp", host: "127.0.0.1", port: 0 },
      decide: () =>
        Promise.resolve({ kind: "accept", protocol: CHANNEL_PROTOCOL, serve }),
      notice: "",
      onFailure: () => {},
    });
    await using _listener = { [Symbol.asyncDispose]: () => listener.close() };
    await using mailbox = await openChannel({
      url: `ws://127.0.0.1:${listener.port}`,
      token: "any",
    });
    const error = await assertRejects(
      () => mailbox.send({ target: to, body: bytes("x") }),
      ConnectionError,
    );
    assertEquals(error.mayArrive, expected);
    assertEquals(error instanceof ClientLeftError, !expected);
  }
});

Deno.test("ChannelMailbox.send() takes nothing for untouched that a client had handed over when its time was over", async () => {
  await using channel = await startChannel();
  await using mailbox = await channel.open();
  const begun = Promise.withResolvers<void>();
  channel.mailbox.send = async (_message, { signal } = {}) => {
    begun.resolve();
    const { promise: never } = Promise.withResolvers<never>();
    return await abortable(never, signal).catch((error) => {
      throw givenUp(error);
    });
  };
  const failed = assertRejects(
    () => mailbox.send({ target: to, body: bytes("x") }),
    ConnectionError,
  );
  await begun.promise;
  await channel.server.close({ drain: 20 });
  const error = await failed;
  assert(error.mayArrive);
  assertFalse(error instanceof ClientLeftError);
});

Deno.test("serveChannel() that drains gives up when its time is over", async () => {
  await using channel = await startChannel({}, { reaches: "queued" });
  await using mailbox = await channel.open();
  const sending = await mailbox.send({ target: to, body: bytes("x") });
  await channel.server.close({ drain: 20 });
  await assertRejects(() => sending.reached("acked"), ConnectionError);
});

Deno.test("ChannelMailbox.states() tells how the connection behind does", async () => {
  await using channel = await startChannel();
  const mailbox = await channel.open();
  const states = Array.fromAsync(mailbox.states());
  await mailbox.queues();
  channel.mailbox.tell({ kind: "reconnecting", reason: "gateway gone" });
  channel.mailbox.tell({ kind: "connected" });
  await mailbox.queues();
  await mailbox.close();
  assertEquals(await states, [
    { kind: "reconnecting", reason: "gateway gone" },
    { kind: "connected" },
    { kind: "closed", reason: "closed" },
  ]);
});

Deno.test("openReconnecting() over a channel whose server starts anew hands out nothing twice and loses nothing", async () => {
  const first = await startChannel();
  await using second = await startChannel();
  let at = first;
  await using mailbox = await openReconnecting({
    open: (signal) => at.open({ signal }),
    firstPause: 1,
  });
  first.mailbox.deliver("1");
  const messages = mailbox.messages()[Symbol.asyncIterator]();
  const { value } = await messages.next();
  at = second;
  await first[Symbol.asyncDispose]();
  // Taken while there is no client: the next one hands it out again, and it is known here.
  await value!.taken();
  second.mailbox.deliver("1", { redelivered: true });
  second.mailbox.deliver("2");
  const next = await messages.next();
  assertEquals(text(next.value!), "2");
  await next.value!.taken();
  assertEquals(second.mailbox.taken, ["1", "2"]);
});

Deno.test("ChannelMailbox adopts reply blocks for a client that has them", async () => {
  await using channel = await startChannel();
  const adopted: Uint8Array[] = [];
  Object.defineProperty(channel.mailbox, "adoptSurb", {
    value: (surb: Uint8Array) => {
      adopted.push(surb);
      return tag;
    },
  });
  await using mailbox = await channel.open();
  const surb = new Uint8Array(1164).fill(5);
  mailbox.adoptSurb!(surb);
  await mailbox.queues();
  assertEquals(adopted, [surb]);
});

Deno.test("openChannel() over a unix socket", async () => {
  const folder = await Deno.makeTempDir();
  {
    const path = `${folder}/channel.sock`;
    await using channel = await startChannel({
      address: { kind: "unix", path },
    });
    await using mailbox = await channel.open();
    channel.mailbox.deliver("through a file");
    assertEquals(await take(mailbox, 1), ["through a file"]);
  }
  await Deno.remove(folder, { recursive: true });
});
