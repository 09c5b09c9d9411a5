import type { Bytes } from "../../bytes/brand.ts";
import { ED25519_KEY_SIZE } from "../../crypto/ed25519.ts";
import {
  GCM_SIV_NONCE_SIZE,
  GCM_SIV_TAG_SIZE,
} from "../../crypto/aes_gcm_siv.ts";
import { JsonReader } from "../json_reader.ts";

/** Longer text frames are refused before they are parsed, in characters; only a payment comes anywhere near. */
export const MAX_CONTROL_LENGTH = 256 * 1024;

/** Longest sealed part of a control message, in bytes. */
export const MAX_SEALED_SIZE = 48 * 1024;

/** Longest payload of a handshake frame, in bytes; the longest real one is the gateway's of 124. */
const MAX_HANDSHAKE_SIZE = 1024;

/** Longest text that a peer may explain itself with, in characters. */
export const MAX_EXPLANATION_LENGTH = 4096;

/** A client's identity sealed with the shared key: 48 bytes. */
export const SEALED_IDENTITY_SIZE = ED25519_KEY_SIZE + GCM_SIV_TAG_SIZE;

/** Length of the nonces that go along with what is sealed: 12 bytes. */
export const NONCE_SIZE = GCM_SIV_NONCE_SIZE;

/** Version bytes fill one byte. */
export const MAX_VERSION = 0xff;

/** One step of a registration, the same in both directions. */
export interface HandshakePayload {
  /** Names the type of frame. */
  readonly kind: "handshakePayload";
  /** The version that is proposed or echoed, where the peer says so. */
  readonly protocol: number | undefined;
  /** The step, see `handshake_message.ts`. */
  readonly data: Bytes;
}

/** Something sealed with the shared key, and the nonce that it is sealed with. */
export interface SealedControl<Kind extends string> {
  /** Names the type of frame. */
  readonly kind: Kind;
  /** Ciphertext and tag. */
  readonly ciphertext: Bytes;
  /** 12 bytes. */
  readonly nonce: Bytes;
}

/** Parse a text frame. */
export function parseControl(text: string, title: string): JsonReader {
  return JsonReader.parse(text, { title, maxLength: MAX_CONTROL_LENGTH });
}

/** The version of a frame: official peers write a number, null or nothing, depending on their age. */
export function readVersion(json: JsonReader): number | undefined {
  return json.optional("protocol_version")?.integer(0, MAX_VERSION);
}

/** Read a step of a registration; both directions share its shape. */
export function readHandshakePayload(json: JsonReader): HandshakePayload {
  return {
    kind: "handshakePayload",
    protocol: readVersion(json),
    data: json.field("data").byteArray(0, MAX_HANDSHAKE_SIZE),
  };
}

/** Write a step of a registration; both directions share its shape. */
export function encodeHandshakePayload(payload: HandshakePayload): string {
  return JSON.stringify({
    type: payload.kind,
    protocol_version: payload.protocol,
    data: [...payload.data],
  });
}

/** Read what a peer explains itself with. */
export function readExplanation(json: JsonReader): string {
  return json.field("message").string(MAX_EXPLANATION_LENGTH);
}

/** Read what is sealed with the shared key; both directions share its shape. */
export function readSealed(
  json: JsonReader,
): { ciphertext: Bytes; nonce: Bytes } {
  return {
    ciphertext: json.field("ciphertext").byteArray(0, MAX_SEALED_SIZE),
    nonce: json.field("nonce").byteArray(NONCE_SIZE),
  };
}
