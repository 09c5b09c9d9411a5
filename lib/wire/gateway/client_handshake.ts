import type { Bytes } from "../../bytes/brand.ts";
import { shortKey } from "../../bytes/short_key.ts";
import { wipe } from "../../bytes/wipe.ts";
import { GCM_SIV_NONCE_SIZE } from "../../crypto/aes_gcm_siv.ts";
import type { Ed25519KeyPair } from "../../crypto/ed25519.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { generateX25519, type X25519KeyPair } from "../../crypto/x25519.ts";
import { CryptoError, EXIT, NymError, ProtocolError } from "../../errors.ts";
import type { HandshakePayload } from "./control_parts.ts";
import type { ControlRequest } from "./control_request.ts";
import type { ControlResponse, RegisterResponse } from "./control_response.ts";
import { quoted } from "./quoted.ts";
import {
  decodeGatewayProof,
  deriveSharedKey,
  encodeClientHello,
  HANDSHAKE_SALT_SIZE,
  HANDSHAKE_SUCCESS,
  sealProof,
  verifyProof,
} from "./handshake_message.ts";
import {
  type GatewayProtocol,
  negotiatedProtocol,
  NEWEST_GATEWAY_PROTOCOL,
} from "./version.ts";

/** What a client needs to register. */
export interface ClientHandshakeInput {
  /** The client's identity. */
  readonly identity: Ed25519KeyPair;
  /** The gateway's identity as the directory names it: the gateway must prove that it is the one. */
  readonly gateway: Uint8Array;
  /** The version to propose, see {@linkcode proposedProtocol}. */
  readonly protocol: GatewayProtocol;
  /** The newest version that the gateway may answer with. @default 6 */
  readonly newest?: GatewayProtocol | undefined;
  /** Gives 32 bytes for the ephemeral key, 16 for the salt and 12 for the nonce, in this order. */
  readonly random: RandomSource;
}

/**
 * Where a client stands in its registration. A state is used up by {@linkcode advanceClientHandshake}, which wipes the
 * secrets that are no longer needed.
 */
export type ClientHandshake =
  /** The hello is out, the gateway's proof is awaited. */
  | {
    readonly kind: "awaitingProof";
    readonly input: ClientHandshakeInput;
    readonly ephemeral: X25519KeyPair;
    readonly salt: Bytes;
    readonly nonce: Bytes;
  }
  /** Our proof is out, the gateway's confirmation is awaited. */
  | {
    readonly kind: "awaitingConfirmation";
    readonly input: ClientHandshakeInput;
    readonly sharedKey: Bytes;
  }
  /** The key stands. What the gateway has stored comes now, in binary frames under `sharedKey`; then its `register`. */
  | {
    readonly kind: "awaitingRegistration";
    readonly input: ClientHandshakeInput;
    readonly sharedKey: Bytes;
  }
  /** Registered, and authenticated on this connection. */
  | {
    readonly kind: "registered";
    readonly sharedKey: Bytes;
    readonly protocol: GatewayProtocol;
    readonly upgradeMode: boolean;
  }
  /** Over. What is still to be sent comes with the step. */
  | { readonly kind: "failed"; readonly error: NymError };

/** Where a step leads, and what is to be sent on the way. */
export interface ClientHandshakeStep {
  /** Where it leads. */
  readonly state: ClientHandshake;
  /** What is to be sent, in this order. */
  readonly send: readonly ControlRequest[];
}

/**
 * Begin to register with a gateway (nymtech/nym, common/gateway-requests/src/registration/handshake/client.rs). The
 * gateway's `supportedProtocol` has come before.
 */
export function beginClientHandshake(
  input: ClientHandshakeInput,
): ClientHandshakeStep {
  const ephemeral = generateX25519(input.random);
  const salt = input.random(HANDSHAKE_SALT_SIZE);
  const nonce = input.random(GCM_SIV_NONCE_SIZE);
  const hello = encodeClientHello({
    identity: input.identity.public,
    ephemeral: ephemeral.public,
    salt,
  });
  return {
    state: { kind: "awaitingProof", input, ephemeral, salt, nonce },
    send: [payload(input, hello)],
  };
}

