import type { Clock } from "../async/clock.ts";
import { Doorbell } from "../async/doorbell.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";
import type { SendBuffer } from "./send_buffer.ts";

/** What the two ends of a stream stand on. */
export interface StreamEndsOptions {
  /** What is written goes here. */
  readonly send: SendBuffer;
  /** What is read comes from here. */
  readonly receive: ReceiveBuffer;
  /** Time. */
  readonly clock: Clock;
  /** Ends every wait when the stream is over. */
  readonly signal: AbortSignal;
  /** Something was written, ended or read. */
  readonly onChange: () => void;
  /** The application does not want to read or write any more. */
  readonly onCancel: (what: string) => Promise<void>;
}

/** The ends of a stream that the application holds, over the buffers that the network fills and empties. */
export class StreamEnds {
  /** What the peer sends, in order. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What is sent to the peer. */
  readonly writable: WritableStream<Uint8Array>;
  readonly #options: StreamEndsOptions;
  readonly #readBell: Doorbell;
  readonly #roomBell: Doorbell;
  #reading!: ReadableStreamDefaultController<Uint8Array>;
  #writing!: WritableStreamDefaultController;

  /** Open both ends. */
  constructor(options: StreamEndsOptions) {
    this.#options = options;
    this.#readBell = new Doorbell(options.clock);
    this.#roomBell = new Doorbell(options.clock);
    this.readable = new ReadableStream({
      start: (controller) => void (this.#reading = controller),
      pull: () => this.#pull(),
      cancel: () => options.onCancel("the reader has gone"),
    }, { highWaterMark: 0 });
    this.writable = new WritableStream({
      start: (controller) => void (this.#writing = controller),
      write: (chunk) => this.#write(chunk),
      close: () => this.#finish(),
      abort: () => options.onCancel("the writer has gone"),
    });
  }

  /** The buffers have changed: wake who waits for bytes or for room. */
  wake(): void {
    this.#readBell.ring();
    this.#roomBell.ring();
  }

  /** Let both ends fail. */
  fail(error: unknown): void {
    for (const controller of [this.#reading, this.#writing]) {
      try {
        controller.error(error);
      } catch (closed) {
        // An end that is closed or failed already has nobody left to tell.
        if (!(closed instanceof TypeError)) throw closed;
      }
    }
  }

  async #pull(): Promise<void> {
    const { receive, signal, onChange } = this.#options;
    while (receive.readable === 0 && !receive.drained) {
      await this.#readBell.wait({ signal });
    }
    for (const chunk of receive.read()) this.#reading.enqueue(chunk);
    if (receive.drained) this.#reading.close();
    onChange();
  }

  async #write(chunk: Uint8Array): Promise<void> {
    const { send, signal, onChange } = this.#options;
    if (!(chunk instanceof Uint8Array)) {
      throw new TypeError("Cannot write to a stream: need a Uint8Array");
    }
    for (let rest = chunk; rest.length > 0;) {
      while (send.room === 0) await this.#roomBell.wait({ signal });
      const part = rest.subarray(0, send.room);
      // The buffer keeps it until it is acknowledged, and the writer may reuse its own.
      send.write(part.slice());
      rest = rest.subarray(part.length);
      onChange();
    }
  }

  #finish(): void {
    this.#options.send.finish();
    this.#options.onChange();
  }
}
