import type { Bytes } from "../bytes/brand.ts";
import type { Ed25519KeyPair } from "../crypto/ed25519.ts";
import { systemRandom } from "../crypto/random.ts";
import { DecodeError, ProtocolError } from "../errors.ts";
import type { FrameConnection } from "../transport/transport.ts";
import {
  type AuthenticationMark,
  type AuthenticationVerdict,
  judgeAuthenticate,
  judgeAuthenticateV2,
} from "../wire/gateway/authenticate.ts";
import {
  type AuthenticateRequest,
  type AuthenticateV2Request,
  type ControlRequest,
  decodeControlRequest,
} from "../wire/gateway/control_request.ts";
import {
  type ControlResponse,
  encodeControlResponse,
} from "../wire/gateway/control_response.ts";
import {
  advanceGatewayHandshake,
  beginGatewayHandshake,
  type GatewayHandshake,
} from "../wire/gateway/gateway_handshake.ts";
import type { GatewayProtocol } from "../wire/gateway/version.ts";
import type { FrameReader } from "./frame_reader.ts";

/** How long a client that is not known yet may take for each frame (nymtech/nym, gateway/src/node/client_handling). */
const FIRST_FRAME_MS = 10_000;
/** How long it may take for each step of a registration (nymtech/nym, common/gateway-requests/src/registration). */
const HANDSHAKE_STEP_MS = 5000;

/** What a gateway lets clients in by. */
export interface AdmissionContext {
  /** The gateway's identity. */
  readonly identity: Ed25519KeyPair;
  /** The version that it announces. */
  readonly announced: GatewayProtocol;
  /** The time on the wall, in milliseconds since 1970. */
  readonly now: () => number;
  /** The key that a client registered with; none if it did not. */
  readonly sharedKey: (client: Uint8Array) => Bytes | undefined;
  /** The latest authentications of a client. */
  readonly mark: (client: Uint8Array) => AuthenticationMark | undefined;
}

/** A client that has proven who it is. */
export type Admitted =
  /** Its key is new and to be kept. */
  | {
    readonly kind: "registered";
    readonly client: Bytes;
    readonly sharedKey: Bytes;
    readonly protocol: GatewayProtocol;
  }
  /** It was registered before. */
  | {
    readonly kind: "authenticated";
    readonly client: Bytes;
    readonly sharedKey: Bytes;
    readonly protocol: GatewayProtocol;
    readonly mark: AuthenticationMark | undefined;
  };

/**
 * Talk to a client until it has registered or authenticated; the answer that says so is left to the caller, as what is
 * stored for the client comes before it.
 *
 * @returns Nothing if the client left.
 * @throws {ProtocolError | DecodeError} What to tell the client before the connection is closed.
 */
export async function admitClient(
  reader: FrameReader,
  connection: FrameConnection,
  context: AdmissionContext,
): Promise<Admitted | undefined> {
  const send = (response: ControlResponse) =>
    connection.send(encodeControlResponse(response));
  for (;;) {
    const frame = await reader.next(FIRST_FRAME_MS);
    if (frame === undefined) return undefined;
    if (typeof frame !== "string") {
      throw new ProtocolError(
        "possibly received a sphinx packet without prior authentication",
      );
    }
    const request = decodeControlRequest(frame);
    switch (request.kind) {
      case "supportedProtocol":
        send({ kind: "supportedProtocol", version: context.announced });
        break;
      case "handshakePayload":
        return await register(request, reader, send, context);
      case "authenticate":
      case "authenticateV2":
        return authenticate(request, send, context);
      default:
        throw new ProtocolError(
          "Only 'Register' or 'Authenticate' requests are allowed",
        );
    }
  }
}

async function register(
  first: ControlRequest,
  reader: FrameReader,
  send: (response: ControlResponse) => void,
  { identity, announced }: AdmissionContext,
): Promise<Admitted | undefined> {
  const random = systemRandom;
  let state = beginGatewayHandshake({ identity, announced, random });
  for (let request: ControlRequest | undefined = first;;) {
    if (request !== undefined) {
      const step = advanceGatewayHandshake(state, request);
      state = step.state;
      for (const response of step.send) send(response);
    }
    if (state.kind === "failed") throw state.error;
    if (state.kind === "verified") return registered(state);
    const frame = await reader.next(HANDSHAKE_STEP_MS);
    if (frame === undefined) return undefined;
    request = handshakeRequest(frame);
  }
}

/** What is no request counts for nothing during a registration; only the time limit ends it. */
function handshakeRequest(frame: string | Bytes): ControlRequest | undefined {
  if (typeof frame !== "string") return undefined;
  try {
    return decodeControlRequest(frame);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

function registered(state: GatewayHandshake & { kind: "verified" }): Admitted {
  const { client, sharedKey, protocol } = state;
  return { kind: "registered", client, sharedKey, protocol };
}

function authenticate(
  request: AuthenticateRequest | AuthenticateV2Request,
  send: (response: ControlResponse) => void,
  context: AdmissionContext,
): Admitted {
  const client = request.identity;
  const sharedKey = context.sharedKey(client);
  const verdict = judge(request, sharedKey, context);
  if (verdict.kind === "wrongKey") {
    send({
      kind: "authenticate",
      protocol: verdict.protocol,
      status: false,
      remaining: 0,
      upgradeMode: false,
    });
    throw new ProtocolError("the provided address ciphertext is invalid");
  }
  if (verdict.kind === "refused" || sharedKey === undefined) {
    throw new ProtocolError(
      verdict.kind === "refused"
        ? verdict.message
        : "the client is not registered",
    );
  }
  const { protocol, mark } = verdict;
  return { kind: "authenticated", client, sharedKey, protocol, mark };
}

function judge(
  request: AuthenticateRequest | AuthenticateV2Request,
  sharedKey: Bytes | undefined,
  { announced, now, mark }: AdmissionContext,
): AuthenticationVerdict {
  const judgement = {
    announced,
    now: now(),
    client: sharedKey === undefined
      ? undefined
      : { sharedKey, mark: mark(request.identity) },
  };
  return request.kind === "authenticate"
    ? judgeAuthenticate(request, judgement)
    : judgeAuthenticateV2(request, judgement);
}
