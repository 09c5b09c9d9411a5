import type { Bytes } from "../bytes/brand.ts";
import type { Fragment } from "./fragment.ts";
import { OpenMessage } from "./open_message.ts";
import { RecentIds } from "./recent_ids.ts";
import { unpad } from "./unpad.ts";

/** How much a {@linkcode Reassembler} keeps, and for how long. */
export interface ReassemblerLimits {
  /** How many sets may wait for fragments; the message that was heard of longest ago goes first. @default 256 */
  readonly openSets: number;
  /** How many bytes of fragments may wait; the message that was heard of longest ago goes first. @default 64 MiB */
  readonly bytes: number;
  /** How many sets that are done with are remembered, so that nothing is delivered twice. @default 65_536 */
  readonly finishedSets: number;
  /** After how many milliseconds without a fragment a message is given up. @default 30 minutes */
  readonly staleAfter: number;
  /** How many milliseconds pass at least between two searches for such messages. @default 10 seconds */
  readonly sweepEvery: number;
}

/** What became of fragments and sets. Whatever is dropped is counted here. */
export interface ReassemblerCounters {
  /** Messages put together. */
  messages: number;
  /** Fragments that had arrived before. */
  duplicates: number;
  /** Fragments of sets that were done with already. */
  late: number;
  /** Fragments that contradict what the first of their set said about its size. */
  conflicts: number;
  /** Sets that cannot become a message: without the mark of its end, or naming sets that do not name them. */
  malformed: number;
  /** Sets dropped to make room. */
  crowdedOut: number;
  /** Sets dropped because nothing more of their message came. */
  stale: number;
}

/** A message put together from its fragments. */
export interface ReassembledMessage {
  /** The message without its padding. */
  readonly bytes: Bytes;
  /** The sets that it came in. */
  readonly setIds: readonly number[];
}

const DEFAULTS: ReassemblerLimits = {
  openSets: 256,
  bytes: 64 * 1024 * 1024,
  finishedSets: 65_536,
  staleAfter: 30 * 60_000,
  sweepEvery: 10_000,
};

/**
 * Puts fragments together to messages: in any order, each message once, within bounds. Sets that name each other are one
 * message, and are kept and dropped together.
 */
export class Reassembler {
  readonly #limits: ReassemblerLimits;
  readonly #finished: RecentIds;
  /** Open messages by every set that they know of. */
  readonly #owners = new Map<number, OpenMessage>();
  /** Open messages, the one heard of longest ago first. */
  readonly #messages = new Set<OpenMessage>();
  readonly #counters: ReassemblerCounters = {
    messages: 0,
    duplicates: 0,
    late: 0,
    conflicts: 0,
    malformed: 0,
    crowdedOut: 0,
    stale: 0,
  };
  #openSets = 0;
  #bytes = 0;
  #nextSweep = -Infinity;

  /** Start with nothing, or with the sets that were done with in an earlier life. */
  constructor(
    limits: Partial<ReassemblerLimits> = {},
    finishedSets: Iterable<number> = [],
  ) {
    this.#limits = { ...DEFAULTS, ...limits };
    this.#finished = new RecentIds(this.#limits.finishedSets);
    for (const id of finishedSets) this.#finished.add(id);
  }

  /** What has become of everything so far. */
  get counters(): Readonly<ReassemblerCounters> {
    return { ...this.#counters };
  }

  /** How many sets wait for fragments. */
  get openSets(): number {
    return this.#openSets;
  }

  /** How many bytes of fragments wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Take in a fragment that arrived at `now` (milliseconds on a clock that never goes back). Its payload is kept, not copied.
   *
   * @returns The message, if this fragment was the last one missing.
   */
  push(fragment: Fragment, now: number): ReassembledMessage | undefined {
    this.#sweep(now);
    const { setId, linkedSetId } = fragment;
    if (this.#finished.has(setId)) {
      this.#counters.late++;
      return undefined;
    }
    const message = this.#owners.get(setId) ?? new OpenMessage();
    const before = { sets: message.setCount, bytes: message.bytes };
    const outcome = message.add(fragment);
    if (outcome !== "added") {
      this.#counters[outcome === "duplicate" ? "duplicates" : "conflicts"]++;
      return undefined;
    }
    this.#openSets += message.setCount - before.sets;
    this.#bytes += message.bytes - before.bytes;
    this.#touch(message, now);
    this.#owners.set(setId, message);
    if (linkedSetId !== undefined) this.#join(message, linkedSetId);
    this.#makeRoom(message);
    return message.complete && this.#messages.has(message)
      ? this.#finish(message)
      : undefined;
  }

  #touch(message: OpenMessage, now: number): void {
    message.touched = now;
    this.#messages.delete(message);
    this.#messages.add(message);
  }

  /** A fragment of `message` names another set: whatever is known of that belongs to the message too. */
  #join(message: OpenMessage, otherId: number): void {
    if (this.#finished.has(otherId)) {
      // The neighbour is done with, so the message can never be whole.
      this.#counters.malformed += message.setCount;
      this.#forget(message);
      return;
    }
    const other = this.#owners.get(otherId);
    this.#owners.set(otherId, message);
    if (other === undefined || other === message) return;
    message.absorb(other);
    this.#messages.delete(other);
    for (const id of other.knownIds) this.#owners.set(id, message);
  }

  #makeRoom(current: OpenMessage): void {
    while (
      this.#openSets > this.#limits.openSets ||
      this.#bytes > this.#limits.bytes
    ) {
      // The current message was touched last: it is the victim only if it is alone.
      const [oldest = current] = this.#messages;
      this.#counters.crowdedOut += oldest.setCount;
      this.#forget(oldest);
    }
  }

  #finish(message: OpenMessage): ReassembledMessage | undefined {
    const { setIds } = message;
    this.#forget(message);
    const payloads = message.payloads();
    const bytes = payloads === undefined ? undefined : unpad(payloads);
    if (bytes === undefined) {
      this.#counters.malformed += setIds.length;
      return undefined;
    }
    this.#counters.messages++;
    return { bytes, setIds };
  }

  #sweep(now: number): void {
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + this.#limits.sweepEvery;
    for (const message of this.#messages) {
      if (now - message.touched < this.#limits.staleAfter) return;
      this.#counters.stale += message.setCount;
      this.#forget(message);
    }
  }

  /** Let go of a message, and ignore what still comes of its sets. */
  #forget(message: OpenMessage): void {
    this.#messages.delete(message);
    this.#openSets -= message.setCount;
    this.#bytes -= message.bytes;
    for (const id of message.knownIds) this.#owners.delete(id);
    for (const id of message.setIds) this.#finished.add(id);
  }
}
