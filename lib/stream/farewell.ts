import type { Clock } from "../async/clock.ts";
import type { Doorbell } from "../async/doorbell.ts";
import { TaskSet } from "../async/tasks.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import type { Sending } from "../mailbox/mailbox.ts";
import type { AckSchedule } from "./ack_schedule.ts";
import type { Courier } from "./courier.ts";
import type { Outlet } from "./outlet.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";

/** How long a side whose client cannot tell `acked` stays to repeat its last acknowledgement, in milliseconds. */
const LINGER = 5000;

/** How long a farewell may take to leave to a peer that needs nothing more, in milliseconds. */
const COURTESY_TIME = 1000;

/** What a farewell stands on. */
export interface FarewellParts {
  readonly outlet: Outlet;
  readonly courier: Courier;
  readonly acks: AckSchedule;
  readonly receive: ReceiveBuffer;
  readonly clock: Clock;
  /** Rings when the peer was heard. */
  readonly bell: Doorbell;
  /** How long it may take, in milliseconds. */
  readonly idle: number;
  /** Whether the peer has said that it needs nothing more. */
  readonly peerDone: () => boolean;
}

/**
 * Tells the peer that everything has arrived, and stays until it knows, for certain or in all likelihood: it has said so, or
 * its gateway has the message, or it was silent for a while.
 */
export class Farewell {
  readonly #parts: FarewellParts;
  readonly #over = new AbortController();
  readonly #tasks = new TaskSet((error) => this.#over.abort(error));
  /** Whether it has left the client at least once. */
  #left = false;
  /** Whether the peer's gateway has it. */
  #arrived = false;
  #lingerUntil = Infinity;
  #courtesyUntil = Infinity;

  /** Nothing is said before {@linkcode say}. */
  constructor(parts: FarewellParts) {
    this.#parts = parts;
  }

  /**
   * Say it, as often as it takes.
   *
   * @throws {ConnectionError} With exit code 5 if the client could not send it in time.
   */
  async say(signal: AbortSignal): Promise<void> {
    const { acks, clock, idle } = this.#parts;
    const either = AbortSignal.any([signal, this.#over.signal]);
    const end = clock.now() + idle;
    acks.answer(clock.now());
    try {
      while (!this.#isKnown) {
        if (clock.now() >= end) throw unheard();
        await this.#step(end, either);
      }
    } finally {
      this.#over.abort();
      await this.#tasks.join();
    }
  }

  /** Whether the peer knows, or need not know. */
  get #isKnown(): boolean {
    const { clock, peerDone } = this.#parts;
    const now = clock.now();
    if (peerDone()) {
      this.#courtesyUntil = Math.min(this.#courtesyUntil, now + COURTESY_TIME);
    }
    return this.#arrived || (this.#left && peerDone()) ||
      now >= this.#lingerUntil || now >= this.#courtesyUntil;
  }

  async #step(end: number, signal: AbortSignal): Promise<void> {
    const { acks, clock, courier, receive, outlet, bell } = this.#parts;
    const now = clock.now();
    if (acks.isDue(now) && now >= courier.restUntil) {
      acks.told(receive.acknowledgement().limit);
      const deadline = Math.min(this.#courtesyUntil, end);
      const sending = await courier.deliver(outlet.final(), {
        deadline,
        signal,
      });
      if (sending) this.#tasks.add(this.#follow(sending, signal));
      else acks.answer(now);
      return;
    }
    const next = acks.deadline === undefined
      ? Infinity
      : Math.max(acks.deadline, courier.restUntil);
    const deadline = Math.min(
      next,
      this.#lingerUntil,
      this.#courtesyUntil,
      end,
    );
    await bell.wait({ deadline, signal });
  }

  async #follow(sending: Sending, signal: AbortSignal): Promise<void> {
    const { acks, clock, courier, bell } = this.#parts;
    const departed = await courier.follow(sending, signal);
    this.#left ||= departed;
    if (!departed) acks.answer(clock.now());
    else if (courier.strongestStage === "acked") {
      await this.#watch(sending, signal);
    } else this.#lingerUntil = clock.now() + LINGER;
    bell.ring();
  }

  async #watch(sending: Sending, signal: AbortSignal): Promise<void> {
    // It may take a while, and the peer may speak before.
    this.#parts.bell.ring();
    try {
      await sending.reached("acked", signal);
      this.#arrived = true;
    } catch {
      // The client has lost sight of it: it is said again.
      this.#parts.acks.answer(this.#parts.clock.now());
    }
  }
}

function unheard(): ConnectionError {
  return new ConnectionError(
    "Lost the pipe at its end: everything has arrived here, but the other side could not be told",
    {
      exitCode: EXIT.lost,
      mayArrive: true,
      hint: "Check that the client still has a connection to its gateway",
    },
  );
}
