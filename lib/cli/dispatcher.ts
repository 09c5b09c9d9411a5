import { EXIT, type ExitCode, NymError } from "../errors.ts";
import type { Mailbox, Sending, Stage, Target } from "../mailbox/mailbox.ts";
import type { Output } from "./output.ts";
import { describe } from "./report.ts";
import type { Share } from "./send_progress.ts";
import { takeBack } from "./take_back.ts";
import { nameOf, type TargetName, tellSent, tellTaken } from "./sent.ts";
import { unfinished } from "./unfinished.ts";

/** How many messages are on their way at once; more wait. */
const MAX_IN_FLIGHT = 64;

/** Errors that concern one message and leave the others alone. */
const ONE_MESSAGE: readonly ExitCode[] = [
  EXIT.address,
  EXIT.refused,
  EXIT.noReply,
];

/** What {@linkcode Dispatcher} works with. */
export interface DispatcherOptions {
  readonly mailbox: Mailbox;
  readonly output: Output;
  /** The stage that each message is to reach. */
  readonly stage: Stage;
  /** Aborts everything. */
  readonly signal: AbortSignal;
}

/** A message to be dispatched. */
export interface Dispatch {
  readonly target: Target;
  readonly body: Uint8Array;
  readonly surbs: number;
}

/** Sends messages, several at a time, in order of the calls, and waits until each has reached its stage. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  /** Messages that have not reached their stage, and how long they are. */
  readonly #open = new Map<Sending, number>();
  readonly #tasks = new Set<Promise<void>>();
  readonly #broken = new AbortController();
  readonly #signal: AbortSignal;
  #done = 0;
  #doneBytes = 0;
  #faults = 0;
  #firstFault: unknown;

  /** Nothing is sent yet. */
  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#signal = AbortSignal.any([options.signal, this.#broken.signal]);
  }

  /** How far the messages on their way have come: changes with every packet. */
  progress(): number {
    let progress = this.#done;
    for (const sending of this.#open.keys()) progress += sending.progress ?? 0;
    return progress;
  }

  /** How far all of it has come. */
  share(): Share {
    // Every packet counts when it leaves, and again when it is acknowledged.
    const steps = this.#options.stage === "acked" ? 2 : 1;
    let [through, total, isKnown] = [this.#doneBytes, this.#doneBytes, true];
    for (const [{ progress = 0, packets }, size] of this.#open) {
      total += size;
      if (packets === undefined) isKnown = false;
      else through += size * Math.min(1, progress / (packets * steps));
    }
    return { through: isKnown ? through : undefined, total };
  }

  /**
   * Hand over a message; waits while too many are on their way.
   *
   * @throws If sending cannot go on: with what has happened to this message or to one before.
   */
  async send(dispatch: Dispatch): Promise<void> {
    while (this.#tasks.size >= MAX_IN_FLIGHT) await Promise.race(this.#tasks);
    let sending: Sending;
    try {
      sending = await this.#options.mailbox.send(dispatch, {
        signal: this.#signal,
      });
    } catch (error) {
      return await this.reject(error, nameOf(dispatch.target), dispatch);
    }
    this.#open.set(sending, dispatch.body.length);
    await tellTaken(dispatch.body.length, sending, this.#options.output);
    const task = this.#settle(sending, dispatch)
      .catch((error) => this.#broken.abort(error))
      .finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }

  /**
   * Wait for everything that was handed over.
   *
   * @throws If sending could not go on.
   * @throws {NymError} If a message did not get there; with exit code 10 if others did.
   */
  async finish(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    this.#signal.throwIfAborted();
    if (this.#faults === 0) return;
    if (this.#done === 0) throw this.#firstFault;
    throw new NymError(
      `Sent ${this.#done} of ${this.#done + this.#faults} messages`,
      {
        cause: this.#firstFault,
        exitCode: EXIT.partial,
        hint: describe(this.#firstFault).message,
      },
    );
  }

  /** Take back what can be taken back, and put into the error what became of the rest. */
  async abandon(error: unknown): Promise<unknown> {
    this.#broken.abort(error);
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    const untouched = await Promise.all([...this.#open.keys()].map(takeBack));
    const before = this.#done > 0 ? `, after ${this.#done} messages` : "";
    return unfinished(error, untouched.some((all) => !all), before);
  }

  /**
   * Note an error that concerns one message alone.
   *
   * @throws Any other error.
   */
  async reject(
    error: unknown,
    name: TargetName,
    { body, surbs }: Pick<Dispatch, "body" | "surbs">,
    sending?: Sending,
  ): Promise<void> {
    if (!ONE_MESSAGE.includes(describe(error).code)) throw error;
    this.#faults++;
    this.#firstFault ??= unfinished(error, sending !== undefined);
    await tellSent(
      { name, size: body.length, surbs, sending, stage: "failed" },
      this.#options.output,
    );
  }

  async #settle(sending: Sending, dispatch: Dispatch): Promise<void> {
    const { stage, output } = this.#options;
    const { body, surbs } = dispatch;
    const name = nameOf(dispatch.target);
    try {
      await sending.reached(stage, this.#signal);
    } catch (error) {
      await this.reject(error, name, dispatch, sending);
      this.#open.delete(sending);
      return;
    }
    this.#open.delete(sending);
    this.#done++;
    this.#doneBytes += body.length;
    await tellSent({ name, size: body.length, surbs, sending, stage }, output);
  }
}
