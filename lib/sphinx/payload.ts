import type { Bytes } from "../bytes/brand.ts";
import { wipe } from "../bytes/wipe.ts";
import { lionessDecrypt, lionessEncrypt } from "../crypto/lioness.ts";
import { DecodeError } from "../errors.ts";
import {
  MIN_PAYLOAD_SIZE,
  PAYLOAD_OVERHEAD,
  SECURITY_PARAMETER,
} from "./constants.ts";
import { payloadKeyOf } from "./hop_keys.ts";

/** Ends the message inside the padded payload. */
const MARKER = 1;

/**
 * Pad a message and encrypt it for every hop, the last one first (Sphinx §8.1, §8.2).
 *
 * @param material Full key or seed of every hop, in route order.
 * @throws {RangeError} If the message does not fit: 17 bytes of `payloadSize` are overhead.
 */
export function sealPayload(
  message: Uint8Array,
  material: readonly Uint8Array[],
  payloadSize: number,
): Bytes {
  const padded = padPayload(message, payloadSize);
  const keys = material.map(payloadKeyOf).reverse();
  try {
    return lionessEncrypt(keys, padded);
  } finally {
    wipe(...keys);
  }
}

/** Take off the layer of one hop. */
export function openPayloadLayer(
  material: Uint8Array,
  payload: Uint8Array,
): Bytes {
  const key = payloadKeyOf(material);
  try {
    return lionessDecrypt(key, payload);
  } finally {
    wipe(key);
  }
}

/**
 * The message inside a payload that lost its last layer: between the zeros and the last byte 1 (Sphinx §8.3).
 *
 * @throws {DecodeError} If the zeros in front or the marker are missing: the packet was changed on its way.
 */
export function recoverMessage(payload: Uint8Array): Bytes {
  let prefix = 0;
  for (let i = 0; i < SECURITY_PARAMETER; i++) prefix |= payload[i]!;
  if (prefix !== 0) {
    throw new DecodeError(
      "Cannot recover payload: it does not start with zeros",
    );
  }
  const end = payload.lastIndexOf(MARKER);
  if (end < SECURITY_PARAMETER) {
    throw new DecodeError("Cannot recover payload: its end is not marked");
  }
  return payload.slice(SECURITY_PARAMETER, end) as Bytes;
}

function padPayload(message: Uint8Array, payloadSize: number): Bytes {
  if (!Number.isInteger(payloadSize) || payloadSize < MIN_PAYLOAD_SIZE) {
    throw new RangeError(
      `Cannot seal payload: need a size of at least ${MIN_PAYLOAD_SIZE}, have ${payloadSize}`,
    );
  }
  const room = payloadSize - PAYLOAD_OVERHEAD;
  if (message.length > room) {
    throw new RangeError(
      `Cannot seal payload: need room for ${message.length} bytes, have ${room}`,
    );
  }
  const padded = new Uint8Array(payloadSize);
  padded.set(message, SECURITY_PARAMETER);
  padded[SECURITY_PARAMETER + message.length] = MARKER;
  return padded;
}
