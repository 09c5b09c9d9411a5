import type { Plugin } from "nymwire";

/** How gzip begins (RFC 1952). */
const MAGIC = [0x1f, 0x8b, 0x08];

/**
 * Compresses what is sent and restores what arrives compressed; used on both ends. What does not get smaller is sent as it
 * is, unless it looks compressed already, so that every message arrives as it was. A message that would grow beyond
 * `maxSize` is dropped: a few bytes can hold gigabytes.
 */
export default {
  meta: {
    api: 1,
    name: "gzip",
    version: "1.0.0",
    description: "Compresses messages on the way out, restores them on arrival",
    options: {
      properties: {
        maxSize: {
          type: "integer",
          description: "No message grows larger when it is restored, in bytes",
          minimum: 1,
          maximum: 16_777_216,
          default: 4_194_304,
        },
      },
    },
  },

  async message(message, context) {
    if (!looksCompressed(message.bytes)) return;
    const body = await restore(message.bytes, context.options.maxSize);
    if (body === "too large") {
      return { kind: "drop", reason: "it would grow beyond maxSize" };
    }
    return body === "damaged" ? undefined : { kind: "replace", body };
  },

  async outgoing(message) {
    const body = await compress(message.bytes);
    const helps = body.length < message.bytes.length;
    if (!helps && !looksCompressed(message.bytes)) return;
    return { kind: "replace", body };
  },
} satisfies Plugin<{ maxSize: number }>;

function looksCompressed(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

async function compress(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The original; read piece by piece, so that no more than `limit` is ever held. */
async function restore(
  bytes: Uint8Array<ArrayBuffer>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | "too large" | "damaged"> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  try {
    for await (
      const part of new Blob([bytes]).stream().pipeThrough(
        new DecompressionStream("gzip"),
      )
    ) {
      length += part.length;
      if (length > limit) return "too large";
      parts.push(part);
    }
  } catch {
    // It only looked like it.
    return "damaged";
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
