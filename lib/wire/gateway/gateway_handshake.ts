import type { Bytes } from "../../bytes/brand.ts";
import { wipe } from "../../bytes/wipe.ts";
import { GCM_SIV_NONCE_SIZE } from "../../crypto/aes_gcm_siv.ts";
import type { Ed25519KeyPair } from "../../crypto/ed25519.ts";
import type { RandomSource } from "../../crypto/random.ts";
import { generateX25519, type X25519KeyPair } from "../../crypto/x25519.ts";
import { CryptoError, NymError, ProtocolError } from "../../errors.ts";
import type { HandshakePayload } from "./control_parts.ts";
import type { ControlRequest } from "./control_request.ts";
import type { ControlResponse } from "./control_response.ts";
import {
  decodeClientHello,
  deriveSharedKey,
  encodeGatewayProof,
  HANDSHAKE_SUCCESS,
  SEALED_PROOF_SIZE,
  sealProof,
  verifyProof,
} from "./handshake_message.ts";
import { quoted } from "./quoted.ts";
import {
  answerToHandshake,
  type GatewayProtocol,
  type HandshakeAnswer,
} from "./version.ts";

/** What a gateway needs to let a client register. */
export interface GatewayHandshakeInput {
  /** The gateway's identity. */
  readonly identity: Ed25519KeyPair;
  /** The version that it announces in `supportedProtocol`. */
  readonly announced: GatewayProtocol;
  /** Gives 32 bytes for the ephemeral key and 12 for the nonce, in this order. */
  readonly random: RandomSource;
}

/**
 * Where a gateway stands in the registration of a client. A state is used up by {@linkcode advanceGatewayHandshake}, which
 * wipes the secrets that are no longer needed.
 */
export type GatewayHandshake =
  /** The client's hello is awaited. */
  | {
    readonly kind: "awaitingHello";
    readonly input: GatewayHandshakeInput;
    readonly ephemeral: X25519KeyPair;
    readonly nonce: Bytes;
  }
  /** Our proof is out, the client's is awaited. */
  | {
    readonly kind: "awaitingProof";
    readonly client: Bytes;
    readonly clientEphemeral: Bytes;
    readonly ephemeral: Bytes;
    readonly sharedKey: Bytes;
    readonly answer: HandshakeAnswer;
  }
  /**
   * The client is who it says. The gateway keeps the key, pushes what it has stored, and answers `register` with `protocol`:
   * the connection is authenticated.
   */
  | {
    readonly kind: "verified";
    /** The client's Ed25519 identity, 32 bytes. */
    readonly client: Bytes;
    readonly sharedKey: Bytes;
    readonly protocol: GatewayProtocol;
  }
  /** Over: the connection is to be closed once what comes with the step is sent. */
  | { readonly kind: "failed"; readonly error: NymError };

/** Where a step leads, and what is to be sent on the way. */
export interface GatewayHandshakeStep {
  /** Where it leads. */
  readonly state: GatewayHandshake;
  /** What is to be sent, in this order. */
  readonly send: readonly ControlResponse[];
}

/** Be ready for a client (nymtech/nym, common/gateway-requests/src/registration/handshake/gateway.rs). */
export function beginGatewayHandshake(
  input: GatewayHandshakeInput,
): GatewayHandshake {
  const ephemeral = generateX25519(input.random);
  const nonce = input.random(GCM_SIV_NONCE_SIZE);
  return { kind: "awaitingHello", input, ephemeral, nonce };
}

/** Take a text frame from the client. Frames that do not belong to the registration change nothing. */
export function advanceGatewayHandshake(
  state: GatewayHandshake,
  request: ControlRequest,
): GatewayHandshakeStep {
  if (state.kind === "verified" || state.kind === "failed") {
    return { state, send: [] };
  }
  if (request.kind === "handshakeError") {
    return failed(
      state,
      new ProtocolError(
        `Cannot register client: it says ${quoted(request.message)}`,
      ),
    );
  }
  if (request.kind !== "handshakePayload") return { state, send: [] };
  try {
    return state.kind === "awaitingHello"
      ? answerHello(state, request)
      : checkProof(state, request);
  } catch (error) {
    // Only errors that we throw on purpose are the client's fault.
    if (!(error instanceof NymError)) throw error;
    const { message } = error;
    return failed(state, error, [{ kind: "handshakeError", message }]);
  }
}

function answerHello(
  state: GatewayHandshake & { kind: "awaitingHello" },
  request: HandshakePayload,
): GatewayHandshakeStep {
  const { input: { identity, announced }, ephemeral, nonce } = state;
  const answer = answerToHandshake(request.protocol, announced);
  if (answer === undefined) {
    throw new ProtocolError(
      `Cannot register client: need protocol version 3 or newer, have ${
        request.protocol ?? "none"
      }`,
    );
  }
  const hello = decodeClientHello(request.data);
  const peer = hello.ephemeral;
  const sharedKey = deriveSharedKey(ephemeral.secret, peer, hello.salt);
  wipe(ephemeral.secret);
  const own = ephemeral.public;
  const identitySecret = identity.secret;
  const proof = sealProof({ sharedKey, identitySecret, own, peer, nonce });
  const data = encodeGatewayProof({ ephemeral: own, proof });
  return {
    state: {
      kind: "awaitingProof",
      client: hello.identity,
      clientEphemeral: peer,
      ephemeral: own,
      sharedKey,
      answer,
    },
    send: [{ kind: "handshakePayload", protocol: answer.echo, data }],
  };
}

function checkProof(
  state: GatewayHandshake & { kind: "awaitingProof" },
  request: HandshakePayload,
): GatewayHandshakeStep {
  const { client, clientEphemeral: peer, ephemeral: own, sharedKey } = state;
  const { echo, negotiated } = state.answer;
  const proof = request.data;
  if (proof.length !== SEALED_PROOF_SIZE) {
    throw new ProtocolError(
      `Cannot register client: need a proof of ${SEALED_PROOF_SIZE} bytes, have ${proof.length}`,
    );
  }
  try {
    verifyProof({ sharedKey, identity: client, own, peer, proof });
  } catch (cause) {
    throw new CryptoError(
      "Cannot register client: it does not prove that it is the one",
      { cause },
    );
  }
  const data = Uint8Array.of(HANDSHAKE_SUCCESS);
  return {
    state: { kind: "verified", client, sharedKey, protocol: negotiated },
    send: [{ kind: "handshakePayload", protocol: echo, data }],
  };
}

function failed(
  state: GatewayHandshake,
  error: NymError,
  send: readonly ControlResponse[] = [],
): GatewayHandshakeStep {
  if (state.kind === "awaitingHello") wipe(state.ephemeral.secret);
  if (state.kind === "awaitingProof") wipe(state.sharedKey);
  return { state: { kind: "failed", error }, send };
}
