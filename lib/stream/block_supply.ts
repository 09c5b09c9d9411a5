import { unlinkedPayload } from "../message/split_plan.ts";

/** Bytes that one packet carries of a message. */
const PACKET_PAYLOAD = unlinkedPayload("regular");

/** Bytes around the body of a reply: message type, content tag, padding marker. */
const REPLY_ENVELOPE = 3;

/** Bytes around the body of a message with reply blocks: message type, sender tag, content tag, list head, padding marker. */
const REPLIABLE_ENVELOPE = 1 + 16 + 1 + 4 + 1;

/** Bytes of one reply block as it travels: key, header, first hop, four seeds. */
const BLOCK_SIZE = 16 + 348 + 32 + 4 * 16;

/** Packets of a full segment. */
const PACKETS_PER_SEGMENT = 8;

/** Blocks that go with an opening: ten that clients never spend on answers, and three: four packets hold no more. */
const FIRST_BLOCKS = 13;

/** Blocks that go with a segment that may overtake the opening, so that it can be answered. */
const EARLY_BLOCKS = 2;

/** Blocks kept in stock at the listener when it has little to say: those ten, and twenty. */
const BASE_STOCK = 30;

/** No stock is larger: official clients ask for none beyond two hundred. */
const MAX_STOCK = 180;

/** The most blocks that go with one segment. */
const MAX_ATTACHED = 50;

/** Fewer than these are not worth a packet. */
const WORTH_SENDING = 15;

/** For how many seconds of what the listener spends now the stock shall last. */
const STOCK_SECONDS = 4;

/**
 * Keeps a listener in reply blocks: estimates what it has left from what was attached and what came back, and says how
 * many go with the next segment, so that there are always more than the listener is about to spend. What the listener's
 * client spends unseen, on packets sent again, it asks for by itself when it runs short.
 */
export class BlockSupply {
  #supplied = 0;
  #spent = 0;
  #answered = false;
  #rate = 0;
  #measuredAt: number | undefined;
  #spentAtMeasure = 0;

  /** How many blocks the listener should have left. */
  get left(): number {
    return this.#supplied - this.#spent;
  }

  /** A message of `size` bytes came from the listener. */
  spent(size: number, now: number): void {
    this.#answered = true;
    this.#spent += Math.ceil((size + REPLY_ENVELOPE) / PACKET_PAYLOAD);
    // It has spent more than it was sent: its client has asked for some.
    this.#supplied = Math.max(this.#supplied, this.#spent);
    this.#measuredAt ??= now;
    const seconds = (now - this.#measuredAt) / 1000;
    if (seconds < 0.5) return;
    this.#rate = (this.#rate + (this.#spent - this.#spentAtMeasure) / seconds) /
      2;
    this.#spentAtMeasure = this.#spent;
    this.#measuredAt = now;
  }

  /** How many blocks to attach to a segment that is about to leave anyway. */
  toAttach(): number {
    if (!this.#answered) {
      return this.#supplied < FIRST_BLOCKS ? FIRST_BLOCKS : EARLY_BLOCKS;
    }
    const wanted = Math.min(MAX_STOCK, BASE_STOCK + this.#rate * STOCK_SECONDS);
    const missing = Math.ceil(wanted - this.left);
    return missing < WORTH_SENDING ? 0 : Math.min(missing, MAX_ATTACHED);
  }

  /** Whether it is time to send blocks without waiting for a segment that leaves anyway. */
  get urgent(): boolean {
    return this.#answered && this.toAttach() >= MAX_ATTACHED / 2;
  }

  /** `count` blocks have been attached. */
  attached(count: number): void {
    this.#supplied += count;
  }

  /** The listener does not answer: perhaps it has no blocks left, whatever was attached. */
  doubt(): void {
    this.#supplied = this.#spent;
  }
}

/** Bytes of payload that fill a segment's packets to the last byte, given its blocks and the bytes of its own head. */
export function fullPayload(
  options: { overhead: number; blocks: number; isReply: boolean },
): number {
  const { overhead, blocks, isReply } = options;
  const blockBytes = blocks * BLOCK_SIZE;
  const packets = PACKETS_PER_SEGMENT + Math.floor(blockBytes / PACKET_PAYLOAD);
  // A message without blocks has a shorter envelope: what it could hold more is not worth a second rule.
  const envelope = isReply ? REPLY_ENVELOPE : REPLIABLE_ENVELOPE;
  return packets * PACKET_PAYLOAD - envelope - blockBytes - overhead;
}
