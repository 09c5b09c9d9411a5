import type { Bytes } from "../bytes/brand.ts";

/**
 * Join the payloads of a whole message and cut its padding off: everything before the last byte that equals 1
 * (nymtech/nym, `common/nymsphinx/src/message.rs`).
 *
 * @returns Nothing if no byte equals 1: the message is malformed.
 */
export function unpad(payloads: readonly Uint8Array[]): Bytes | undefined {
  let last = payloads.length - 1;
  let marker = -1;
  for (; last >= 0; last--) {
    marker = payloads[last]!.lastIndexOf(1);
    if (marker >= 0) break;
  }
  if (last < 0) return undefined;
  const whole = payloads.slice(0, last);
  const length = whole.reduce((sum, { length }) => sum + length, marker);
  const message = new Uint8Array(length);
  let offset = 0;
  for (const payload of whole) {
    message.set(payload, offset);
    offset += payload.length;
  }
  message.set(payloads[last]!.subarray(0, marker), offset);
  return message;
}
