import type { TaskSet } from "../async/tasks.ts";
import type { Sending } from "../mailbox/mailbox.ts";

/** Who uses a lane. */
export type LaneOwner = symbol;

interface Waiting {
  /** None once the connection that sent it has gone: then every connection sees it. */
  owner: LaneOwner | undefined;
  readonly sending: Sending;
  readonly packets: number;
}

/**
 * How many packets wait in the lanes that programs name, until they have left. Each connection has lanes of its own,
 * so that two programs that both count from 1 do not meet; what a connection leaves behind is seen by all, as a program that
 * comes back asks for its lanes.
 */
export class LaneTable {
  readonly #lanes = new Map<bigint, Set<Waiting>>();
  readonly #tasks: TaskSet;
  readonly #signal: AbortSignal;

  /** `tasks` holds what waits for packets to leave, until `signal` fires. */
  constructor(tasks: TaskSet, signal: AbortSignal) {
    this.#tasks = tasks;
    this.#signal = signal;
  }

  /** A message waits in a lane. */
  add(owner: LaneOwner, lane: bigint, sending: Sending): void {
    const waiting: Waiting = { owner, sending, packets: sending.packets ?? 1 };
    let lanes = this.#lanes.get(lane);
    if (lanes === undefined) this.#lanes.set(lane, lanes = new Set());
    lanes.add(waiting);
    this.#tasks.add(this.#untilFlushed(lane, waiting));
  }

  /** Packets waiting in a lane. */
  length(owner: LaneOwner, lane: bigint): bigint {
    const packets = this.#visible(owner, lane).reduce(
      (sum, { packets }) => sum + packets,
      0,
    );
    return BigInt(packets);
  }

  /** Take back what waits in a lane. */
  async drop(owner: LaneOwner, lane: bigint): Promise<void> {
    const waiting = this.#visible(owner, lane);
    await Promise.all(waiting.map(({ sending }) => sending.withdraw()));
  }

  /** A connection has gone. */
  release(owner: LaneOwner): void {
    for (const waiting of this.#lanes.values()) {
      for (const one of waiting) {
        if (one.owner === owner) one.owner = undefined;
      }
    }
  }

  #visible(owner: LaneOwner, lane: bigint): Waiting[] {
    return [...this.#lanes.get(lane) ?? []].filter((waiting) =>
      waiting.owner === owner || waiting.owner === undefined
    );
  }

  async #untilFlushed(lane: bigint, waiting: Waiting): Promise<void> {
    try {
      await waiting.sending.reached("flushed", this.#signal);
    } catch {
      // It will not leave any more, or the server stops: either way it does not wait here.
    }
    const lanes = this.#lanes.get(lane);
    lanes?.delete(waiting);
    if (lanes?.size === 0) this.#lanes.delete(lane);
  }
}
