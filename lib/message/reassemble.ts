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

/** What a fragment led to. */
export type ReassemblyOutcome =
  /** It is kept, and others are missing. */
  | { readonly kind: "waiting" }
  /** It was the last one missing. `bytes` is the message without its padding, `setIds` are the sets that it came in. */
  | {
    readonly kind: "message";
    readonly bytes: Bytes;
    readonly setIds: readonly number[];
  }
  /** It is of no use, and counted. */
  | { readonly kind: "ignored" };

/** Why sets are given up. */
export type DropReason = "malformed" | "crowdedOut" | "stale";

/** Options of {@linkcode Reassembler}. */
export interface ReassemblerOptions {
  /** Bounds other than the usual ones. */
  readonly limits?: Partial<ReassemblerLimits> | undefined;
  /** The sets that were done with in an earlier life, oldest first. */
  readonly finishedSets?: Iterable<number> | undefined;
  /** Told of sets that are given up: nothing of them will be used any more. */
  readonly onDropped?:
    | ((setIds: readonly number[], reason: DropReason) => void)
    | undefined;
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
  readonly #onDropped: ReassemblerOptions["onDropped"];

  /** Start with no fragments. */
  constructor(options: ReassemblerOptions = {}) {
    const { limits, finishedSets = [], onDropped } = options;
    this.#limits = { ...DEFAULTS, ...limits };
    this.#onDropped = onDropped;
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

  /** Take in a fragment that arrived at `now` (milliseconds on a clock that never goes back). Its payload is kept, not copied. */
  push(fragment: Fragment, now: number): ReassemblyOutcome {
    this.#sweep(now);
    const { setId, linkedSetId } = fragment;
    if (this.#finished.has(setId)) return this.#ignore("late");
    const message = this.#owners.get(setId) ?? new OpenMessage();
    const before = { sets: message.setCount, bytes: message.bytes };
    const outcome = message.add(fragment);
    if (outcome !== "added") return this.#ignore(outcome);
    this.#openSets += message.setCount - before.sets;
    this.#bytes += message.bytes - before.bytes;
    this.#touch(message, now);
    this.#owners.set(setId, message);
    if (linkedSetId !== undefined) this.#join(message, linkedSetId);
    this.#makeRoom();
    if (!this.#messages.has(message)) return { kind: "ignored" };
    return message.complete ? this.#finish(message) : { kind: "waiting" };
  }

  #ignore(counter: "late" | "duplicates" | "conflicts"): ReassemblyOutcome {
    this.#counters[counter]++;
    return { kind: "ignored" };
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
      this.#drop(message, "malformed");
      return;
    }
    const other = this.#owners.get(otherId);
    this.#owners.set(otherId, message);
    if (other === undefined || other === message) return;
    message.absorb(other);
    this.#messages.delete(other);
    for (const id of other.knownIds) this.#owners.set(id, message);
  }

  /** Make whole messages go. The one touched last goes last: only if it alone is too large. */
  #makeRoom(): void {
    for (const oldest of this.#messages) {
      const { openSets, bytes } = this.#limits;
      if (this.#openSets <= openSets && this.#bytes <= bytes) return;
      this.#drop(oldest, "crowdedOut");
    }
  }

  #finish(message: OpenMessage): ReassemblyOutcome {
    const payloads = message.payloads();
    const bytes = payloads === undefined ? undefined : unpad(payloads);
    if (bytes === undefined) {
      this.#drop(message, "malformed");
      return { kind: "ignored" };
    }
    this.#forget(message);
    this.#counters.messages++;
    return { kind: "message", bytes, setIds: message.setIds };
  }

  #sweep(now: number): void {
    if (now < this.#nextSweep) return;
    this.#nextSweep = now + this.#limits.sweepEvery;
    for (const message of this.#messages) {
      if (now - message.touched < this.#limits.staleAfter) return;
      this.#drop(message, "stale");
    }
  }

  #drop(message: OpenMessage, reason: DropReason): void {
    this.#counters[reason] += message.setCount;
    this.#forget(message);
    this.#onDropped?.(message.setIds, reason);
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
