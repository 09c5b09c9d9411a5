import { AsyncQueue } from "../async/queue.ts";
import type { Frame, ReceiveLimits } from "./transport.ts";

/** The largest frame that the runtime's WebSocket lets through. */
const MAX_FRAME = 64 * 1024 * 1024;

/** Why a frame was refused, as a close code of RFC 6455 §7.4. */
export interface Refusal {
  /** 1009: the frame is too long. 1008: the reader is too slow. */
  readonly code: 1008 | 1009;
  /** The same in words. */
  readonly reason: string;
}

/** Frames between a socket and its reader, bounded by number and by bytes. */
export class FrameQueue {
  readonly #queue: AsyncQueue<Frame>;
  readonly #maxFrame: number;
  readonly #maxBytes: number;
  #bytes = 0;

  /** Make an empty queue. */
  constructor(
    {
      maxFrame = MAX_FRAME,
      maxQueuedFrames = 16_384,
      maxQueuedBytes = MAX_FRAME,
    }: ReceiveLimits = {},
  ) {
    this.#queue = new AsyncQueue({ capacity: maxQueuedFrames });
    this.#maxFrame = maxFrame;
    this.#maxBytes = maxQueuedBytes;
  }

  /** Bytes waiting. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Put a frame in, or say why the connection has to end. Frames after {@linkcode end} vanish. */
  put(frame: Frame): Refusal | undefined {
    if (this.#queue.closed) return undefined;
    if (frame.length > this.#maxFrame) {
      return { code: 1009, reason: "frame too long" };
    }
    // An empty queue takes any single frame, so that a small bound of the queue is never one of the frame.
    const fits = this.#bytes === 0 ||
      this.#bytes + frame.length <= this.#maxBytes;
    if (!fits || !this.#queue.offer(frame)) {
      return { code: 1008, reason: "reader too slow" };
    }
    this.#bytes += frame.length;
    return undefined;
  }

  /** Nothing more will come. */
  end(): void {
    this.#queue.close();
  }

  /** Take frames out until the end. */
  async *read(onTaken: () => void = () => {}): AsyncGenerator<Frame, void> {
    for await (const frame of this.#queue) {
      this.#bytes -= frame.length;
      onTaken();
      yield frame;
    }
  }
}
