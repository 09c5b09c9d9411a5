import { assert, assertEquals } from "@std/assert";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import { SurbStock } from "../../lib/client/surb_stock.ts";
import type { KeyRotation } from "../../lib/message/key_rotation.ts";
import type { ReplySurb } from "../../lib/message/reply_surb.ts";
import { newSenderTag, type SenderTag } from "../../lib/message/sender_tag.ts";
import { seededRandom } from "../support/seeded_random.ts";

const random = seededRandom(1);
const EPOCH = 3_600_000;

function blocks(count: number, rotation: KeyRotation = "odd"): ReplySurb[] {
  return Array.from({ length: count }, () => ({
    key: random(16),
    surb: { header: random(348), firstHop: random(32), keys: [] },
    rotation,
  }));
}

Deno.test("SurbStock.take() has forgotten blocks in the store before it hands them out", () => {
  const { surbs } = memoryStores();
  const stock = new SurbStock(surbs);
  const tag = newSenderTag(random);
  const given = blocks(3);
  stock.receive(tag, given, 0);
  assertEquals(stock.take(tag, 2), given.slice(0, 2));
  assertEquals(surbs.load().map(({ surb }) => surb), given.slice(2));
  // Another life of the client knows the third alone.
  assertEquals(new SurbStock(surbs).take(tag, 5), given.slice(2));
  assertEquals(new SurbStock(surbs).available(tag), 0);
});

Deno.test("SurbStock keeps at most a thousand blocks of one sender", () => {
  const stock = new SurbStock(memoryStores().surbs);
  const tag = newSenderTag(random);
  stock.receive(tag, blocks(990), 0);
  stock.receive(tag, blocks(20), 0);
  assertEquals([stock.available(tag), stock.dropped], [1000, 10]);
});

Deno.test("SurbStock forgets the sender heard of longest ago when there are too many", () => {
  const { surbs } = memoryStores();
  const stock = new SurbStock(surbs);
  const tags: SenderTag[] = [];
  const block = blocks(1);
  for (let i = 0; i < 10_001; i++) {
    tags.push(newSenderTag(random));
    stock.receive(tags[i]!, block, i);
    if (i === 9999) stock.receive(tags[0]!, block, i);
  }
  assert(stock.knows(tags[0]!));
  assert(!stock.knows(tags[1]!));
  assertEquals([surbs.load().length, stock.dropped], [10_001, 1]);
});

Deno.test("SurbStock keeps at most fifty thousand blocks of all senders", () => {
  const { surbs } = memoryStores();
  const stock = new SurbStock(surbs);
  const tags = Array.from({ length: 51 }, () => newSenderTag(random));
  const many = Array<ReplySurb>(1000).fill(blocks(1)[0]!);
  for (const tag of tags) stock.receive(tag, many, 0);
  assertEquals([surbs.load().length, stock.dropped], [50_000, 1000]);
  assertEquals(tags.map((tag) => stock.available(tag)).slice(0, 2), [0, 1000]);
  stock.take(tags[5]!, 1000);
  stock.receive(tags[0]!, many, 0);
  assertEquals(stock.dropped, 1000);
});

Deno.test("SurbStock.expire() drops blocks by age, rotation and epoch", () => {
  const stock = new SurbStock(memoryStores().surbs);
  const tag = newSenderTag(random);
  const start = 100 * EPOCH;
  const view = { rotation: "even", startedAt: start, epoch: EPOCH } as const;
  stock.receive(tag, blocks(1, "odd"), start - EPOCH - 1);
  stock.receive(tag, blocks(2, "odd"), start - EPOCH);
  stock.age();
  stock.receive(tag, blocks(4, "odd"), start + 1);
  stock.receive(tag, blocks(8, "even"), start + 1);
  stock.receive(tag, blocks(16, "unknown"), start + 1);
  assertEquals(stock.expire(view, start + EPOCH - 1), 1);
  assertEquals(stock.available(tag), 30);
  assertEquals(stock.expire(view, start + EPOCH), 6);
  assertEquals(stock.available(tag), 24);
});

Deno.test("SurbStock.forgetSilent() lets go of empty senders alone", () => {
  const stock = new SurbStock(memoryStores().surbs);
  const [empty, stocked, busy] = [1, 2, 3].map(() => newSenderTag(random));
  for (const tag of [empty!, stocked!, busy!]) stock.receive(tag, blocks(1), 5);
  stock.take(empty!, 1);
  stock.take(busy!, 1);
  stock.forgetSilent(5, () => false);
  assert(stock.knows(empty!));
  stock.forgetSilent(6, (tag) => tag === busy);
  assertEquals(
    [empty!, stocked!, busy!].map((tag) => stock.knows(tag)),
    [false, true, true],
  );
});
