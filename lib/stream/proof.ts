import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { hmacSha256Native } from "../crypto/hmac.ts";
import { PROOF_SIZE, type StreamId } from "./segment.ts";

/** The proof of a side that has no code. */
export const NO_PROOF: Bytes = new Uint8Array(PROOF_SIZE);

/**
 * What a caller shows in its opening: `HMAC-SHA256(code, "nymwire pipe caller 1" ‖ stream id(16) ‖ listener address(96))`. It
 * is of use for this stream and this listener alone, so that a stranger who was called by mistake learns nothing to go on.
 */
export function callerProof(
  code: Uint8Array,
  id: StreamId,
  listener: Uint8Array,
): Bytes {
  return proof(code, "nymwire pipe caller 1", id, listener);
}

/** What a listener shows in its acceptance: the same with `"nymwire pipe listener 1"`. */
export function listenerProof(
  code: Uint8Array,
  id: StreamId,
  listener: Uint8Array,
): Bytes {
  return proof(code, "nymwire pipe listener 1", id, listener);
}

function proof(code: Uint8Array, label: string, ...parts: Uint8Array[]): Bytes {
  return hmacSha256Native(
    code,
    concat(new TextEncoder().encode(label), ...parts),
  ) as Bytes;
}
