import type { Clock } from "../async/clock.ts";
import type { IncomingMessage, Mailbox } from "../mailbox/mailbox.ts";
import { isSegment } from "../stream/segment.ts";
import type { Deliverer } from "./deliver/deliver.ts";
import type { Interruption } from "./interruption.ts";
import { TimeLimiter } from "./time_limit.ts";

/** Why listening came to its end. */
export type StopReason =
  /** As many messages as were wanted have come. */
  | { readonly kind: "count" }
  /** The time is over. */
  | { readonly kind: "timeout" }
  /** Nothing has come for a while. */
  | { readonly kind: "idle" }
  /** There is no more. */
  | { readonly kind: "closed" }
  /** The process is asked to end. */
  | { readonly kind: "signal"; readonly reason: Interruption };

/** Options of {@linkcode Listening}. */
export interface ListeningOptions {
  readonly clock: Clock;
  /** Aborts with an {@linkcode Interruption}. */
  readonly signal: AbortSignal;
  readonly deliverer: Deliverer;
  /** How many messages are wanted; without it, all. */
  readonly count?: number | undefined;
  /** How many messages are dealt with at once. */
  readonly jobs: number;
  /** How long it lasts at most, in milliseconds. */
  readonly timeout?: number | undefined;
  /** How long nothing may come, in milliseconds. */
  readonly idle?: number | undefined;
  /** How long messages in hand may take after SIGTERM, in milliseconds. */
  readonly drain: number;
}

/** Takes messages, from one connection after the other, until it has a reason to stop. */
export class Listening implements Disposable {
  readonly #options: ListeningOptions;
  readonly #stop = new AbortController();
  /** Ends what is being done with messages in hand. */
  readonly #hard = new AbortController();
  readonly #timeout: TimeLimiter;
  readonly #idle: TimeLimiter;
  readonly #onSignal: () => void;
  #drain: TimeLimiter | undefined;
  #ended: StopReason | undefined;
  #received = 0;

  /** The time starts now. */
  constructor(options: ListeningOptions) {
    this.#options = options;
    const { clock, signal, timeout, idle } = options;
    this.#timeout = new TimeLimiter(clock, timeout, {
      reason: () => this.end("timeout"),
    });
    this.#idle = new TimeLimiter(clock, idle, {
      reason: () => this.end("idle"),
    });
    this.#onSignal = () => this.#interrupt(signal.reason);
    if (signal.aborted) this.#onSignal();
    else signal.addEventListener("abort", this.#onSignal, { once: true });
  }

  /** Aborts when no more messages are wanted. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Why it stopped, once it has. */
  get ended(): StopReason | undefined {
    return this.#ended;
  }

  /** Messages so far. */
  get received(): number {
    return this.#received;
  }

  /** Want no more messages. The first reason counts. */
  end(kind: Exclude<StopReason["kind"], "signal">): void {
    this.#end({ kind });
  }

  /**
   * Take messages until there are no more or it has ended, and wait for what is in hand.
   *
   * @throws What delivering a message throws, or the source of messages.
   */
  async take(
    messages: AsyncIterable<IncomingMessage>,
    mailbox: Mailbox | undefined,
  ): Promise<void> {
    const { deliverer, jobs, count = Infinity } = this.#options;
    const running = new Set<Promise<void>>();
    let failure: { readonly error: unknown } | undefined;
    if (this.#ended) return;
    try {
      for await (const message of messages) {
        if (isSegment(message.body)) {
          // Part of a byte stream: for a pipe, and no message.
          message.pass?.();
          continue;
        }
        this.#received++;
        this.#idle.touch();
        const job = deliverer.deliver(message, mailbox, this.#hard.signal)
          .catch((error) => {
            failure ??= { error };
          })
          .finally(() => running.delete(job));
        running.add(job);
        if (this.#received >= count) this.end("count");
        while (running.size >= jobs) await Promise.race(running);
        if (this.#ended || failure) break;
      }
    } catch (error) {
      if (!this.#ended) failure ??= { error };
    }
    await Promise.all(running);
    if (failure && !this.#hard.signal.aborted) throw failure.error;
  }

  /** Let go of clocks and signals. */
  [Symbol.dispose](): void {
    this.#timeout[Symbol.dispose]();
    this.#idle[Symbol.dispose]();
    this.#drain?.[Symbol.dispose]();
    this.#options.signal.removeEventListener("abort", this.#onSignal);
  }

  #interrupt(reason: Interruption): void {
    const { clock, drain } = this.#options;
    this.#end({ kind: "signal", reason });
    if (reason.signal === "SIGINT") return this.#hard.abort(reason);
    this.#drain = new TimeLimiter(clock, drain, {
      reason: () => this.#hard.abort(reason),
    });
  }

  #end(reason: StopReason): void {
    if (this.#ended) return;
    this.#ended = reason;
    this.#stop.abort(
      new DOMException(`Stopped: ${reason.kind}`, "AbortError"),
    );
  }
}
