import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Inbox } from "../../lib/client/inbox.ts";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import { OwnCover } from "../../lib/client/own_cover.ts";
import { ReplyKeys } from "../../lib/client/reply_keys.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { generateClientKeys } from "../../lib/home/keys.ts";
import { DiskError } from "../../lib/home/stores.ts";
import { sealAck } from "../../lib/message/ack.ts";
import { coverContent } from "../../lib/message/cover.ts";
import { sealFragment, sealReply } from "../../lib/message/encryption.ts";
import { encodeFragment } from "../../lib/message/fragment.ts";
import { COVER_ID, type FragmentId } from "../../lib/message/fragment_id.ts";
import {
  type NymMessage,
  nymMessageParts,
} from "../../lib/message/nym_message.ts";
import { split } from "../../lib/message/split.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { pattern } from "../support/mixnet_clients.ts";
import { seededRandom } from "../support/seeded_random.ts";

const random = seededRandom(1);
const keys = generateClientKeys(random);
const KEY = random(16);

function start(stores = memoryStores(), isFull = () => false) {
  const clock = new FakeClock();
  const replyKeys = new ReplyKeys({
    store: stores.replyKeys,
    clock,
    maximumAge: 24 * 3_600_000,
  });
  const ownCover = new OwnCover();
  const acks: FragmentId[] = [];
  const messages: NymMessage<Bytes>[] = [];
  const inbox = new Inbox({
    keys,
    replyKeys,
    ownCover,
    store: stores.inbox,
    clock,
    onAck: (id) => acks.push(id),
    onMessage(message) {
      if (isFull()) throw new DiskError("the disk is full");
      messages.push(message);
    },
  });
  return { clock, stores, replyKeys, ownCover, acks, messages, inbox };
}

/** What a gateway pushes of a plain message. */
function pushes(data: Uint8Array): Bytes[] {
  const parts = nymMessageParts({ kind: "plain", data });
  return split(parts, { packetSize: "regular", random }).map((fragment) =>
    sealFragment(encodeFragment(fragment), keys.encryption.public, random)
  );
}

Deno.test("Inbox puts messages together, in any order and once", () => {
  const { inbox, messages } = start();
  const data = pattern(5000);
  const all = pushes(data);
  for (const push of [...all.toReversed(), ...all]) inbox.receive(push);
  assertEquals(messages, [{ kind: "plain", data }]);
  assertEquals([inbox.counters.messages, inbox.counters.late], [1, 4]);
});

Deno.test("Inbox takes nothing in that it cannot write down, and nothing is lost when it can again", () => {
  for (const fullFrom of [0, 1, 2]) {
    let full = false;
    const kept = new Set<string>();
    const stores = memoryStores();
    const inboxStore = {
      ...stores.inbox,
      keep(_set: number, fragment: Bytes) {
        if (full) throw new DiskError("the disk is full");
        kept.add(fragment.toHex());
      },
    };
    const { inbox, messages } = start(
      { ...stores, inbox: inboxStore },
      () => full,
    );
    const data = pattern(4000);
    const all = pushes(data);
    assertEquals(all.length, 3);
    for (const push of all.slice(0, fullFrom)) inbox.receive(push);
    full = true;
    // Again and again, as a gateway pushes what was not confirmed.
    for (let i = 0; i < 3; i++) {
      for (const push of all.slice(fullFrom)) {
        assertThrows(() => inbox.receive(push), DiskError);
      }
    }
    assertEquals([messages.length, kept.size], [0, fullFrom]);
    full = false;
    for (const push of all.slice(fullFrom)) inbox.receive(push);
    assertEquals(messages, [{ kind: "plain", data }]);
    assertEquals(kept.size, 2);
  }
});

Deno.test("Inbox tells acknowledgements from those of cover, and from damaged ones", () => {
  const { inbox, acks } = start();
  const id = { setId: 12_345, index: 7 };
  inbox.receive(sealAck(keys.ackKey, id, random));
  inbox.receive(sealAck(keys.ackKey, COVER_ID, random));
  inbox.receive(new Uint8Array(20));
  assertEquals(acks, [id]);
  assertEquals(inbox.counters.unreadable, 1);
});

Deno.test("Inbox knows its own cover", () => {
  const { inbox, messages } = start();
  const cover = coverContent("regular");
  inbox.receive(sealFragment(cover, keys.encryption.public, random));
  assertEquals([messages.length, inbox.counters.cover], [0, 1]);
});

