import { Waiters } from "../async/waiters.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type { IncomingMessage } from "./mailbox.ts";

/** While more than this waits for a consumer, {@linkcode Arrivals.put} waits. */
const MAX_WAITING = 16_384;
/** The same in bytes. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** What is known of a message that arrives. */
export interface Arrival {
  readonly id: string;
  readonly body: Bytes;
  readonly senderTag: SenderTag | undefined;
  readonly replySurb?: Bytes | undefined;
  readonly receivedAt: number;
  readonly stored: boolean;
}

interface Waiting {
  readonly arrival: Arrival;
  readonly seq: number;
  redelivered: boolean;
  taken: boolean;
}

/**
 * Messages between a client that forgets what it has delivered and the consumers here: those handed out and not taken come
 * again, to the next loop, and what waits is still handed out after the end.
 */
export class Arrivals {
  readonly #waiters = new Waiters();
  #waiting: Waiting[] = [];
  #bytes = 0;
  #seq = 0;
  #ended = false;

  /** Messages that wait for a consumer. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A message arrives; waits while too many are here already. Rejects with the signal's reason. */
  async put(arrival: Arrival, signal?: AbortSignal): Promise<void> {
    while (
      this.#waiting.length >= MAX_WAITING || this.#bytes >= MAX_WAITING_BYTES
    ) await this.#waiters.change(signal);
    this.#bytes += arrival.body.length;
    const seq = ++this.#seq;
    this.#waiting.push({ arrival, seq, redelivered: false, taken: false });
    this.#waiters.wake();
  }

  /** Nothing more will arrive. */
  end(): void {
    this.#ended = true;
    this.#waiters.wake();
  }

  /** Hand out what arrives until the end. What one loop did not take is for the next, in its old place. */
  async *messages(
    signal?: AbortSignal,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    const handed = new Set<Waiting>();
    try {
      for (;;) {
        signal?.throwIfAborted();
        const next = this.#waiting.shift();
        if (next !== undefined) {
          this.#bytes -= next.arrival.body.length;
          handed.add(next);
          this.#waiters.wake();
          yield this.#message(next, handed);
        } else if (this.#ended) return;
        else await this.#waiters.change(signal);
      }
    } finally {
      this.#putBack([...handed].filter(({ taken }) => !taken));
    }
  }

  #message(waiting: Waiting, handed: Set<Waiting>): IncomingMessage {
    const { arrival, seq, redelivered } = waiting;
    return {
      ...arrival,
      seq,
      redelivered,
      taken: () => {
        waiting.taken = true;
        handed.delete(waiting);
        // It may wait again by now, if its loop has ended in between.
        const again = this.#waiting.indexOf(waiting);
        if (again >= 0) {
          this.#waiting.splice(again, 1);
          this.#bytes -= arrival.body.length;
        }
        return Promise.resolve();
      },
    };
  }

  #putBack(untaken: readonly Waiting[]): void {
    if (untaken.length === 0) return;
    for (const one of untaken) {
      one.redelivered = true;
      this.#bytes += one.arrival.body.length;
    }
    this.#waiting = [...untaken, ...this.#waiting].toSorted((a, b) =>
      a.seq - b.seq
    );
    this.#waiters.wake();
  }
}
