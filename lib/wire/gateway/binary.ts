import type { Bytes } from "../../bytes/brand.ts";
import { concat } from "../../bytes/concat.ts";
import { ByteReader } from "../../bytes/reader.ts";
import {
  GCM_SIV_NONCE_SIZE,
  GCM_SIV_TAG_SIZE,
  openGcmSiv,
  sealGcmSiv,
} from "../../crypto/aes_gcm_siv.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { DecodeError } from "../../errors.ts";
import {
  decodeMixPacket,
  encodeMixPacket,
  type MixPacket,
  type MixPacketVersion,
} from "../../message/mix_packet.ts";
import { MAX_NODE_ADDRESS_SIZE } from "../../message/node_address.ts";
import { PACKET_SIZE } from "../../message/packet_size.ts";
import { sphinxPacketSize } from "../mix/frame.ts";
import { forwardKind, type GatewayProtocol } from "./version.ts";

/** In front of every body: `kind ‖ sealed ‖ nonce`. */
const FRAME_HEAD_SIZE = 1 + 1 + GCM_SIV_NONCE_SIZE;

/** The longest frame that means anything: the largest packet with type, rotation and an IPv6 address in front. */
export const MAX_BINARY_FRAME_SIZE = FRAME_HEAD_SIZE + GCM_SIV_TAG_SIZE +
  1 + 1 + MAX_NODE_ADDRESS_SIZE + PACKET_SIZE.extended32.total;

/** The only kind from gateway to client. */
const PUSH_KIND = 1;

/**
 * Frame a packet that the gateway is to send on: kind 1 with a mix packet of version 1, or kind 2 with one of version 2
 * where the protocol brings the key rotation along. Draws 12 bytes for the nonce.
 */
export function encodeForward(
  sharedKey: Uint8Array,
  mixPacket: MixPacket,
  protocol: GatewayProtocol,
  random: RandomSource,
): Bytes {
  const kind = forwardKind(protocol);
  const plain = encodeMixPacket(mixPacket, kind);
  return encodeFrame({ kind, sharedKey, plain, random });
}

/**
 * Read a packet that a client wants sent on, of either kind: gateways take both whatever was negotiated.
 *
 * @throws {CryptoError} If the frame is not sealed with the key.
 * @throws {DecodeError} If it is too long, of another kind, or holds no Sphinx packet.
 */
export function decodeForward(
  sharedKey: Uint8Array,
  frame: Uint8Array,
): MixPacket {
  const { kind, plain } = decodeFrame(sharedKey, frame);
  if (kind !== 1 && kind !== 2) {
    throw new DecodeError(
      `Cannot decode gateway frame: unknown kind of request ${kind}`,
    );
  }
  const mixPacket = decodeMixPacket(plain, kind satisfies MixPacketVersion);
  sphinxPacketSize(mixPacket.packet.length);
  return mixPacket;
}

/** Frame what the last hop found for a client, an acknowledgement or a message. Draws 12 bytes for the nonce. */
export function encodePush(
  sharedKey: Uint8Array,
  payload: Uint8Array,
  random: RandomSource,
): Bytes {
  return encodeFrame({ kind: PUSH_KIND, sharedKey, plain: payload, random });
}

/**
 * Read what a gateway pushes.
 *
 * @throws {CryptoError} If the frame is not sealed with the key.
 * @throws {DecodeError} If it is too long or of another kind.
 */
export function decodePush(sharedKey: Uint8Array, frame: Uint8Array): Bytes {
  const { kind, plain } = decodeFrame(sharedKey, frame);
  if (kind === PUSH_KIND) return plain;
  throw new DecodeError(
    `Cannot decode gateway frame: unknown kind of push ${kind}`,
  );
}

/** Write `kind ‖ 01 ‖ nonce(12) ‖ sealed body` (nymtech/nym, common/gateway-requests/src/types). */
function encodeFrame(input: {
  readonly kind: number;
  readonly sharedKey: Uint8Array;
  readonly plain: Uint8Array;
  readonly random: RandomSource;
}): Bytes {
  const { kind, sharedKey, plain, random } = input;
  const nonce = random(GCM_SIV_NONCE_SIZE);
  const body = sealGcmSiv(sharedKey, nonce, plain);
  return concat(Uint8Array.of(kind, 1), nonce, body);
}

/**
 * Read a frame, be it sealed or, as official peers read and never write, `kind ‖ 00 ‖ nonce(12) ‖ body`. Kind and flag
 * are not authenticated: the format gives no place to.
 */
function decodeFrame(
  sharedKey: Uint8Array,
  frame: Uint8Array,
): { kind: number; plain: Bytes } {
  if (frame.length > MAX_BINARY_FRAME_SIZE) {
    throw new DecodeError(
      `Cannot decode gateway frame: need at most ${MAX_BINARY_FRAME_SIZE} bytes, have ${frame.length}`,
    );
  }
  const reader = new ByteReader(frame, "gateway frame");
  const kind = reader.u8("kind");
  const sealed = reader.u8("seal flag");
  const nonce = reader.bytes(GCM_SIV_NONCE_SIZE, "nonce");
  const body = reader.rest();
  if (sealed === 0) return { kind, plain: body };
  if (sealed !== 1) {
    throw new DecodeError(
      `Cannot decode gateway frame: unknown seal flag ${sealed}`,
    );
  }
  if (body.length < GCM_SIV_TAG_SIZE) {
    throw new DecodeError(
      `Cannot decode gateway frame: need ${GCM_SIV_TAG_SIZE} sealed bytes, have ${body.length}`,
    );
  }
  return { kind, plain: openGcmSiv(sharedKey, nonce, body) };
}