Deno.test("Inbox knows its own cover by its key, once each", () => {
  const { inbox, ownCover } = start();
  const garbage = random(1643);
  ownCover.sent(garbage.slice(0, 32));
  inbox.receive(garbage);
  assertEquals([inbox.counters.cover, inbox.counters.unreadable], [1, 0]);
  inbox.receive(garbage);
  assertEquals([inbox.counters.cover, inbox.counters.unreadable], [1, 1]);
});

Deno.test("Inbox opens what comes through a reply block with its key, once", () => {
  const { inbox, messages, replyKeys, stores } = start();
  const surb = {
    key: KEY,
    surb: { header: random(348), firstHop: random(32), keys: [] },
    rotation: "odd",
  } as const;
  replyKeys.give([surb]);
  assertEquals(stores.replyKeys.load().length, 1);
  const content = { kind: "data", data: pattern(10) } as const;
  const parts = nymMessageParts({ kind: "reply", content });
  const [fragment] = split(parts, { packetSize: "regular", random });
  const push = sealReply(encodeFragment(fragment!), KEY);
  inbox.receive(push);
  assertEquals(messages, [{ kind: "reply", content }]);
  assertEquals([replyKeys.size, stores.replyKeys.load().length], [0, 0]);
  inbox.receive(push);
  assertEquals([messages.length, inbox.counters.unreadable], [1, 1]);
});

Deno.test("Inbox drops messages of unknown kinds, and counts them", () => {
  const { inbox, messages } = start();
  const [fragment] = split([new Uint8Array([9, 9])], {
    packetSize: "regular",
    random,
  });
  inbox.receive(
    sealFragment(encodeFragment(fragment!), keys.encryption.public, random),
  );
  assertEquals([messages.length, inbox.counters.unknown], [0, 1]);
});

Deno.test("Inbox.receive() never throws, whatever comes", () => {
  const { inbox, messages } = start();
  const [push] = pushes(pattern(100));
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }),
    fc.nat(push!.length - 1).map((length) => push!.slice(0, length)),
    fc.nat(push!.length * 8 - 1).map((bit) => {
      const flipped = push!.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      return flipped;
    }),
  );
  fc.assert(fc.property(garbage, (bytes) => {
    inbox.receive(bytes as Bytes);
  }));
  // Nothing authenticates the payload of a fragment: flipped bits in it can make a message.
  assert(messages.length < 100);
});

Deno.test("Inbox keeps fragments of a message that is not whole, and goes on with them in another life", () => {
  const stores = memoryStores();
  const kept: Bytes[] = [];
  const finished: number[] = [];
  const inboxStore = {
    ...stores.inbox,
    keep: (_set: number, fragment: Bytes) => void kept.push(fragment),
    fragments: () => kept,
    finishedSets: () => finished,
    finish: (setIds: readonly number[]) => void finished.push(...setIds),
  };
  const data = pattern(5000);
  const all = pushes(data);
  const before = start({ ...stores, inbox: inboxStore });
  for (const push of all.slice(0, 3)) before.inbox.receive(push);
  before.inbox.receive(all[0]!);
  assertEquals(kept.length, 3);
  const after = start({ ...stores, inbox: inboxStore });
  after.inbox.restore();
  assertEquals(kept.length, 3);
  after.inbox.receive(all[3]!);
  assertEquals(after.messages, [{ kind: "plain", data }]);
});

Deno.test("ReplyKeys forgets keys after a day", async () => {
  const { clock, replyKeys, stores } = start();
  const surb = (key: Bytes) => ({
    key,
    surb: { header: random(348), firstHop: random(32), keys: [] },
    rotation: "odd" as const,
  });
  replyKeys.give([surb(random(16))]);
  const stop = new AbortController();
  const running = replyKeys.run(stop.signal);
  await clock.advance(23 * 3_600_000);
  replyKeys.give([surb(random(16))]);
  await clock.advance(2 * 3_600_000);
  assertEquals([replyKeys.size, stores.replyKeys.load().length], [1, 1]);
  stop.abort();
  await running;
});

Deno.test("Inbox takes a view into a larger buffer", () => {
  const { inbox, messages } = start();
  const data = pattern(100);
  const [push] = pushes(data);
  const larger = concat(new Uint8Array(7), push!, new Uint8Array(9));
  inbox.receive(larger.subarray(7, 7 + push!.length));
  assertEquals(messages, [{ kind: "plain", data }]);
});
