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

/** No stock is larger: clients keep a thousand of one sender, who may have several streams. */
const MAX_STOCK = 500;

/** The most blocks that go with one segment: seven packets. What takes more of them is rarely whole before one is sent again. */
const MAX_ATTACHED = 24;

/** Fewer than these are not worth a packet. */
const WORTH_SENDING = 10;

/** For how many seconds of what the listener spends now the stock shall last: lost packets come seconds later. */
const STOCK_SECONDS = 6;

/** The shortest time over which it is measured how fast the listener spends, in milliseconds. */
const MEASURE_MS = 500;

/** How much the last segment counts in the share of those that came late. */
const LATE_WEIGHT = 1 / 32;

/** More than this share of packets is not taken for lost. */
const MAX_LOSS = 0.25;

/** What came from the listener. */
export interface Spending {
  /** Bytes of its message. */
  readonly size: number;
  /** Whether it carried bytes of the stream that were overtaken by later ones: a packet of it was lost and sent again. */
  readonly late: boolean;
  /** When it came, in milliseconds. */
  readonly now: number;
}

/**
 * Keeps a listener in reply blocks: estimates what it has left from what was attached and what came back, and says how
 * many go with the next segment, so that there are always more than the listener is about to spend. What the listener's
 * client spends unseen, on packets that were lost, it reckons from segments that came late; should that not be enough, the
 * client asks by itself.
 */
export class BlockSupply {
  #supplied = 0;
  #spent = 0;
  #answered = false;
  /** Whether the listener has been told that it was heard: nothing holds that up. */
  #confirmed = false;
  #rate = 0;
  #late = 0;
  #measuredAt: number | undefined;
  #spentAtMeasure = 0;

  /** How many blocks the listener should have left. */
  get left(): number {
    return this.#supplied - this.#spent;
  }

  /** A message came from the listener. */
  spent({ size, late, now }: Spending): void {
    this.#answered = true;
    const packets = Math.ceil((size + REPLY_ENVELOPE) / PACKET_PAYLOAD);
    if (packets === PACKETS_PER_SEGMENT) {
      this.#late += (Number(late) - this.#late) * LATE_WEIGHT;
    }
    this.#spent += packets * this.#blocksPerPacket;
    // It has spent more than it was sent: its client has asked for some.
    this.#supplied = Math.max(this.#supplied, this.#spent);
    this.#measure(now);
  }

  /** How many blocks to attach to a segment that is about to leave anyway. */
  toAttach(): number {
    if (!this.#answered) {
      return this.#supplied < FIRST_BLOCKS ? FIRST_BLOCKS : EARLY_BLOCKS;
    }
    if (!this.#confirmed) return 0;
    const wanted = Math.min(MAX_STOCK, BASE_STOCK + this.#rate * STOCK_SECONDS);
    const missing = Math.ceil(wanted - this.left);
    return missing < WORTH_SENDING ? 0 : Math.min(missing, MAX_ATTACHED);
  }

  /** Whether it is time to send blocks without waiting for a segment that leaves anyway. */
  get urgent(): boolean {
    return this.#answered && this.toAttach() === MAX_ATTACHED;
  }

  /** A segment has been handed over, with so many blocks. */
  attached(count: number): void {
    this.#supplied += count;
    this.#confirmed = this.#answered;
  }

  /** The listener does not answer: perhaps it has no blocks left, whatever was attached. */
  doubt(): void {
    this.#supplied = this.#spent;
    this.#rate = 0;
  }

  /** Each copy of a packet takes a block, and it is sent until it and its acknowledgement get through. */
  get #blocksPerPacket(): number {
    const loss = 1 - (1 - this.#late) ** (1 / PACKETS_PER_SEGMENT);
    return 1 / (1 - Math.min(loss, MAX_LOSS)) ** 2;
  }

  /** A listener that spends faster is believed at once, one that spends more slowly by and by. */
  #measure(now: number): void {
    this.#measuredAt ??= now;
    const ms = now - this.#measuredAt;
    if (ms < MEASURE_MS) return;
    const rate = (this.#spent - this.#spentAtMeasure) / ms * 1000;
    this.#rate = Math.max(rate, (this.#rate + rate) / 2);
    this.#spentAtMeasure = this.#spent;
    this.#measuredAt = now;
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
