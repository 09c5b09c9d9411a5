import { ConnectionError, EXIT, NymError } from "../errors.ts";
import type { Sending, Stage } from "../mailbox/mailbox.ts";

/** What an {@linkcode Outgoing} tells its client. */
export interface OutgoingEvents {
  /** It is over: acknowledged, failed or taken back. */
  readonly onOver: () => void;
  /** A packet left for the first time, or never will. */
  readonly onRoom: (packets: number) => void;
}

/** A message on its way out: how far each of its packets has come. */
export class Outgoing implements Sending {
  readonly id: string;
  readonly packets: number;
  readonly #events: OutgoingEvents;
  readonly #waiting = new Set<() => void>();
  #left = 0;
  #acked = 0;
  #failure: NymError | undefined;

  /** All packets are queued. */
  constructor(
    id: string,
    packets: number,
    events: OutgoingEvents,
  ) {
    this.id = id;
    this.packets = packets;
    this.#events = events;
  }

  /** Packets that have left at least once. */
  get left(): number {
    return this.#left;
  }

  /** Packets that the recipient's gateway has. */
  get acked(): number {
    return this.#acked;
  }

  /** Grows with every packet that leaves or is acknowledged. */
  get progress(): number {
    return this.#left + this.#acked;
  }

  /** Whether it cannot go on. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Whether nothing more will happen to it. */
  get over(): boolean {
    return this.#failure !== undefined || this.#acked === this.packets;
  }

  /** A packet of it has left for the first time. */
  packetLeft(): void {
    this.#left++;
    this.#events.onRoom(1);
    if (this.#left === this.packets) this.#tell();
  }

  /** A packet of it was acknowledged. */
  packetAcked(): void {
    if (this.over) return;
    this.#acked++;
    if (this.over) this.#end();
  }

  /** It cannot go on. */
  fail(error: NymError): void {
    if (this.over) return;
    this.#failure = error;
    this.#events.onRoom(this.packets - this.#left);
    this.#end();
  }

  async reached(stage: Stage, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (!this.#has(stage)) {
      if (this.#failure !== undefined) throw this.#failure;
      await this.#change(signal);
    }
  }

  withdraw(): Promise<boolean> {
    // What has left altogether is not hurt: its acknowledgements still count.
    if (this.#left === this.packets) return Promise.resolve(this.packets === 0);
    const untouched = this.#left === 0;
    this.fail(
      new NymError("Cannot go on sending: the message was taken back", {
        exitCode: EXIT.failure,
        mayArrive: this.#left > 0,
      }),
    );
    return Promise.resolve(untouched);
  }

  #has(stage: Stage): boolean {
    switch (stage) {
      case "queued":
        return true;
      case "flushed":
        return this.#left === this.packets;
      case "acked":
        return this.#acked === this.packets;
    }
  }

  #end(): void {
    this.#tell();
    this.#events.onOver();
  }

  #tell(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const tell of waiting) tell();
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const tell = () => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      };
      const onAbort = () => {
        this.#waiting.delete(tell);
        reject(signal!.reason);
      };
      this.#waiting.add(tell);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  }
}

/** The error of a message whose packets were sent again and again. */
export function retriesUsedUp(times: number): ConnectionError {
  return new ConnectionError(
    `Cannot deliver message: a packet was not acknowledged after ${times} repetitions`,
    {
      exitCode: EXIT.lost,
      hint: "Check that the recipient's gateway is reachable, and send again",
      mayArrive: true,
    },
  );
}
