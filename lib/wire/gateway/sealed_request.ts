import type { Bytes } from "../../bytes/brand.ts";
import {
  GCM_SIV_NONCE_SIZE,
  openGcmSiv,
  sealGcmSiv,
} from "../../crypto/aes_gcm_siv.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { DecodeError } from "../../errors.ts";
import { JsonReader } from "../json_reader.ts";
import { MAX_SEALED_SIZE, type SealedControl } from "./control_parts.ts";

/** What a session can be counted as. */
export const SESSION_TYPES = [
  "Vpn",
  "Mixnet",
  "Wasm",
  "Native",
  "Socks5",
  "Unknown",
] as const;

/** One of {@linkcode SESSION_TYPES}. */
export type SessionType = typeof SESSION_TYPES[number];

/** What a client asks of its gateway under seal. */
export type SealedRequest =
  /** Delete the inbox, the bandwidth and the shared key of this client (`client`), or what is counted of it (`stats`). */
  | {
    readonly kind: "forgetMe";
    readonly client: boolean;
    readonly stats: boolean;
  }
  /** Count this session. */
  | { readonly kind: "rememberMe"; readonly sessionType: SessionType };

/** What the gateway answers under seal. */
export type SealedResponse =
  | { readonly kind: "forgetMeAck" }
  | { readonly kind: "rememberMeAck" };

/** Seal a request (nymtech/nym, common/gateway-requests/src/types/text_request/mod.rs); draws 12 bytes for the nonce. */
export function sealRequest(
  sharedKey: Uint8Array,
  request: SealedRequest,
  random: RandomSource,
): SealedControl<"encryptedRequest"> {
  const json = request.kind === "forgetMe"
    ? { ForgetMe: { client: request.client, stats: request.stats } }
    : { RememberMe: { session_type: request.sessionType } };
  return { kind: "encryptedRequest", ...seal(sharedKey, json, random) };
}

/**
 * Open a request.
 *
 * @throws {CryptoError} If it is not sealed with the key.
 * @throws {DecodeError} If it is another request.
 */
export function openRequest(
  sharedKey: Uint8Array,
  sealed: SealedControl<"encryptedRequest">,
): SealedRequest {
  const json = open(sharedKey, sealed, "sealed request");
  const forget = json.optional("ForgetMe");
  if (forget !== undefined) {
    return {
      kind: "forgetMe",
      client: forget.field("client").boolean(),
      stats: forget.field("stats").boolean(),
    };
  }
  const remember = json.optional("RememberMe");
  if (remember === undefined) throw json.error("unknown request");
  const sessionType = remember.field("session_type").oneOf(SESSION_TYPES);
  return { kind: "rememberMe", sessionType };
}

/** Seal an answer; draws 12 bytes for the nonce. */
export function sealResponse(
  sharedKey: Uint8Array,
  response: SealedResponse,
  random: RandomSource,
): SealedControl<"encryptedResponse"> {
  const json = response.kind === "forgetMeAck"
    ? { ForgetMeAck: {} }
    : { RememberMeAck: {} };
  return { kind: "encryptedResponse", ...seal(sharedKey, json, random) };
}

/**
 * Open an answer.
 *
 * @throws {CryptoError} If it is not sealed with the key.
 * @throws {DecodeError} If it is another answer.
 */
export function openResponse(
  sharedKey: Uint8Array,
  sealed: SealedControl<"encryptedResponse">,
): SealedResponse {
  const json = open(sharedKey, sealed, "sealed response");
  if (json.optional("ForgetMeAck") !== undefined) {
    return { kind: "forgetMeAck" };
  }
  if (json.optional("RememberMeAck") !== undefined) {
    return { kind: "rememberMeAck" };
  }
  throw json.error("unknown response");
}

function seal(
  sharedKey: Uint8Array,
  json: unknown,
  random: RandomSource,
): { ciphertext: Bytes; nonce: Bytes } {
  const nonce = random(GCM_SIV_NONCE_SIZE);
  const plain = new TextEncoder().encode(JSON.stringify(json));
  return { ciphertext: sealGcmSiv(sharedKey, nonce, plain), nonce };
}

function open(
  sharedKey: Uint8Array,
  sealed: SealedControl<string>,
  title: string,
): JsonReader {
  const plain = openGcmSiv(sharedKey, sealed.nonce, sealed.ciphertext);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(plain);
  } catch (cause) {
    throw new DecodeError(`Cannot decode ${title}: not UTF-8`, { cause });
  }
  return JsonReader.parse(text, { title, maxLength: MAX_SEALED_SIZE });
}
