import type { AsyncQueue } from "../../lib/async/queue.ts";

/** Take items out of a queue until it is closed and empty, or the signal fires. */
export async function* taking<T>(
  queue: AsyncQueue<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  for (;;) {
    const item = await queue.take(signal);
    if (item === undefined) return;
    yield item;
  }
}
