import type { Clock } from "../async/clock.ts";
import { Doorbell } from "../async/doorbell.ts";
import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import type { StreamConnection } from "./connection.ts";
import { callerProof, listenerProof, NO_PROOF } from "./proof.ts";
import type { Segment, StreamId } from "./segment.ts";
import type { NymStream } from "./stream.ts";

/** Callers that may be between their opening and the first sign that they are there. */
const MAX_KNOCKING = 64;

/** What a {@linkcode Reception} stands on. */
export interface ReceptionOptions {
  /** The secret that callers must prove; without one, anyone may connect. */
  readonly code: Uint8Array | undefined;
  /** Callers served at once. */
  readonly maxCallers: number;
  /** The listener's address, 96 bytes. */
  readonly address: Bytes;
  readonly clock: Clock;
  /** How long a caller may be silent, in milliseconds. */
  readonly idle: number;
  /** No caller is waited for any more. */
  readonly onClose: () => void;
}

/** What is answered to an opening. */
export type Verdict =
  /** Nothing: the code is wrong. */
  | "stranger"
  /** There is no room. */
  | "full"
  | "welcome";

/**
 * Where callers come in: those who prove the code, if there is one, and turn out to be there, in the order in which they did,
 * and never more than can be served.
 */
export class Reception implements AsyncIterableIterator<NymStream> {
  readonly #options: ReceptionOptions;
  readonly #bell: Doorbell;
  readonly #knocking = new Set<StreamConnection>();
  readonly #waiting = new Set<StreamConnection>();
  /** Callers who are waited for or served. */
  readonly #served = new Set<StreamConnection>();
  readonly #closed = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;
  #end: { readonly error?: unknown } | undefined;

  /** Nobody is there at first. */
  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#bell = new Doorbell(options.clock);
  }

  /** Resolves when nobody is let in any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Whether strangers are to notice nothing at all. */
  get isSecret(): boolean {
    return this.#options.code !== undefined;
  }

  /** How long a caller may be silent, in milliseconds. */
  get idle(): number {
    return this.#options.idle;
  }

  /** Judge an opening. */
  judge({ id, open }: Segment): Verdict {
    const { code, address, maxCallers } = this.#options;
    if (code && !(open && equal(open, callerProof(code, id, address)))) {
      return "stranger";
    }
    const isFull = this.#served.size >= maxCallers ||
      this.#knocking.size >= MAX_KNOCKING;
    return isFull ? "full" : "welcome";
  }

  /** What a listener shows to the caller of this stream. */
  proofFor(id: StreamId): Bytes {
    const { code, address } = this.#options;
    return code ? listenerProof(code, id, address) : NO_PROOF;
  }

  /** A caller has knocked: it comes in once it is known to be there. */
  admit(stream: StreamConnection): void {
    this.#knocking.add(stream);
    const leave = () => {
      for (const set of [this.#knocking, this.#waiting, this.#served]) {
        set.delete(stream);
      }
    };
    stream.opened.then(() => this.#enter(stream), leave);
    stream.closed.then(leave, leave);
  }

  /** The next caller; done once the reception has closed. */
  async next(): Promise<IteratorResult<NymStream, undefined>> {
    for (;;) {
      for (const stream of this.#waiting) {
        this.#waiting.delete(stream);
        if (!stream.over) return { done: false, value: stream };
      }
      if (this.#end) {
        if ("error" in this.#end) throw this.#end.error;
        return { done: true, value: undefined };
      }
      await this.#bell.wait();
    }
  }

  /** Let nobody in any more, and let go of those who wait; those who are served stay. */
  async return(): Promise<IteratorResult<NymStream, undefined>> {
    await this.#close();
    return { done: true, value: undefined };
  }

  /** Let {@linkcode next} fail. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#closed.resolve();
    this.#bell.ring();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #close(): Promise<void> {
    return this.#closing ??= this.#sendAway();
  }

  async #sendAway(): Promise<void> {
    this.#end ??= {};
    this.#closed.resolve();
    this.#bell.ring();
    const left = [...this.#knocking, ...this.#waiting];
    await Promise.all(
      left.map((stream) => stream.reset("full", "the listener serves no more")),
    );
    this.#options.onClose();
  }

  #enter(stream: StreamConnection): void {
    if (stream.over || !this.#knocking.delete(stream)) return;
    if (this.#end || this.#served.size >= this.#options.maxCallers) {
      // It ends the stream, and with that its place here.
      void stream.reset("full", "");
      return;
    }
    this.#served.add(stream);
    this.#waiting.add(stream);
    this.#bell.ring();
  }
}
