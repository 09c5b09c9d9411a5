import type { JsonReader } from "../json_reader.ts";
import {
  encodeHandshakePayload,
  type HandshakePayload,
  MAX_EXPLANATION_LENGTH,
  MAX_VERSION,
  parseControl,
  readExplanation,
  readHandshakePayload,
  readSealed,
  readVersion,
  type SealedControl,
} from "./control_parts.ts";

/** A text frame from gateway to client. `upgradeMode` says that the gateway has stopped metering. */
export type ControlResponse =
  /** The version that the gateway speaks. */
  | { readonly kind: "supportedProtocol"; readonly version: number }
  /** One step of a registration. */
  | HandshakePayload
  /** Gives a registration up. */
  | { readonly kind: "handshakeError"; readonly message: string }
  /** Ends a registration. */
  | RegisterResponse
  /** Answers an authentication. */
  | AuthenticateResponse
  /** How many bytes may be sent after a claim. */
  | {
    readonly kind: "bandwidth";
    readonly available: number;
    readonly upgradeMode: boolean;
  }
  /** A packet was taken; how many bytes may be sent now. */
  | {
    readonly kind: "send";
    readonly remaining: number;
    readonly upgradeMode: boolean;
  }
  /** An answer under seal, see `sealed_request.ts`. */
  | SealedControl<"encryptedResponse">
  /** A request was refused; the text is not to be parsed. */
  | { readonly kind: "error"; readonly message: string }
  /** A packet was not taken, as it needs more bytes than there are. */
  | {
    readonly kind: "outOfBandwidth";
    readonly required: number;
    readonly available: number;
  }
  /** A ticket was spent before. */
  | { readonly kind: "ticketReplay" };

/** Ends a registration. */
export interface RegisterResponse {
  /** Names the type of frame. */
  readonly kind: "register";
  /** The version that both go by from now on, where the gateway says so. */
  readonly protocol: number | undefined;
  /** Whether the client is registered. */
  readonly status: boolean;
  /** Whether the gateway has stopped metering. */
  readonly upgradeMode: boolean;
}

/** Answers an authentication. */
export interface AuthenticateResponse {
  /** Names the type of frame. */
  readonly kind: "authenticate";
  /** The version that both go by from now on, where the gateway says so. */
  readonly protocol: number | undefined;
  /** Whether the client is let in. */
  readonly status: boolean;
  /** How many bytes may be sent. */
  readonly remaining: number;
  /** Whether the gateway has stopped metering. */
  readonly upgradeMode: boolean;
}

/**
 * Read a text frame from a gateway (nymtech/nym, common/gateway-requests/src/types/text_response.rs). Unknown members are
 * ignored, an unknown type is not.
 *
 * @throws {DecodeError} Naming the key path of what does not fit.
 */
export function decodeControlResponse(text: string): ControlResponse {
  const json = parseControl(text, "gateway response");
  const type = json.field("type");
  switch (type.string()) {
    case "supportedProtocol":
      return {
        kind: "supportedProtocol",
        version: json.field("version").integer(0, MAX_VERSION),
      };
    case "handshakePayload":
      return readHandshakePayload(json);
    case "handshakeError":
      return { kind: "handshakeError", message: readExplanation(json) };
    case "register":
      return {
        kind: "register",
        protocol: readVersion(json),
        status: json.field("status").boolean(),
        upgradeMode: readUpgradeMode(json),
      };
    case "authenticate":
      return {
        kind: "authenticate",
        protocol: readVersion(json),
        status: json.field("status").boolean(),
        remaining: readByteCount(json.field("bandwidth_remaining")),
        upgradeMode: readUpgradeMode(json),
      };
    case "bandwidth":
      return {
        kind: "bandwidth",
        available: readByteCount(json.field("available_total")),
        upgradeMode: readUpgradeMode(json),
      };
    case "send":
      return {
        kind: "send",
        remaining: readByteCount(json.field("remaining_bandwidth")),
        upgradeMode: readUpgradeMode(json),
      };
    case "encryptedResponse":
      return { kind: "encryptedResponse", ...readSealed(json) };
    case "error":
      return { kind: "error", message: readExplanation(json) };
    case "typedError":
      return readTypedError(json.field("error"));
    default:
      throw type.error("unknown type of response");
  }
}

/** Write a text frame to a client. */
export function encodeControlResponse(response: ControlResponse): string {
  const { kind: type } = response;
  switch (response.kind) {
    case "supportedProtocol":
      return JSON.stringify({ type, version: response.version });
    case "handshakePayload":
      return encodeHandshakePayload(response);
    case "handshakeError":
    case "error":
      return JSON.stringify({
        type,
        message: response.message.slice(0, MAX_EXPLANATION_LENGTH),
      });
    case "register":
      return JSON.stringify({
        type,
        protocol_version: response.protocol,
        status: response.status,
        upgrade_mode: response.upgradeMode,
      });
    case "authenticate":
      return JSON.stringify({
        type,
        protocol_version: response.protocol,
        status: response.status,
        bandwidth_remaining: response.remaining,
        upgrade_mode: response.upgradeMode,
      });
    case "bandwidth":
      return JSON.stringify({
        type,
        available_total: response.available,
        upgrade_mode: response.upgradeMode,
      });
    case "send":
      return JSON.stringify({
        type,
        remaining_bandwidth: response.remaining,
        upgrade_mode: response.upgradeMode,
      });
    case "encryptedResponse":
      return JSON.stringify({
        type,
        ciphertext: [...response.ciphertext],
        nonce: [...response.nonce],
      });
    case "outOfBandwidth": {
      const { required, available } = response;
      return JSON.stringify({
        type: "typedError",
        error: { out_of_bandwidth: { required, available } },
      });
    }
    case "ticketReplay":
      return JSON.stringify({ type: "typedError", error: "ticket_replay" });
    default:
      return response satisfies never;
  }
}

function readTypedError(json: JsonReader): ControlResponse {
  if (json.value === "ticket_replay") return { kind: "ticketReplay" };
  if (typeof json.value === "string") throw json.error("unknown type of error");
  const counts = json.field("out_of_bandwidth");
  return {
    kind: "outOfBandwidth",
    required: readByteCount(counts.field("required")),
    available: readByteCount(counts.field("available")),
  };
}

/** A signed number of 64 bits; above 2^53 it is not exact, which no client minds. */
function readByteCount(json: JsonReader): number {
  return json.integer(-(2 ** 63), 2 ** 63);
}

function readUpgradeMode(json: JsonReader): boolean {
  return json.optional("upgrade_mode")?.boolean() ?? false;
}
