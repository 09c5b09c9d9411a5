import type { Clock } from "../async/clock.ts";
import type { IncomingMessage, Mailbox } from "../mailbox/mailbox.ts";
import { isSegment } from "../stream/segment.ts";
import type { Deliverer } from "./deliver/deliver.ts";
import type { Interruption } from "./interruption.ts";
import { untilIdle } from "./idle.ts";
import { TimeLimiter } from "./time_limit.ts";

/** Why listening came to its end. */
export type StopReason =
  /** As many messages as were wanted are dealt with. */
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
  /** How long nothing may come or be in hand, in milliseconds: from the first {@linkcode Listening.take} with a mailbox on. */
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
  readonly #onSignal: () => void;
  #drain: TimeLimiter | undefined;
  #ended: StopReason | undefined;
  #taken = 0;
  #kept = 0;
  /** Messages in hand. */
  readonly #running = new Set<Promise<void>>();
  /** When a message came or was done with. */
  #movedAt = -Infinity;

  /** The time starts now. */
  constructor(options: ListeningOptions) {
    this.#options = options;
    const { clock, signal, timeout } = options;
    this.#timeout = new TimeLimiter(clock, timeout, {
      reason: () => this.end("timeout"),
    });
    this.#onSignal = () => this.#interrupt(signal.reason);
    if (signal.aborted) this.#onSignal();
    else signal.addEventListener("abort", this.#onSignal, { once: true });
  }

  /** Aborts when no more messages are wanted, or one cannot be delivered. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Why it stopped, once it has. */
  get ended(): StopReason | undefined {
    return this.#ended;
  }

  /** Messages dealt with so far: they do not come again. */
  get taken(): number {
    return this.#taken;
  }

  /** Messages that could not be dealt with, and come again to whoever listens next. */
  get kept(): number {
    return this.#kept;
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
    const { jobs, count = Infinity } = this.#options;
    const running = this.#running;
    let failure: { readonly error: unknown } | undefined;
    if (this.#ended) return;
    const over = new AbortController();
    const idling = this.#endWhenIdle(mailbox, over.signal);
    try {
      for await (const message of messages) {
        if (isSegment(message.body)) {
          // Part of a byte stream: for a pipe, and no message.
          message.pass?.();
          continue;
        }
        this.#moved();
        const job = this.#deliver(message, mailbox)
          .catch((error) => {
            failure ??= { error };
            // Nothing more is waited for.
            this.#stop.abort(error);
          })
          .finally(() => {
            running.delete(job);
            this.#moved();
          });
        running.add(job);
        // Whoever wants no more than this is not handed more at once.
        const isEnough = () => this.#taken + running.size >= count;
        while (running.size > 0 && (running.size >= jobs || isEnough())) {
          await Promise.race(running);
        }
        if (this.#taken >= count) this.end("count");
        if (this.#ended || failure) break;
      }
    } catch (error) {
      if (!this.#ended) failure ??= { error };
    }
    over.abort();
    await idling;
    await Promise.all(running);
    if (failure && !this.#hard.signal.aborted) throw failure.error;
  }

  /** Let go of clocks and signals. */
  [Symbol.dispose](): void {
    this.#timeout[Symbol.dispose]();
    this.#drain?.[Symbol.dispose]();
    this.#options.signal.removeEventListener("abort", this.#onSignal);
  }

  async #deliver(
    message: IncomingMessage,
    mailbox: Mailbox | undefined,
  ): Promise<void> {
    let isTaken = false;
    const noted: IncomingMessage = {
      ...message,
      async taken() {
        await message.taken();
        isTaken = true;
      },
    };
    await this.#options.deliverer.deliver(noted, mailbox, this.#hard.signal);
    if (isTaken) this.#taken++;
    else this.#kept++;
  }

  #moved(): void {
    this.#movedAt = this.#options.clock.now();
  }

  async #endWhenIdle(
    mailbox: Mailbox | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, idle: ms } = this.#options;
    if (ms === undefined || mailbox === undefined) return;
    this.#moved();
    try {
      await untilIdle({
        clock,
        ms,
        signal,
        lastAt: () => this.#running.size > 0 ? clock.now() : this.#movedAt,
        backlog: mailbox.backlog && (() => mailbox.backlog!({ signal })),
      });
    } catch {
      return; // It is over, or the client is gone, which is told elsewhere.
    }
    this.end("idle");
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
