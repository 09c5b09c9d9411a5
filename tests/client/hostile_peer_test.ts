import { assert, assertEquals } from "@std/assert";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { Inbox } from "../../lib/client/inbox.ts";
import { OwnCover } from "../../lib/client/own_cover.ts";
import { ReplyKeys } from "../../lib/client/reply_keys.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { generateClientKeys } from "../../lib/home/keys.ts";
import { openState } from "../../lib/home/state/open_state.ts";
import type { ClientStores } from "../../lib/home/stores.ts";
import { sealFragment } from "../../lib/message/encryption.ts";
import { encodeFragment, type Fragment } from "../../lib/message/fragment.ts";
import {
  type NymMessage,
  nymMessageParts,
} from "../../lib/message/nym_message.ts";
import { drawSetId, split } from "../../lib/message/split.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { pattern } from "../support/mixnet_clients.ts";

const keys = generateClientKeys(systemRandom);

function open(stores: ClientStores) {
  const clock = new FakeClock();
  const messages: NymMessage<Bytes>[] = [];
  const inbox = new Inbox({
    keys,
    replyKeys: new ReplyKeys({
      store: stores.replyKeys,
      clock,
      maximumAge: 1e9,
    }),
    ownCover: new OwnCover(),
    store: stores.inbox,
    clock,
    onAck() {},
    onMessage(message, setIds) {
      stores.inbox.finish(setIds);
      messages.push(message);
    },
  });
  return { inbox, messages };
}

/** What a gateway pushes of a fragment. */
function pushOf(fragment: Fragment): Bytes {
  const { public: key } = keys.encryption;
  return sealFragment(encodeFragment(fragment), key, systemRandom);
}

function fragmentsOf(data: Uint8Array): Fragment[] {
  const parts = nymMessageParts({ kind: "plain", data });
  return split(parts, { packetSize: "regular", random: systemRandom });
}

/** The first fragment of a message of 255 whose others never come. */
function endless(): Fragment {
  const payload = new Uint8Array(1604);
  const setId = drawSetId(systemRandom);
  return { setId, total: 255, index: 1, linkedSetId: undefined, payload };
}

Deno.test("endless first fragments crowd each other out, on disk too, and an honest message gets through", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/nymwire/state.sqlite`;
  try {
    const data = pattern(8000);
    const honest = fragmentsOf(data);
    const first = endless();
    {
      using state = await openState(path, { now: 0 });
      const { inbox, messages } = open(state.stores);
      inbox.receive(pushOf(first));
      for (const fragment of honest) {
        for (let i = 0; i < 150; i++) inbox.receive(pushOf(endless()));
        inbox.receive(pushOf(fragment));
      }
      assertEquals(messages, [{ kind: "plain", data }]);
      assert(inbox.counters.crowdedOut > 400);
      assert(state.stores.inbox.fragments().length <= 256);
    }
    // What was crowded out stays out in the next life, and nothing else is forgotten.
    using state = await openState(path, { now: 0 });
    const { inbox, messages } = open(state.stores);
    inbox.restore();
    inbox.receive(pushOf(first));
    for (const fragment of honest) inbox.receive(pushOf(fragment));
    assertEquals([messages.length, inbox.counters.late], [
      0,
      1 + honest.length,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("fragment ids that are used again spoil nothing that came before, and are counted", async () => {
  const folder = await Deno.makeTempDir();
  try {
    using state = await openState(`${folder}/nymwire/s.sqlite`, { now: 0 });
    const { inbox, messages } = open(state.stores);
    const data = pattern(4000);
    const honest = fragmentsOf(data);
    const { setId } = honest[0]!;
    const forged = (total: number, index: number): Fragment => ({
      ...endless(),
      setId,
      total,
      index,
    });
    inbox.receive(pushOf(honest[0]!));
    // The same fragment with other words; another size of the message; then the rest.
    inbox.receive(pushOf(forged(honest.length, 1)));
    inbox.receive(pushOf(forged(7, 2)));
    for (const fragment of honest.slice(1)) inbox.receive(pushOf(fragment));
    assertEquals(messages, [{ kind: "plain", data }]);
    inbox.receive(pushOf(forged(1, 1)));
    const { duplicates, conflicts, late } = inbox.counters;
    assertEquals([duplicates, conflicts, late], [1, 1, 1]);
    assertEquals(state.stores.inbox.fragments(), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
