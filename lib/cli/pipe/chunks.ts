import { abortable } from "../../async/abortable.ts";

/** What a stream gives, until the signal aborts; a read that is under way then is called off. Rejects with the signal's reason. */
export async function* abortableChunks(
  readable: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = readable.getReader();
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await abortable(reader.read(), signal);
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever holds the other side of it sees that by himself; that it has failed is known by now.
    reader.cancel().catch(() => {});
  }
}
