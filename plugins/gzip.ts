/**
 * Packs what is sent and unpacks what arrives: fewer packets for text. Both ends need it; what others send passes as it is.
 *
 * ```sh
 * nymwire listen --plugin gzip
 * nymwire send --plugin gzip --to ADDRESS --file report.txt
 * ```
 *
 * A packed message is `nymwire-gzip:` and a gzip file. Unpacking stops at `maxBytes`: a bomb is an error of this message,
 * which `--on-error` decides about.
 *
 * @module
 */
import type { Plugin } from "nymwire";

interface Options {
  readonly minBytes: number;
  readonly maxBytes: number;
}

/** Tells packed messages from files that happen to be packed: those are not touched. */
const MARK = new TextEncoder().encode("nymwire-gzip:");

export default {
  meta: {
    api: 1,
    name: "gzip",
    version: "1.0.0",
    description: "Packs what is sent and unpacks what arrives",
    options: {
      properties: {
        minBytes: {
          type: "integer",
          description: "Smaller messages are sent as they are",
          default: 500,
          minimum: 0,
        },
        maxBytes: {
          type: "integer",
          description: "What a message may become when it is unpacked",
          default: 10_000_000,
          minimum: 1,
          maximum: 16_000_000,
        },
      },
    },
  },

  async outgoing({ bytes }, { options: { minBytes } }) {
    // A message that looks packed has to be packed, or the other end would try to unpack it.
    const must = isPacked(bytes);
    if (bytes.length < minBytes && !must) return { kind: "keep" };
    const pack = new Blob([bytes]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    const packed = await new Response(pack).bytes();
    const body = new Uint8Array(MARK.length + packed.length);
    body.set(MARK);
    body.set(packed, MARK.length);
    const gains = body.length < bytes.length;
    return gains || must ? { kind: "replace", body } : { kind: "keep" };
  },

  async message({ bytes }, { options: { maxBytes } }) {
    if (!isPacked(bytes)) return { kind: "keep" };
    return { kind: "replace", body: await unpack(bytes, maxBytes) };
  },
} satisfies Plugin<Options>;

function isPacked(bytes: Uint8Array): boolean {
  return MARK.every((byte, index) => bytes[index] === byte);
}

async function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  limit: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const unpacked = new Blob([bytes.subarray(MARK.length)]).stream()
    .pipeThrough(new DecompressionStream("gzip"));
  for await (const chunk of unpacked) {
    length += chunk.length;
    if (length > limit) {
      throw new RangeError(`Cannot unpack it: more than ${limit} bytes`);
    }
    chunks.push(chunk);
  }
  return await new Blob(chunks).bytes();
}
