import type { Bytes } from "../../bytes/brand.ts";
import { equal } from "../../bytes/equal.ts";
import { ByteWriter } from "../../bytes/writer.ts";
import { GCM_SIV_NONCE_SIZE, sealGcmSiv } from "../../crypto/aes_gcm_siv.ts";
import {
  type Ed25519KeyPair,
  signEd25519,
  verifyEd25519,
} from "../../crypto/ed25519.ts";
import type { RandomSource } from "../../crypto/random.ts";
import type {
  AuthenticateRequest,
  AuthenticateV2Request,
} from "./control_request.ts";
import {
  answerToAuthentication,
  authenticationKind,
  GATEWAY_PROTOCOL,
  type GatewayProtocol,
} from "./version.ts";

/** How far the clocks of client and gateway may be apart, in seconds. */
export const MAX_TIMESTAMP_SKEW = 120;

/** What a client needs to authenticate. */
export interface AuthenticateInput {
  /** The client's identity. */
  readonly identity: Ed25519KeyPair;
  /** The key from its registration. */
  readonly sharedKey: Uint8Array;
  /** The version to propose, see {@linkcode proposedProtocol}. */
  readonly protocol: GatewayProtocol;
  /** The time on the wall, in milliseconds since 1970. */
  readonly now: number;
  /** Gives 12 bytes for the nonce. */
  readonly random: RandomSource;
}

/** Build the authentication that the version asks for (nymtech/nym, common/gateway-requests/src/types/text_request/authenticate.rs). */
export function buildAuthentication(
  input: AuthenticateInput,
): AuthenticateV2Request | AuthenticateRequest {
  const { identity: { secret, public: identity }, sharedKey, protocol } = input;
  const nonce = input.random(GCM_SIV_NONCE_SIZE);
  const sealedIdentity = sealGcmSiv(sharedKey, nonce, identity);
  const proof = { protocol, identity, sealedIdentity, nonce };
  const kind = authenticationKind(protocol);
  if (kind === "authenticate") return { kind, ...proof };
  const timed = { ...proof, timestamp: Math.floor(input.now / 1000) };
  const signature = signEd25519(secret, signedBytes(timed));
  return { kind, ...timed, signature };
}

/** What a gateway remembers of the last successful authentications of a client, so that none is used twice. */
export interface AuthenticationMark {
  /** The time written in the newest, in seconds since 1970. */
  readonly timestamp: number;
  /** The nonces of those that carry this time. */
  readonly nonces: readonly Bytes[];
}

/** What a gateway knows of a client that registered. */
export interface RegisteredClient {
  /** The key from its registration. */
  readonly sharedKey: Uint8Array;
  /** Its last authentications; none if it has only registered. */
  readonly mark?: AuthenticationMark | undefined;
  /** When its live session began, in seconds since 1970: only a later authentication may replace it. */
  readonly sessionStart?: number | undefined;
}

/** What a gateway judges an authentication by. */
export interface AuthenticationContext {
  /** The version that the gateway announces. */
  readonly announced: GatewayProtocol;
  /** The time on the wall, in milliseconds since 1970. */
  readonly now: number;
  /** What it knows of the client of that identity; nothing if it never registered. */
  readonly client: RegisteredClient | undefined;
  /**
   * Whether a second authentication may carry the same second as the one before, if its nonce is another. Official gateways
   * refuse it; official clients run into that when they reconnect at once. @default true
   */
  readonly sameSecond?: boolean | undefined;
}

/** What a gateway makes of an authentication. */
export type AuthenticationVerdict =
  /** Let the client in and answer with `protocol`. `mark` replaces the one before. */
  | {
    readonly kind: "accepted";
    readonly protocol: GatewayProtocol;
    readonly mark: AuthenticationMark | undefined;
  }
  /** Answer `authenticate` with a false status. */
  | { readonly kind: "wrongKey"; readonly protocol: GatewayProtocol }
  /** Answer `error` with the message, and close. */
  | { readonly kind: "refused"; readonly message: string };

/** More authentications within one second than this are refused. */
const MAX_SAME_SECOND = 64;

