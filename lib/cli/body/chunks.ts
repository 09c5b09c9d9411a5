import type { Bytes } from "../../bytes/brand.ts";
import { concat } from "../../bytes/concat.ts";
import { MAX_MESSAGE_SIZE, tooLarge } from "./limit.ts";

/** Collects pieces of one message, up to the size that one may have. */
export class ChunkJoiner {
  readonly #title: string;
  #chunks: Uint8Array[] = [];
  #size = 0;

  /** `title` is what the error calls the message. */
  constructor(title: string) {
    this.#title = title;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#size;
  }

  /**
   * Add a piece.
   *
   * @throws {UsageError} With exit code 8 if that is too much.
   */
  add(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > MAX_MESSAGE_SIZE) throw tooLarge(this.#title);
    this.#chunks.push(chunk);
  }

  /** The message; the joiner is empty afterwards. */
  take(): Bytes {
    const joined = concat(...this.#chunks);
    this.#chunks = [];
    this.#size = 0;
    return joined;
  }
}

/**
 * Join all chunks.
 *
 * @throws {UsageError} With exit code 8 if they are too much for one message.
 */
export async function joinChunks(
  chunks: AsyncIterable<Uint8Array>,
  title: string,
): Promise<Bytes> {
  const joiner = new ChunkJoiner(title);
  for await (const chunk of chunks) joiner.add(chunk);
  return joiner.take();
}

/** Cut chunks into records that end with the byte `separator`; the last one counts without it. Bytes stay as they are. */
export async function* cutRecords(
  chunks: AsyncIterable<Uint8Array>,
  separator: number,
  title: string,
): AsyncGenerator<Bytes, void, undefined> {
  const joiner = new ChunkJoiner(title);
  for await (const chunk of chunks) {
    let start = 0;
    for (
      let end = chunk.indexOf(separator);
      end !== -1;
      end = chunk.indexOf(separator, start)
    ) {
      joiner.add(chunk.subarray(start, end));
      yield joiner.take();
      start = end + 1;
    }
    // The source may use its buffer again while a record is being sent.
    if (start < chunk.length) joiner.add(chunk.slice(start));
  }
  if (joiner.size > 0) yield joiner.take();
}
