import { assert, assertEquals, assertRejects } from "@std/assert";
import { EXIT, NymError } from "../../lib/errors.ts";
import { formatSenderTag, senderTag } from "../../lib/message/sender_tag.ts";
import {
  connectWs,
  UpgradeRefusedError,
} from "../../lib/transport/ws_connect.ts";
import { decodeChannelReply } from "../../lib/wire/channel/decode_reply.ts";
import type { ChannelReply } from "../../lib/wire/channel/reply.ts";
import { encodeChannelRequest } from "../../lib/wire/channel/request.ts";
import { CHANNEL_PROTOCOL } from "../../lib/wire/channel/version.ts";
import { startChannel, TOKEN } from "../support/channel_fixture.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { unhex } from "../support/hex.ts";
import { ADDRESS } from "../support/memory_mailbox.ts";
import type { Program } from "../support/stock_fixture.ts";

const tag = senderTag(unhex("2a".repeat(16)));

async function hear(program: Program): Promise<ChannelReply> {
  const reply = decodeChannelReply(await program.next());
  assert(reply !== undefined, "a reply of this version");
  return reply;
}

async function ask(program: Program, frame: unknown): Promise<ChannelReply> {
  program.send(frame);
  return await hear(program);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function refusal(
  url: string,
  options: Parameters<typeof connectWs>[1] = {},
): Promise<number> {
  const error = await assertRejects(
    () => connectWs(url, options),
    UpgradeRefusedError,
  );
  return error.status;
}

Deno.test("serveChannel() welcomes whoever knows the token, and asks for no subprotocol but its own", async () => {
  await using channel = await startChannel();
  const { url } = channel.server;
  const headers = { authorization: `Bearer ${TOKEN}` };
  assertEquals(await refusal(url), 401);
  assertEquals(
    await refusal(url, { headers: { authorization: "Bearer wrong" } }),
    401,
  );
  assertEquals(await refusal(`${url}/?token=wrong`), 401);
  assertEquals(
    await refusal(url, {
      headers: { ...headers, origin: "https://a.example" },
    }),
    403,
  );
  assertEquals(
    await refusal(url, { headers, protocol: "nymwire.channel.v2" }),
    400,
  );
  await using asked = await connectWs(url, {
    headers,
    protocol: CHANNEL_PROTOCOL,
  });
  asked.close();
  await using program = await channel.connect();
  const welcome = await hear(program);
  assert(welcome.kind === "welcome");
  assertEquals(welcome.strongestStage, "acked");
});

Deno.test("serveChannel() tells every stage of a message", async () => {
  await using channel = await startChannel({}, {
    reaches: "queued",
    packets: () => 4,
  });
  await using program = await channel.connect();
  await hear(program);
  const frame = { type: "send", id: 9, to: ADDRESS, text: "hi", surbs: 3 };
  const stage = {
    kind: "stage",
    id: 9,
    sending: "sending-1",
    packets: 4,
  } as const;
  assertEquals(await ask(program, frame), { ...stage, stage: "queued" });
  const [sending] = channel.mailbox.sent;
  sending!.advance("flushed");
  assertEquals(await hear(program), { ...stage, stage: "flushed" });
  sending!.advance("acked");
  assertEquals(await hear(program), { ...stage, stage: "acked" });
  assertEquals([sending!.text, sending!.message.surbs], ["hi", 3]);
});

Deno.test("serveChannel() ends the stages where the client knows no more", async () => {
  await using channel = await startChannel({}, { strongestStage: "queued" });
  await using program = await channel.connect();
  await hear(program);
  program.send({ type: "send", id: 1, to: ADDRESS, text: "a" });
  program.send({ type: "queues", id: 2 });
  assertEquals((await hear(program)).kind, "stage");
  assertEquals((await hear(program)).kind, "queues");
});

Deno.test("serveChannel() tells of progress now and then", async () => {
  const clock = new FakeClock();
  await using channel = await startChannel({ clock }, { reaches: "queued" });
  await using program = await channel.connect();
  await hear(program);
  let progress = 0;
  const { mailbox } = channel;
  const send = mailbox.send.bind(mailbox);
  mailbox.send = async (message, options) => {
    const sending = await send(message, options);
    Object.defineProperty(sending, "progress", { get: () => progress });
    return sending;
  };
  await ask(program, { type: "send", id: 1, to: ADDRESS, text: "a" });
  await until(() => clock.sleepers === 1);
  progress = 7;
  await clock.advance(1000);
  assertEquals(await hear(program), { kind: "progress", id: 1, progress: 7 });
  await clock.advance(1000);
  mailbox.sent[0]!.advance("acked");
  assertEquals((await hear(program)).kind, "stage");
  assertEquals((await hear(program)).kind, "stage");
  await clock.advance(1000);
});

Deno.test("serveChannel() says with a code why a message goes nowhere", async () => {
  await using channel = await startChannel({}, {
    knownTags: [],
    reaches: "queued",
  });
  await using program = await channel.connect();
  await hear(program);
  const code = async (frame: unknown) => {
    const reply = await ask(program, frame);
    assert(reply.kind === "error", reply.kind);
    return [reply.id, reply.error.code];
  };
  const text = "x";
  const replyTo = formatSenderTag(tag);
  assertEquals(await code({ type: "send", id: 1, replyTo, text }), [
    1,
    "noReply",
  ]);
  assertEquals(await code({ type: "send", id: 2, to: "nobody", text }), [
    2,
    "address",
  ]);
  assertEquals(await code({ type: "send", id: 3, text }), [3, "request"]);
  channel.mailbox.failNextSend(
    new NymError("Cannot send message", { exitCode: EXIT.down }),
  );
  assertEquals(await code({ type: "send", id: 4, to: ADDRESS, text }), [
    4,
    "down",
  ]);
  await ask(program, { type: "send", id: 5, to: ADDRESS, text });
  channel.mailbox.sent[0]!.fail(
    new NymError("Cannot deliver", { exitCode: EXIT.timeout }),
  );
  const late = await hear(program);
  assert(late.kind === "error" && late.error.code === "timeout");
  assertEquals(await code({ type: "withdraw", id: 6 }), [6, "request"]);
  assertEquals(await code({ type: "taken", id: 7, delivery: 99 }), [
    7,
    "request",
  ]);
  assertEquals(await code({ type: "unsubscribe", id: 8, subscription: 1 }), [
    8,
    "request",
  ]);
  assertEquals(
    await code(
      encodeChannelRequest({
        kind: "adopt",
        id: 9,
        surb: new Uint8Array(1164),
      }),
    ),
    [9, "refused"],
  );
});

Deno.test("serveChannel() tells an old program in words where it is, and keeps the connection", async () => {
  await using channel = await startChannel();
  await using program = await channel.connect();
  await hear(program);
  for (
    const [frame, code] of [
      [`{"type":"selfAddress"}`, "unknownType"],
      [unhex("03"), "frame"],
      ["", "frame"],
      [`{"type":"send","message":"x","recipient":"${ADDRESS}"}`, "frame"],
    ] as const
  ) {
    const reply = await ask(program, frame);
    assert(reply.kind === "error");
    assertEquals(reply.error.code, code);
    assert(reply.error.hint!.includes("nymwire's own channel"));
  }
  assertEquals((await ask(program, { type: "queues", id: 1 })).kind, "queues");
});

Deno.test("serveChannel() slows down a program that asks too often", async () => {
  const clock = new FakeClock();
  await using channel = await startChannel({ clock, requestsPerSecond: 10 });
  await using program = await channel.connect();
  await hear(program);
  for (let id = 1; id <= 12; id++) program.send({ type: "queues", id });
  for (let id = 1; id <= 11; id++) await hear(program);
  await until(() => clock.sleepers === 1);
  await clock.advance(100);
  assertEquals((await hear(program)).kind, "queues");
  await clock.advance(1000);
});

Deno.test("serveChannel() takes a message back that waits for room", async () => {
  await using channel = await startChannel();
  const release = channel.mailbox.holdSends();
  await using program = await channel.connect();
  await hear(program);
  program.send({ type: "send", id: 1, to: ADDRESS, text: "a" });
  program.send({ type: "withdraw", id: 2, sending: 1 });
  const replies = [await hear(program), await hear(program)];
  const withdrawn = replies.find(({ kind }) => kind === "withdrawn");
  const error = replies.find(({ kind }) => kind === "error");
  assert(withdrawn?.kind === "withdrawn" && withdrawn.nothingLeft);
  assert(error?.kind === "error" && error.error.mayArrive === false);
  release();
  await ask(program, { type: "queues", id: 3 });
  assertEquals(channel.mailbox.sent.length, 0);
});

Deno.test("serveChannel() takes back what has not left, and says if that was all", async () => {
  await using channel = await startChannel({}, { reaches: "queued" });
  await using program = await channel.connect();
  await hear(program);
  await ask(program, { type: "send", id: 1, to: ADDRESS, text: "a" });
  program.send({ type: "withdraw", id: 2, sending: 1 });
  const replies = [await hear(program), await hear(program)];
  assertEquals(
    replies.map(({ kind }) => kind).toSorted(),
    ["error", "withdrawn"],
  );
  const gone = await ask(program, { type: "withdraw", id: 3, sending: 1 });
  assertEquals(gone, { kind: "withdrawn", id: 3, nothingLeft: false });
});

Deno.test("serveChannel() hands out as many messages as the window holds, and the next when one is taken or passed", async () => {
  await using channel = await startChannel();
  await using program = await channel.connect();
  await hear(program);
  for (let i = 0; i < 4; i++) {
    channel.mailbox.deliver(`${i}`, { senderTag: tag, stored: i === 0 });
  }
  assertEquals(
    await ask(program, { type: "subscribe", id: 1, window: 2 }),
    { kind: "done", id: 1 },
  );
  const first = await hear(program);
  const second = await hear(program);
  assert(first.kind === "message" && second.kind === "message");
  assertEquals([first.stored, first.senderTag, first.subscription], [
    true,
    tag,
    1,
  ]);
  const queues = await ask(program, { type: "queues", id: 2 });
  assert(queues.kind === "queues");
  assertEquals([queues.untaken, queues.waiting, queues.consumers], [2, 2, 1]);
  program.send({ type: "taken", id: 3, delivery: first.delivery });
  const replies = [await hear(program), await hear(program)];
  assertEquals(replies.map(({ kind }) => kind).toSorted(), ["done", "message"]);
  assertEquals(channel.mailbox.taken, ["0"]);
  program.send({ type: "pass", delivery: second.delivery });
  const fourth = await hear(program);
  assert(fourth.kind === "message");
  assertEquals(new TextDecoder().decode(fourth.body), "3");
  assertEquals(channel.hub.returned, 1);
});

Deno.test("serveChannel() gives what a program did not take to the next one, as redelivered", async () => {
  await using channel = await startChannel();
  channel.mailbox.deliver("again");
  {
    await using program = await channel.connect();
    await hear(program);
    program.send({ type: "subscribe", id: 1 });
    await hear(program);
    await hear(program);
  }
  await using other = await channel.connect();
  await hear(other);
  program: {
    other.send({ type: "subscribe", id: 1 });
    await hear(other);
    const message = await hear(other);
    assert(message.kind === "message");
    assert(message.redelivered);
    assertEquals(message.id, "message-1");
    break program;
  }
  assertEquals(channel.mailbox.taken, []);
});

Deno.test("serveChannel() ends a subscription with a word: asked for, or for being slow", async () => {
  await using channel = await startChannel({}, {}, { maxWaiting: 2 });
  await using program = await channel.connect();
  await hear(program);
  await ask(program, { type: "subscribe", id: 1, window: 1 });
  channel.mailbox.deliver("0");
  await hear(program);
  assertEquals(
    await ask(program, { type: "unsubscribe", id: 2, subscription: 1 }),
    { kind: "done", id: 2 },
  );
  assertEquals([channel.hub.consumers, channel.hub.returned], [0, 1]);
  await ask(program, { type: "subscribe", id: 3, window: 1 });
  await hear(program);
  using quick = channel.hub.subscribe();
  for (let i = 1; i < 6; i++) {
    channel.mailbox.deliver(`${i}`);
    await (await quick.next())!.taken();
  }
  const cut = await hear(program);
  assert(cut.kind === "error");
  assertEquals([cut.id, cut.error.code], [3, "slowConsumer"]);
});

Deno.test("serveChannel() refuses numbers that are in use and more subscriptions than it serves", async () => {
  await using channel = await startChannel({}, { reaches: "queued" });
  await using program = await channel.connect();
  await hear(program);
  for (let id = 1; id <= 16; id++) {
    assertEquals((await ask(program, { type: "subscribe", id })).kind, "done");
  }
  assertEquals(
    (await ask(program, { type: "subscribe", id: 17 })).kind,
    "error",
  );
  assertEquals(
    (await ask(program, { type: "subscribe", id: 1 })).kind,
    "error",
  );
  const send = { type: "send", id: 20, to: ADDRESS, text: "a" };
  assertEquals((await ask(program, send)).kind, "stage");
  const again = await ask(program, send);
  assert(again.kind === "error" && again.error.code === "request");
  assertEquals(channel.mailbox.sent.length, 1);
});

Deno.test("serveChannel() tells how the connection behind does, and goes when the client goes", async () => {
  await using channel = await startChannel();
  await using program = await channel.connect();
  await hear(program);
  await ask(program, { type: "queues", id: 1 });
  channel.mailbox.tell({ kind: "reconnecting", reason: "gateway gone" });
  assertEquals(await hear(program), {
    kind: "state",
    state: "reconnecting",
    reason: "gateway gone",
  });
  channel.mailbox.tell({ kind: "connected" });
  assertEquals(await hear(program), {
    kind: "state",
    state: "connected",
    reason: undefined,
  });
  await channel.mailbox.close();
  assertEquals((await program.connection.closed).code, 1011);
});