/** Judge an `authenticateV2`: all checks of official gateways in their order, the texts being theirs too. */
export function judgeAuthenticateV2(
  request: AuthenticateV2Request,
  context: AuthenticationContext,
): AuthenticationVerdict {
  const { announced, now, client, sameSecond = true } = context;
  const protocol = answerToAuthentication(request.protocol, announced);
  if (protocol === undefined) {
    return refused(
      `unsupported protocol version ${request.protocol}: need ${GATEWAY_PROTOCOL.authenticateV2} to ${announced}`,
    );
  }
  if (!isTimely(request.timestamp, now)) {
    return refused("the request timestamp is too far from the current time");
  }
  if (!isSigned(request)) return refused("the request signature is invalid");
  if (client === undefined) return refused("the client is not registered");
  if (!isSealedWith(request, client.sharedKey)) {
    return refused("the provided address ciphertext is invalid");
  }
  const mark = markedBy(request, client.mark, sameSecond);
  if (mark === undefined) {
    return refused(
      "the request timestamp is smaller or equal to one previously used",
    );
  }
  if (request.timestamp <= (client.sessionStart ?? -1)) {
    return refused("the request is stale: a later session is open");
  }
  return { kind: "accepted", protocol, mark };
}

/** Judge an `authenticate` of version 3, which only a gateway takes that announces no more than 3: it can be replayed. */
export function judgeAuthenticate(
  request: AuthenticateRequest,
  context: AuthenticationContext,
): AuthenticationVerdict {
  const { announced, client } = context;
  const protocol = GATEWAY_PROTOCOL.aesGcmSiv;
  if (announced > protocol || (request.protocol ?? protocol) !== protocol) {
    return refused("the legacy authentication method is no longer supported");
  }
  if (client === undefined) return refused("the client is not registered");
  return isSealedWith(request, client.sharedKey)
    ? { kind: "accepted", protocol, mark: client.mark }
    : { kind: "wrongKey", protocol };
}

/** Whether a request was made within two minutes of `now` (milliseconds since 1970). */
function isTimely(timestamp: number, now: number): boolean {
  return Math.abs(Math.floor(now / 1000) - timestamp) <= MAX_TIMESTAMP_SKEW;
}

/** Whether the identity in a request signed it. */
function isSigned(request: AuthenticateV2Request): boolean {
  return verifyEd25519(
    request.identity,
    signedBytes(request),
    request.signature,
  );
}

/** Whether the sealed identity of a request is its identity under the key; compared in constant time. */
function isSealedWith(
  request: AuthenticateV2Request | AuthenticateRequest,
  sharedKey: Uint8Array,
): boolean {
  return equal(
    sealGcmSiv(sharedKey, request.nonce, request.identity),
    request.sealedIdentity,
  );
}

/** The bytes that a client signs, 101: `version ‖ identity(32) ‖ sealed identity(48) ‖ nonce(12) ‖ timestamp(8)`. */
export function signedBytes(
  request: Omit<AuthenticateV2Request, "kind" | "signature">,
): Bytes {
  const { identity, sealedIdentity, nonce } = request;
  const size = 1 + identity.length + sealedIdentity.length + nonce.length + 8;
  return new ByteWriter(size)
    .u8(request.protocol)
    .bytes(identity)
    .bytes(sealedIdentity)
    .bytes(nonce)
    .u64(BigInt(request.timestamp))
    .done();
}

/** The mark after a request; none if the one before says that the request is old or used. */
function markedBy(
  { timestamp, nonce }: AuthenticateV2Request,
  before: AuthenticationMark | undefined,
  sameSecond: boolean,
): AuthenticationMark | undefined {
  if (before === undefined || timestamp > before.timestamp) {
    return { timestamp, nonces: [nonce] };
  }
  const { nonces } = before;
  if (timestamp < before.timestamp || !sameSecond) return undefined;
  if (nonces.length >= MAX_SAME_SECOND) return undefined;
  if (nonces.some((used) => equal(used, nonce))) return undefined;
  return { timestamp, nonces: [...nonces, nonce] };
}

function refused(message: string): AuthenticationVerdict {
  return { kind: "refused", message };
}
