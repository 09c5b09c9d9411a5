import type { Recipient } from "../../../lib/message/recipient.ts";
import type { KeyRotation } from "../../../lib/message/key_rotation.ts";
import type { ReplySurb } from "../../../lib/message/reply_surb.ts";
import { type SenderTag, senderTag } from "../../../lib/message/sender_tag.ts";
import type { StoredMessage } from "../../../lib/home/stores.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { count, KEYS } from "../support.ts";

/** A block of the right shape that leads nowhere; another one for each number. */
export function blockOf(n: number, rotation: KeyRotation = "odd"): ReplySurb {
  const random = seededRandom(n);
  const firstHop = new Uint8Array(32);
  firstHop.set([4, 7, 0, 127, 0, 0, 1]);
  return {
    key: random(16),
    surb: {
      header: random(348),
      firstHop,
      keys: Array.from({ length: 4 }, () => random(16)),
    },
    rotation,
  };
}

/** A tag of one repeated byte. */
export function tagOf(byte: number): SenderTag {
  return senderTag(new Uint8Array(16).fill(byte));
}

/** A recipient; another one for each number. */
export function recipientOf(n: number): Recipient {
  const { identity } = KEYS;
  return {
    identity: identity.public,
    encryption: count(n, 32),
    gateway: identity.public,
  };
}

/** A message to be kept. */
export function messageOf(
  n: number,
  size = 3,
): Omit<StoredMessage, "seq" | "delivered"> {
  return {
    id: `m${n}`,
    body: new Uint8Array(size).fill(n),
    senderTag: n % 2 === 0 ? tagOf(n) : undefined,
    isReply: n % 3 === 0,
    receivedAt: 1_700_000_000_000 + n,
  };
}

/** An encoded fragment: which set, which one of it, and something in it. */
export function fragmentOf(
  setId: number,
  number: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(50).fill(number);
  new DataView(bytes.buffer).setUint32(0, setId | 0x8000_0000);
  bytes.set([9, number, 0], 4);
  return bytes;
}