/** Take a text frame from the gateway. Frames that do not belong to the registration change nothing. */
export function advanceClientHandshake(
  state: ClientHandshake,
  response: ControlResponse,
): ClientHandshakeStep {
  if (state.kind === "registered" || state.kind === "failed") {
    return { state, send: [] };
  }
  const { gateway } = state.input;
  if (response.kind === "error" || response.kind === "handshakeError") {
    return failed(
      state,
      refused(gateway, `it says ${quoted(response.message)}`),
    );
  }
  try {
    if (response.kind === "handshakePayload") {
      if (state.kind === "awaitingProof") return answerProof(state, response);
      if (state.kind === "awaitingConfirmation") {
        return takeConfirmation(state, response);
      }
    }
    if (response.kind === "register" && state.kind === "awaitingRegistration") {
      return takeRegistration(state, response);
    }
  } catch (error) {
    // Only errors that we throw on purpose are the gateway's fault.
    if (!(error instanceof NymError)) throw error;
    const { message } = error;
    return failed(state, error, [{ kind: "handshakeError", message }]);
  }
  return { state, send: [] };
}

function answerProof(
  state: ClientHandshake & { kind: "awaitingProof" },
  response: HandshakePayload,
): ClientHandshakeStep {
  const { input, ephemeral, salt, nonce } = state;
  const { ephemeral: peer, proof } = decodeGatewayProof(response.data);
  const own = ephemeral.public;
  let sharedKey: Bytes | undefined;
  try {
    sharedKey = deriveSharedKey(ephemeral.secret, peer, salt);
    verifyProof({ sharedKey, identity: input.gateway, own, peer, proof });
    const identitySecret = input.identity.secret;
    const answer = sealProof({ sharedKey, identitySecret, own, peer, nonce });
    return {
      state: { kind: "awaitingConfirmation", input, sharedKey },
      send: [payload(input, answer)],
    };
  } catch (cause) {
    if (sharedKey !== undefined) wipe(sharedKey);
    throw new CryptoError(
      `Cannot register with gateway ${
        shortKey(input.gateway)
      }: it does not prove that it is the one`,
      {
        cause,
        hint: "Check who answers at its address",
        exitCode: EXIT.down,
      },
    );
  } finally {
    wipe(ephemeral.secret);
  }
}

function takeConfirmation(
  state: ClientHandshake & { kind: "awaitingConfirmation" },
  response: HandshakePayload,
): ClientHandshakeStep {
  const { input, sharedKey } = state;
  if (response.data.length !== 1 || response.data[0] !== HANDSHAKE_SUCCESS) {
    return failed(state, refused(input.gateway, "it refuses our proof"));
  }
  return {
    state: { kind: "awaitingRegistration", input, sharedKey },
    send: [],
  };
}

function takeRegistration(
  state: ClientHandshake & { kind: "awaitingRegistration" },
  response: RegisterResponse,
): ClientHandshakeStep {
  const { input, sharedKey } = state;
  if (!response.status) {
    return failed(state, refused(input.gateway, "it refuses"));
  }
  const newest = input.newest ?? NEWEST_GATEWAY_PROTOCOL;
  const protocol = negotiatedProtocol(
    response.protocol,
    input.protocol,
    newest,
  );
  const { upgradeMode } = response;
  return {
    state: { kind: "registered", sharedKey, protocol, upgradeMode },
    send: [],
  };
}

function payload(input: ClientHandshakeInput, data: Bytes): HandshakePayload {
  return { kind: "handshakePayload", protocol: input.protocol, data };
}

function refused(gateway: Uint8Array, reason: string): ProtocolError {
  return new ProtocolError(
    `Cannot register with gateway ${shortKey(gateway)}: ${reason}`,
    { hint: "Try again, or choose another gateway", exitCode: EXIT.down },
  );
}

function failed(
  state: ClientHandshake,
  error: NymError,
  send: readonly ControlRequest[] = [],
): ClientHandshakeStep {
  if ("ephemeral" in state) wipe(state.ephemeral.secret);
  if ("sharedKey" in state) wipe(state.sharedKey);
  return { state: { kind: "failed", error }, send };
}
