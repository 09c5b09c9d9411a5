import type { Clock } from "../async/clock.ts";
import type { InboxStore, StoredMessage } from "../home/stores.ts";
import type { IncomingMessage, MessagesOptions } from "./mailbox.ts";

/** Whether a message waited before. */
export type WasStored = (message: StoredMessage) => boolean;

/** So many messages that a consumer has passed are remembered: more than an inbox holds. */
const MAX_PASSED = 200_000;

/** One consumer. */
interface Reader {
  /** Whatever comes before is in somebody's hands, taken or passed. */
  after: number;
  /** What it has in hand: numbers by ids. */
  readonly mine: Map<string, number>;
  /** Numbers of what was not for it. */
  readonly passed: Set<number>;
}

/** Hands messages out of an inbox to consumers, each message to one of them at a time, until somebody takes it. */
export class Deliveries {
  readonly #store: InboxStore;
  /** Messages in the hands of a consumer. */
  readonly #out = new Set<string>();
  readonly #waiting = new Set<() => void>();
  readonly #readers = new Set<Reader>();
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
    const reader: Reader = { after: 0, mine: new Map(), passed: new Set() };
    this.#readers.add(reader);
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (this.#closed === "now") return;
        const row = this.#next(reader);
        if (row === undefined) {
          if (this.#closed !== "no") return;
          await this.#arrival(signal);
          continue;
        }
        reader.after = row.seq;
        this.#out.add(row.id);
        reader.mine.set(row.id, row.seq);
        const isOut = true;
        if (!ahead) this.#store.delivered(row.id, isOut);
        yield this.#incoming(row, wasStored(row), reader);
      }
    } finally {
      this.#readers.delete(reader);
      const left = [...reader.mine];
      // Who has such a message in hand can take it still, and do nothing else with it.
      reader.mine.clear();
      this.#giveBack(left, reader);
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
    reader: Reader,
  ): IncomingMessage {
    const { id, seq, delivered } = row;
    const handed = (isInHand: boolean) => {
      // What was handed out before stays so.
      if (!delivered) this.#store.delivered(id, isInHand);
    };
    return {
      ...incoming(row, stored),
      taken: () => {
        this.#store.taken(id);
        this.#out.delete(id);
        reader.mine.delete(id);
        return Promise.resolve();
      },
      pass: () => {
        if (!reader.mine.delete(id)) return;
        remember(reader.passed, seq);
        const isInHand = false;
        handed(isInHand);
        this.#giveBack([[id, seq]], reader);
      },
      handed,
      reread: () => {
        const [kept] = this.#store.waiting(seq - 1, 1);
        return kept?.seq === seq ? kept.body : undefined;
      },
    };
  }

  /** Let others have messages that nobody has in hand any more. */
  #giveBack(
    messages: Iterable<readonly [id: string, seq: number]>,
    from: Reader,
  ): void {
    let some = false;
    for (const [id, seq] of messages) {
      if (!this.#out.delete(id)) continue;
      some = true;
      for (const reader of this.#readers) {
        if (reader !== from) reader.after = Math.min(reader.after, seq - 1);
      }
    }
    if (some) this.arrived();
  }

  /** The next message that nobody has in hand, those left out that this consumer has passed. */
  #next(reader: Reader): StoredMessage | undefined {
    for (;;) {
      const [row] = this.#store.waiting(reader.after, 1);
      if (row === undefined) return undefined;
      if (!this.#out.has(row.id) && !reader.passed.has(row.seq)) return row;
      reader.after = row.seq;
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

/** What waits in an inbox that no client has yet, one message after the other. */
export function waitingIn(
  inbox: InboxStore,
  { clock }: { clock: Pick<Clock, "wall"> },
): AsyncIterable<IncomingMessage> {
  const deliveries = new Deliveries(inbox);
  deliveries.close({ handOutRest: true });
  const now = clock.wall();
  return deliveries.messages({}, ({ receivedAt }) => receivedAt < now);
}

function incoming(
  { delivered, senderTag: tag, ...row }: StoredMessage,
  stored: boolean,
): Omit<IncomingMessage, "taken"> {
  const tags = row.isReply
    ? { senderTag: undefined, answers: tag }
    : { senderTag: tag };
  return { ...row, ...tags, stored, redelivered: delivered };
}

/** The oldest are forgotten when there are too many: they may be handed out once more. */
function remember(passed: Set<number>, seq: number): void {
  passed.add(seq);
  if (passed.size <= MAX_PASSED) return;
  for (const oldest of passed) {
    passed.delete(oldest);
    return;
  }
}
