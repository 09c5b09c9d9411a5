import type { Bytes } from "../bytes/brand.ts";
import { CryptoError, DecodeError } from "../errors.ts";
import { isCover } from "./cover.ts";
import { openFragment, openReply } from "./encryption.ts";
import { decodeFragment, type Fragment } from "./fragment.ts";
import { KEY_BLOCK_SIZE, PACKET_SIZE } from "./packet_size.ts";

/** What a gateway pushes is told apart by its length alone: nothing shorter than a key and a header is a message. */
const MAX_ACK_SIZE = PACKET_SIZE.outfoxAck.plaintext;

/** Whether a push of `length` bytes is an acknowledgement or a message. */
export function classifyPush(length: number): "ack" | "data" {
  return length <= MAX_ACK_SIZE ? "ack" : "data";
}

/** What {@linkcode openPush} needs to know. */
export interface OpenPushOptions {
  /** The X25519 secret of the client. */
  readonly secret: Uint8Array;
  /** Finds the key with this digest among those given away with reply blocks, and forgets it: each is used once. */
  readonly takeReplyKey: (digest: Bytes) => Uint8Array | undefined;
}

/** What was in a push. */
export type OpenedPush =
  /** Nothing: one of our own cover packets. */
  | { readonly kind: "cover" }
  /** A part of a message; `reply` tells whether it came through a reply block of ours. */
  | {
    readonly kind: "fragment";
    readonly fragment: Fragment;
    readonly reply: boolean;
  };

/**
 * Decrypt a message that a gateway pushed.
 *
 * @throws {DecodeError} If it is not for us, or malformed; the two cannot be told apart.
 */
export function openPush(
  bytes: Uint8Array,
  options: OpenPushOptions,
): OpenedPush {
  const { secret, takeReplyKey } = options;
  const key = bytes.length < KEY_BLOCK_SIZE
    ? undefined
    : takeReplyKey(bytes.slice(0, KEY_BLOCK_SIZE) as Bytes);
  const content = key === undefined
    ? openSealed(bytes, secret)
    : openReply(bytes, key);
  if (isCover(content)) return { kind: "cover" };
  return {
    kind: "fragment",
    fragment: decodeFragment(content),
    reply: key !== undefined,
  };
}

function openSealed(bytes: Uint8Array, secret: Uint8Array): Bytes {
  try {
    return openFragment(bytes, secret);
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new DecodeError("Cannot decrypt message: unusable key", { cause });
  }
}
