import { assertEquals } from "@std/assert";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import { SenderTags } from "../../lib/client/sender_tags.ts";
import { SurbGrants } from "../../lib/client/surb_grants.ts";
import { ConnectionError } from "../../lib/errors.ts";
import { seededRandom } from "../support/seeded_random.ts";

const random = seededRandom(1);

function someone() {
  return {
    identity: random(32),
    encryption: random(32),
    gateway: random(32),
  };
}

function start(send?: () => Promise<void>) {
  const tags = new SenderTags(memoryStores().senderTags, random);
  const sent: number[] = [];
  const grants = new SurbGrants({
    tags,
    maximum: 500,
    send(_origin, count) {
      sent.push(count);
      return send?.() ?? Promise.resolve();
    },
  });
  return { tags, sent, grants };
}

Deno.test("SurbGrants gives blocks to those who had some, a hundred at a time", async () => {
  const { tags, sent, grants } = start();
  const recipient = someone();
  tags.get(recipient);
  await grants.answer(recipient, 230);
  assertEquals(sent, [100, 100, 30]);
  assertEquals(grants.counters, { granted: 230, strangers: 0, excessive: 0 });
});

Deno.test("SurbGrants tells strangers nothing, not even one with the same keys at another gateway", async () => {
  const { tags, sent, grants } = start();
  const recipient = someone();
  tags.get(recipient);
  await grants.answer({ ...recipient, gateway: random(32) }, 10);
  await grants.answer(someone(), 10);
  assertEquals([sent, grants.counters.strangers], [[], 2]);
});

Deno.test("SurbGrants never owes anyone more than the limit", async () => {
  const { tags, sent, grants } = start();
  const recipient = someone();
  tags.get(recipient);
  await Promise.all([
    grants.answer(recipient, 2 ** 32 - 1),
    grants.answer(recipient, 100_000),
  ]);
  assertEquals(sent, [100, 100, 100, 100, 100]);
  assertEquals(grants.counters.excessive, 2 ** 32 - 1 - 500 + 100_000);
});

Deno.test("SurbGrants adds up what is asked for while it answers", async () => {
  const { tags, sent, grants } = start();
  const recipient = someone();
  tags.get(recipient);
  await Promise.all([10, 20, 30].map((n) => grants.answer(recipient, n)));
  assertEquals(sent.reduce((sum, count) => sum + count), 60);
});

Deno.test("SurbGrants lets an answer go that cannot be sent, and answers the next request", async () => {
  let down = true;
  const { tags, sent, grants } = start(() =>
    down ? Promise.reject(new ConnectionError("down")) : Promise.resolve()
  );
  const recipient = someone();
  tags.get(recipient);
  await grants.answer(recipient, 10);
  down = false;
  await grants.answer(recipient, 20);
  assertEquals([sent, grants.counters.granted], [[10, 20], 20]);
});
