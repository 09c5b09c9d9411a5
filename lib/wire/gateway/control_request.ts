import { encodeBase58 } from "../../bytes/base58.ts";
import type { Bytes } from "../../bytes/brand.ts";
import { ED25519_SIGNATURE_SIZE } from "../../crypto/ed25519.ts";
import type { JsonReader } from "../json_reader.ts";
import {
  encodeHandshakePayload,
  type HandshakePayload,
  MAX_SEALED_SIZE,
  MAX_VERSION,
  NONCE_SIZE,
  parseControl,
  readExplanation,
  readHandshakePayload,
  readSealed,
  readVersion,
  SEALED_IDENTITY_SIZE,
  type SealedControl,
} from "./control_parts.ts";

/** A signed and timed proof that a client holds the key which it registered with, for versions from 4 on. */
export interface AuthenticateV2Request {
  /** Names the type of frame. */
  readonly kind: "authenticateV2";
  /** The version that the client speaks. */
  readonly protocol: number;
  /** The client's Ed25519 identity, 32 bytes. */
  readonly identity: Bytes;
  /** The same sealed with the shared key, 48 bytes. */
  readonly sealedIdentity: Bytes;
  /** The nonce that it is sealed with, 12 bytes. */
  readonly nonce: Bytes;
  /** When it was made, in seconds since 1970. */
  readonly timestamp: number;
  /** The client's signature over all of that, 64 bytes. */
  readonly signature: Bytes;
}

/** A proof that a client holds the key which it registered with, for version 3: it can be replayed. */
export interface AuthenticateRequest {
  /** Names the type of frame. */
  readonly kind: "authenticate";
  /** The version that the client speaks. */
  readonly protocol: number | undefined;
  /** The client's Ed25519 identity, 32 bytes. */
  readonly identity: Bytes;
  /** The same sealed with the shared key, 48 bytes. */
  readonly sealedIdentity: Bytes;
  /** The nonce that it is sealed with, 12 bytes. */
  readonly nonce: Bytes;
}

/** A text frame from client to gateway. */
export type ControlRequest =
  /** Asks which version the gateway speaks; allowed at any time. */
  | { readonly kind: "supportedProtocol" }
  /** One step of a registration. */
  | HandshakePayload
  /** Gives a registration up. */
  | { readonly kind: "handshakeError"; readonly message: string }
  | AuthenticateV2Request
  | AuthenticateRequest
  /** Asks for the bandwidth that costs nothing. */
  | { readonly kind: "claimFreeTestnetBandwidth" }
  /** Pays with a ticket, sealed. */
  | SealedControl<"ecashCredential">
  /** Asks the gateway to stop metering. */
  | { readonly kind: "upgradeModeJwt"; readonly token: string }
  /** A request under seal, see `sealed_request.ts`. */
  | SealedControl<"encryptedRequest">
  /** Pays in a way that no gateway takes any more; its members are not read. */
  | { readonly kind: "obsoleteCredential" };

/**
 * Read a text frame from a client (nymtech/nym, common/gateway-requests/src/types/text_request). Unknown members are
 * ignored, an unknown type is not.
 *
 * @throws {DecodeError} Naming the key path of what does not fit.
 */
export function decodeControlRequest(text: string): ControlRequest {
  const json = parseControl(text, "gateway request");
  const type = json.field("type");
  switch (type.string()) {
    case "supportedProtocol":
      return { kind: "supportedProtocol" };
    case "handshakePayload":
    case "registerHandshakeInitRequest":
      return readHandshakePayload(json);
    case "handshakeError":
      return { kind: "handshakeError", message: readExplanation(json) };
    case "authenticateV2":
      return readAuthenticateV2(json);
    case "authenticate":
      return readAuthenticate(json);
    case "claimFreeTestnetBandwidth":
      return { kind: "claimFreeTestnetBandwidth" };
    case "ecashCredential":
      return {
        kind: "ecashCredential",
        ciphertext: json.field("enc_credential").byteArray(0, MAX_SEALED_SIZE),
        nonce: (json.optional("iv") ?? json.field("nonce"))
          .byteArray(NONCE_SIZE),
      };
    case "upgradeModeJWT":
      return { kind: "upgradeModeJwt", token: json.field("token").string() };
    case "encryptedRequest":
      return { kind: "encryptedRequest", ...readSealed(json) };
    case "bandwidthCredential":
    case "bandwidthCredentialV2":
      return { kind: "obsoleteCredential" };
    default:
      throw type.error("unknown type of request");
  }
}

/** Write a text frame to a gateway. */
export function encodeControlRequest(
  request: Exclude<ControlRequest, { kind: "obsoleteCredential" }>,
): string {
  switch (request.kind) {
    case "supportedProtocol":
    case "claimFreeTestnetBandwidth":
      return JSON.stringify({ type: request.kind });
    case "handshakePayload":
      return encodeHandshakePayload(request);
    case "handshakeError":
      return JSON.stringify({ type: request.kind, message: request.message });
    case "authenticateV2":
      return JSON.stringify({
        type: request.kind,
        protocolVersion: request.protocol,
        clientIdentity: [...request.identity],
        addressCiphertext: request.sealedIdentity.toBase64(),
        nonce: request.nonce.toBase64(),
        requestUnixTimestamp: request.timestamp,
        requestSignature: [...request.signature],
      });
    case "authenticate":
      return JSON.stringify({
        type: request.kind,
        protocol_version: request.protocol,
        address: encodeBase58(request.identity),
        enc_address: encodeBase58(request.sealedIdentity),
        iv: encodeBase58(request.nonce),
      });
    case "ecashCredential":
      return JSON.stringify({
        type: request.kind,
        enc_credential: [...request.ciphertext],
        iv: [...request.nonce],
      });
    case "upgradeModeJwt":
      return JSON.stringify({ type: "upgradeModeJWT", token: request.token });
    case "encryptedRequest":
      return JSON.stringify({
        type: request.kind,
        ciphertext: [...request.ciphertext],
        nonce: [...request.nonce],
      });
    default:
      return request satisfies never;
  }
}

function readAuthenticateV2(json: JsonReader): AuthenticateV2Request {
  return {
    kind: "authenticateV2",
    protocol: json.field("protocolVersion").integer(0, MAX_VERSION),
    identity: json.field("clientIdentity").byteArray(32),
    sealedIdentity: json.field("addressCiphertext").base64(
      SEALED_IDENTITY_SIZE,
    ),
    nonce: json.field("nonce").base64(NONCE_SIZE),
    timestamp: json.field("requestUnixTimestamp").integer(),
    signature: json.field("requestSignature").byteArray(ED25519_SIGNATURE_SIZE),
  };
}

function readAuthenticate(json: JsonReader): AuthenticateRequest {
  return {
    kind: "authenticate",
    protocol: readVersion(json),
    identity: json.field("address").base58(32),
    sealedIdentity: json.field("enc_address").base58(SEALED_IDENTITY_SIZE),
    nonce: json.field("iv").base58(NONCE_SIZE),
  };
}
