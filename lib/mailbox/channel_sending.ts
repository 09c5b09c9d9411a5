import { Waiters } from "../async/waiters.ts";
import { EXIT, UsageError } from "../errors.ts";
import { type Sending, type Stage, STAGES } from "./mailbox.ts";

/** A message that was sent over our channel. */
export class ChannelSending implements Sending {
  readonly #strongest: Stage;
  readonly #withdraw: () => Promise<boolean>;
  readonly #changed = new Waiters();
  #id = "";
  #packets: number | undefined;
  #progress: number | undefined;
  #reached = -1;
  #failure: { reason: unknown } | undefined;

  /** Not queued yet; `withdraw` asks the client to take it back. */
  constructor(strongest: Stage, withdraw: () => Promise<boolean>) {
    this.#strongest = strongest;
    this.#withdraw = withdraw;
  }

  get id(): string {
    return this.#id;
  }

  get packets(): number | undefined {
    return this.#packets;
  }

  get progress(): number | undefined {
    return this.#progress;
  }

  /** It has come so far. Returns whether it gets no further. */
  advance(stage: Stage, id: string, packets: number | undefined): boolean {
    this.#reached = Math.max(this.#reached, STAGES.indexOf(stage));
    this.#id = id;
    this.#packets = packets;
    this.#changed.wake();
    return stage === this.#strongest;
  }

  /** Packets have left or were acknowledged. */
  proceed(progress: number): void {
    this.#progress = progress;
  }

  /** It gets no further. */
  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#changed.wake();
  }

  async reached(stage: Stage, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (STAGES.indexOf(stage) > STAGES.indexOf(this.#strongest)) {
      throw new UsageError(
        `Cannot wait until the message is ${stage}: this client does not tell`,
        {
          exitCode: EXIT.refused,
          mayArrive: true,
          hint: `Wait for ${this.#strongest} at most`,
        },
      );
    }
    while (this.#reached < STAGES.indexOf(stage)) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      await this.#changed.change(signal);
    }
  }

  withdraw(): Promise<boolean> {
    return this.#withdraw();
  }
}
