import type { InboxStore, StoredMessage } from "../home/stores.ts";
import type { IncomingMessage, MessagesOptions } from "./mailbox.ts";

/** Whether a message waited before. */
export type WasStored = (message: StoredMessage) => boolean;

/** Hands messages out of an inbox to consumers, each message to one of them at a time, until somebody takes it. */
export class Deliveries {
  readonly #store: InboxStore;
  /** Messages in the hands of a consumer. */
  readonly #out = new Set<string>();
  readonly #waiting = new Set<() => void>();
  /** Counts how often messages came back, which makes every consumer look again from the start. */
  #returns = 0;
  #closed: "no" | "whenEmpty" | "now" = "no";

  /** Hand out what `store` holds. */
  constructor(store: InboxStore) {
    this.#store = store;
  }

  /** There is something new in the inbox. */
  arrived(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Nothing more will come: consumers end at once, or when they have had what is there. */
  close({ handOutRest }: { handOutRest: boolean }): void {
    this.#closed = handOutRest ? "whenEmpty" : "now";
    this.arrived();
  }

  /** Messages one by one, for one consumer; the next is looked for when it is asked for. @throws The signal's reason. */
  async *messages(
    { signal, ahead = false }: MessagesOptions,
    wasStored: WasStored,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    const mine = new Set<string>();
    const passed = new Set<string>();
    let [cursor, returns] = [0, this.#returns];
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (this.#closed === "now") return;
        if (returns !== this.#returns) [cursor, returns] = [0, this.#returns];
        const row = this.#next(cursor, passed);
        if (row === undefined) {
          if (this.#closed !== "no") return;
          await this.#arrival(signal);
          continue;
        }
        cursor = row.seq;
        this.#out.add(row.id);
        mine.add(row.id);
        const isOut = true;
        if (!ahead) this.#store.delivered(row.id, isOut);
        yield this.#incoming(row, wasStored(row), mine, passed);
      }
    } finally {
      this.#giveBack(mine);
    }
  }

  /**
   * Messages one by one, for one that looks on: each once, whether others take it or not; `taken()` says that it was seen, and all before
   * it. @throws The signal's reason.
   */
  async *onlook(
    signal: AbortSignal | undefined,
    wasStored: WasStored,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    const { onlooker } = this.#store;
    onlooker.start();
    for (let after = 0;;) {
      signal?.throwIfAborted();
      if (this.#closed === "now") return;
      const row = onlooker.next(after);
      if (row === undefined) {
        if (this.#closed !== "no") return;
        await this.#arrival(signal);
        continue;
      }
      after = row.seq;
      onlooker.begun(row.seq);
      const taken = () => {
        onlooker.seen(row.seq);
        return Promise.resolve();
      };
      yield { ...incoming(row, wasStored(row)), taken };
    }
  }

  #incoming(
    row: StoredMessage,
    stored: boolean,
    mine: Set<string>,
    passed: Set<string>,
  ): IncomingMessage {
    const { id, delivered } = row;
    const handed = (isInHand: boolean) => {
      // What was handed out before stays so.
      if (!delivered) this.#store.delivered(id, isInHand);
    };
    return {
      ...incoming(row, stored),
      taken: () => {
        this.#store.taken(id);
        this.#out.delete(id);
        mine.delete(id);
        return Promise.resolve();
      },
      pass: () => {
        if (!mine.delete(id)) return;
        passed.add(id);
        const isInHand = false;
        handed(isInHand);
        this.#giveBack([id]);
      },
      handed,
    };
  }

  /** Let others have messages that nobody has in hand any more. */
  #giveBack(ids: Iterable<string>): void {
    let some = false;
    for (const id of ids) some = this.#out.delete(id) || some;
    if (!some) return;
    this.#returns++;
    this.arrived();
  }

  /** The first message after `cursor` that nobody has in hand, those left out that this consumer has passed. */
  #next(
    cursor: number,
    passed: ReadonlySet<string>,
  ): StoredMessage | undefined {
    let after = cursor;
    for (;;) {
      const [row] = this.#store.waiting(after, 1);
      if (row === undefined) return undefined;
      if (!this.#out.has(row.id) && !passed.has(row.id)) return row;
      after = row.seq;
    }
  }

  #arrival(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(wake);
        reject(signal!.reason);
      };
      this.#waiting.add(wake);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

function incoming(
  { delivered, ...row }: StoredMessage,
  stored: boolean,
): Omit<IncomingMessage, "taken"> {
  return { ...row, stored, redelivered: delivered };
}
