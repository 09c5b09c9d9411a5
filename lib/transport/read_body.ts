import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";

/**
 * Read the body of an answer, and let go of it.
 *
 * @returns Nothing if it is longer than `limit` bytes.
 * @throws The signal's reason, or what broke the connection.
 */
export async function readBody(
  { body }: Response,
  limit: number,
  signal: AbortSignal,
): Promise<Bytes | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  const stop = () => void reader?.cancel();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader?.read() ?? { done: true };
      signal.throwIfAborted();
      if (done || value === undefined) return concat(...chunks);
      length += value.length;
      if (length > limit) return undefined;
      chunks.push(value);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await reader?.cancel();
  }
}
