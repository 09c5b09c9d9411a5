import type { Bytes } from "../../bytes/brand.ts";
import { concat } from "../../bytes/concat.ts";
import { ByteReader } from "../../bytes/reader.ts";
import { wipe } from "../../bytes/wipe.ts";
import {
  GCM_SIV_KEY_SIZE,
  GCM_SIV_NONCE_SIZE,
  GCM_SIV_TAG_SIZE,
  openGcmSiv,
  sealGcmSiv,
} from "../../crypto/aes_gcm_siv.ts";
import {
  ED25519_KEY_SIZE,
  ED25519_SIGNATURE_SIZE,
  signEd25519,
  verifyEd25519,
} from "../../crypto/ed25519.ts";
import { hkdfBlake3 } from "../../crypto/hkdf.ts";
import { x25519, X25519_KEY_SIZE } from "../../crypto/x25519.ts";
import { CryptoError } from "../../errors.ts";

/** Length of the salt that the client chooses. */
export const HANDSHAKE_SALT_SIZE = 16;

/** Length of a sealed signature with the nonce behind it: 92 bytes. */
export const SEALED_PROOF_SIZE = ED25519_SIGNATURE_SIZE + GCM_SIV_TAG_SIZE +
  GCM_SIV_NONCE_SIZE;

/** What the gateway confirms a registration with. */
export const HANDSHAKE_SUCCESS = 1;

/** First message, client to gateway. */
export interface ClientHello {
  /** The client's Ed25519 identity, 32 bytes. */
  readonly identity: Bytes;
  /** The client's X25519 key for this handshake alone, 32 bytes. */
  readonly ephemeral: Bytes;
  /** 16 random bytes for the key derivation. */
  readonly salt: Bytes;
}

/** Second message, gateway to client. */
export interface GatewayProof {
  /** The gateway's X25519 key for this handshake alone, 32 bytes. */
  readonly ephemeral: Bytes;
  /** Its signature, sealed, see {@linkcode sealProof}. */
  readonly proof: Bytes;
}

/** Write the first message: `identity(32) ‖ ephemeral(32) ‖ salt(16)`. */
export function encodeClientHello(hello: ClientHello): Bytes {
  return concat(hello.identity, hello.ephemeral, hello.salt);
}

/**
 * Read the first message.
 *
 * @throws {DecodeError} Unless it is 80 bytes; 64, without a salt, is a protocol that we do not speak.
 */
export function decodeClientHello(bytes: Uint8Array): ClientHello {
  const reader = new ByteReader(bytes, "client hello");
  const hello = {
    identity: reader.bytes(ED25519_KEY_SIZE, "identity"),
    ephemeral: reader.bytes(X25519_KEY_SIZE, "ephemeral key"),
    salt: reader.bytes(HANDSHAKE_SALT_SIZE, "salt"),
  };
  reader.end();
  return hello;
}

/** Write the second message: `ephemeral(32) ‖ proof(92)`. */
export function encodeGatewayProof(message: GatewayProof): Bytes {
  return concat(message.ephemeral, message.proof);
}

/**
 * Read the second message.
 *
 * @throws {DecodeError} Unless it is 124 bytes.
 */
export function decodeGatewayProof(bytes: Uint8Array): GatewayProof {
  const reader = new ByteReader(bytes, "gateway proof");
  const message = {
    ephemeral: reader.bytes(X25519_KEY_SIZE, "ephemeral key"),
    proof: reader.bytes(SEALED_PROOF_SIZE, "sealed signature"),
  };
  reader.end();
  return message;
}

/**
 * The key that client and gateway share from now on: HKDF-BLAKE3 of the X25519 of both ephemeral keys, with the salt and
 * without a label (nymtech/nym, common/gateway-requests/src/registration/handshake/state.rs).
 *
 * @throws {CryptoError} If the peer's key is of small order.
 */
export function deriveSharedKey(
  ephemeralSecret: Uint8Array,
  peerEphemeral: Uint8Array,
  salt: Uint8Array,
): Bytes {
  const dh = x25519(ephemeralSecret, peerEphemeral);
  try {
    return hkdfBlake3(dh, salt, GCM_SIV_KEY_SIZE);
  } finally {
    wipe(dh);
  }
}

/** Sign both ephemeral keys, one's own first, and seal the signature: `ciphertext(64) ‖ tag(16) ‖ nonce(12)`. */
export function sealProof(input: {
  readonly sharedKey: Uint8Array;
  readonly identitySecret: Uint8Array;
  readonly own: Uint8Array;
  readonly peer: Uint8Array;
  readonly nonce: Uint8Array;
}): Bytes {
  const { sharedKey, identitySecret, own, peer, nonce } = input;
  const signature = signEd25519(identitySecret, concat(own, peer));
  return concat(sealGcmSiv(sharedKey, nonce, signature), nonce);
}

/**
 * Open a peer's sealed signature and check that `identity` signed its own ephemeral key and ours, in this order.
 *
 * @throws {CryptoError} If any of it does not fit.
 */
export function verifyProof(input: {
  readonly sharedKey: Uint8Array;
  readonly identity: Uint8Array;
  readonly own: Uint8Array;
  readonly peer: Uint8Array;
  readonly proof: Uint8Array;
}): void {
  const { sharedKey, identity, own, peer, proof } = input;
  const cut = SEALED_PROOF_SIZE - GCM_SIV_NONCE_SIZE;
  const signature = openGcmSiv(
    sharedKey,
    proof.subarray(cut),
    proof.subarray(0, cut),
  );
  if (!verifyEd25519(identity, concat(peer, own), signature)) {
    throw new CryptoError("Cannot verify the signature of a handshake");
  }
}
