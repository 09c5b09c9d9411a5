import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Lane, LaneSource } from "../../lib/client/lanes.ts";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import { ReplyController } from "../../lib/client/reply_controller.ts";
import { SurbStock } from "../../lib/client/surb_stock.ts";
import { EXIT, NymError } from "../../lib/errors.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import type { KeyRotation } from "../../lib/message/key_rotation.ts";
import type { ReplySurb } from "../../lib/message/reply_surb.ts";
import { newSenderTag } from "../../lib/message/sender_tag.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { seededRandom } from "../support/seeded_random.ts";

const random = seededRandom(1);
const TAG = newSenderTag(random);

function blocks(count: number, rotation: KeyRotation = "odd"): ReplySurb[] {
  return Array.from({ length: count }, () => ({
    key: random(16),
    surb: { header: random(348), firstHop: random(32), keys: [] },
    rotation,
  }));
}

function packets(name: string, count: number): LaneSource<string> {
  let taken = 0;
  return {
    get remaining() {
      return count - taken;
    },
    next: () => `${name}${taken++}`,
  };
}

/** A controller over a stock, with what it sends and what it fails written down. */
function start() {
  const clock = new FakeClock();
  const stores = memoryStores();
  const stock = new SurbStock(stores.surbs);
  const sent: { lane: Lane; item: string; surb: ReplySurb }[] = [];
  const failed: string[] = [];
  const gone = new Set<string>();
  const controller = new ReplyController<string>({
    clock,
    settings: DEFAULT_DEBUG.replySurbs,
    stock,
    dispatch(lane, items) {
      for (const { item, surb } of items) sent.push({ lane, item, surb });
    },
    makeRequest: (_tag, amount) => `ask${amount}`,
    wanted: (item) => !gone.has(item),
    fail: (item) => failed.push(item),
  });
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  return {
    clock,
    stores,
    stock,
    controller,
    sent,
    failed,
    gone,
    items: () =>
      sent.splice(0).map(({ lane, item }) => `${String(lane)}:${item}`),
    reply: (name: string, count: number, lane: Lane = "general") =>
      controller.reply(TAG, {
        source: packets(name, count),
        lane,
        fail: (error) => failed.push(`${name}: ${error.exitCode}`),
      }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("ReplyController.reply() refuses a sender that never sent blocks", async () => {
  await using bench = start();
  const error = assertThrows(() => bench.reply("a", 1), NymError);
  assertEquals(error.exitCode, EXIT.noReply);
  assertEquals(bench.controller.waiting, 0);
});

Deno.test("ReplyController sends what the stock allows, in order, each packet with a block of its own", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(15), { answered: false });
  bench.reply("a", 3, 7n);
  bench.reply("b", 1);
  assertEquals(
    bench.sent.slice(0, 3).map(({ lane, item }) => [lane, item]),
    [[7n, "a0"], [7n, "a1"], [7n, "a2"]],
  );
  const keys = bench.sent.map(({ surb }) => surb.key.toHex());
  assertEquals(new Set(keys).size, keys.length);
  assertEquals(bench.stock.available(TAG), 15 - bench.sent.length);
  assertEquals(bench.stores.surbs.load().length, 15 - bench.sent.length);
});

Deno.test("ReplyController keeps ten blocks to ask with, asks, and goes on when more come", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(12), { answered: false });
  assertEquals(bench.items(), []);
  bench.reply("a", 30);
  assertEquals(bench.items(), [
    "general:a0",
    "general:a1",
    // 28 wait: 10 + 28 = 38 are wanted.
    "replySurbRequest:ask28",
    "replySurbRequest:ask28",
  ]);
  bench.controller.received(TAG, blocks(28), { answered: true });
  // 8 + 28 - 10 = 26 may be spent.
  const items = bench.items();
  assertEquals(items.filter((item) => item.startsWith("general")).length, 26);
  assertEquals(bench.controller.waiting, 2);
  bench.controller.received(TAG, blocks(28), { answered: true });
  assertEquals(bench.items().slice(0, 2), ["general:a28", "general:a29"]);
  assertEquals(bench.controller.waiting, 0);
});

Deno.test("ReplyController repeats lost packets first, with new blocks, unless nobody wants them", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(10), { answered: false });
  bench.reply("a", 1);
  bench.items();
  bench.controller.repeat(TAG, "lost");
  bench.controller.repeat(TAG, "settled");
  assertEquals(bench.controller.waiting, 3);
  bench.gone.add("settled");
  bench.controller.received(TAG, blocks(10), { answered: true });
  assertEquals(bench.items().slice(0, 2), [
    "retransmission:lost",
    "general:a0",
  ]);
});

Deno.test("ReplyController.repeatRequest() may take a block that is held back", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(1), { answered: false });
  // The only block has gone into a request for ten.
  assertEquals(bench.items(), ["replySurbRequest:ask10"]);
  assert(!bench.controller.repeatRequest(TAG, "ask10"));
  bench.controller.received(TAG, blocks(2), { answered: true });
  assert(bench.controller.repeatRequest(TAG, "ask10"));
});

Deno.test("ReplyController asks again every five seconds after ten, then gives the reply up", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(10), { answered: false });
  bench.reply("a", 1);
  bench.controller.repeat(TAG, "lost");
  bench.items();
  await bench.clock.advance(10_000);
  assertEquals(bench.items(), []);
  const asked: number[] = [];
  for (let i = 0; i < 5; i++) {
    await bench.clock.advance(5000);
    asked.push(bench.items().length);
  }
  assertEquals(asked, [1, 1, 1, 1, 1]);
  assertEquals(bench.failed, []);
  await bench.clock.advance(5000);
  assertEquals(bench.failed, [`a: ${EXIT.noReply}`, "lost"]);
  assertEquals(bench.controller.waiting, 0);
});

Deno.test("ReplyController starts counting anew when blocks come", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(10), { answered: false });
  bench.reply("a", 100);
  for (let i = 0; i < 20; i++) {
    await bench.clock.advance(12_000);
    bench.controller.received(TAG, blocks(1), { answered: true });
  }
  assertEquals(bench.failed, []);
  assert(bench.controller.waiting > 0);
});

Deno.test("ReplyController.reply() fails at once where nothing is left to ask with", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(1), { answered: false });
  bench.controller.requestFailed(TAG, 10);
  const error = assertThrows(() => bench.reply("a", 1), NymError);
  assertEquals(error.exitCode, EXIT.noReply);
});

Deno.test("ReplyController.withdraw() takes a waiting reply out", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(10), { answered: false });
  const source = packets("a", 5);
  bench.controller.reply(TAG, { source, lane: "general", fail: () => {} });
  bench.controller.withdraw(source);
  assertEquals(bench.controller.waiting, 0);
});

Deno.test("ReplyController.rotate() asks for as many blocks as have become old, and uses old ones last", async () => {
  await using bench = start();
  bench.controller.received(TAG, blocks(60), { answered: false });
  bench.controller.rotate();
  assertEquals(bench.items(), [
    "replySurbRequest:ask50",
    "replySurbRequest:ask10",
  ]);
  assertEquals([bench.stock.fresh(TAG), bench.stock.available(TAG)], [0, 58]);
  bench.controller.received(TAG, blocks(5, "even"), { answered: true });
  bench.reply("a", 6);
  const rotations = bench.sent.map(({ surb }) => surb.rotation);
  assertEquals(rotations, ["even", "even", "even", "even", "even", "odd"]);
});
