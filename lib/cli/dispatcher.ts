import { EXIT, type ExitCode } from "../errors.ts";
import type { Mailbox, Sending, Stage, Target } from "../mailbox/mailbox.ts";
import type { Output } from "./output.ts";
import { PartlySent } from "./partly_sent.ts";
import { plural } from "./plural.ts";
import { describe } from "./report.ts";
import type { Share } from "./send_progress.ts";
import { takeBack } from "./take_back.ts";
import { nameOf, type TargetName, tellSent, tellTaken } from "./sent.ts";
import { unfinished, unfinishedAfter } from "./unfinished.ts";

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
  /** Whether any of what failed may arrive. */
  #mayArrive = false;

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

  /** What is waited for, in words after "waiting for". */
  get waitedFor(): string {
    const stage = this.#open.size === 0 ? "queued" : this.#options.stage;
    if (stage === "queued") return "the client to take a message";
    const messages = plural(this.#open.size, "message");
    return stage === "flushed"
      ? `${messages} to leave`
      : `the recipient's gateway to acknowledge ${messages}`;
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
   * Wait for everything that was handed over. `broken` is what ended the messages before their end, if something did.
   *
   * @throws If sending could not go on.
   * @throws {NymError} If a message did not get there or there was to be more; with exit code 10 if others did.
   */
  async finish(broken?: unknown): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    this.#signal.throwIfAborted();
    const reason = broken ?? this.#firstFault;
    if (reason === undefined) return;
    if (this.#done === 0) throw unfinished(reason, this.#mayArrive);
    throw this.#partlySent(reason, broken !== undefined);
  }

  /** Take back what can be taken back, and put into the error what became of the rest. */
  async abandon(error: unknown): Promise<unknown> {
    this.#broken.abort(error);
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
    const untouched = await Promise.all([...this.#open.keys()].map(takeBack));
    return unfinishedAfter(
      this.#done,
      error,
      this.#mayArrive || untouched.some((all) => !all),
    );
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
    const fault = unfinished(error, sending !== undefined);
    this.#firstFault ??= fault;
    this.#mayArrive ||= describe(fault).mayArrive === true;
    await tellSent(
      { name, size: body.length, surbs, sending, stage: "failed" },
      this.#options.output,
    );
  }

  #partlySent(reason: unknown, isBroken: boolean): PartlySent {
    const [done, faults] = [this.#done, this.#faults];
    const { message } = reason instanceof Error ? reason : describe(reason);
    const failed = faults === 1 ? "1 failed" : `${faults} failed, the first`;
    const sent = faults === 0
      ? `Sent ${plural(done, "message")}`
      : `Sent ${done} of ${plural(done + faults, "message")}`;
    const why = isBroken ? `${sent}, and no more` : `${sent}; ${failed}`;
    return new PartlySent(
      `${why}: ${message[0]?.toLowerCase()}${message.slice(1)}`,
      {
        cause: reason,
        exitCode: EXIT.partial,
        hint: describe(reason).hint,
        sent: done,
        restMayArrive: this.#mayArrive,
      },
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
