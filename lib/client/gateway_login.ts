import { shortKey } from "../bytes/short_key.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { Ed25519KeyPair } from "../crypto/ed25519.ts";
import type { RandomSource } from "../crypto/random.ts";
import { EXIT, ProtocolError } from "../errors.ts";
import { buildAuthentication } from "../wire/gateway/authenticate.ts";
import {
  advanceClientHandshake,
  beginClientHandshake,
} from "../wire/gateway/client_handshake.ts";
import type { ControlRequest } from "../wire/gateway/control_request.ts";
import type { ControlResponse } from "../wire/gateway/control_response.ts";
import { quoted } from "../wire/gateway/quoted.ts";
import {
  type GatewayProtocol,
  negotiatedProtocol,
  proposedProtocol,
} from "../wire/gateway/version.ts";
import type { GatewayLink } from "./gateway_link.ts";

/** How long each step of a registration may take, in milliseconds. */
const HANDSHAKE_STEP_MS = 5000;

/** With less bandwidth than this a client asks for more, in bytes: a fifth of a ticket. */
export const LOW_BANDWIDTH = 40_000_000;

/** What all conversations with a gateway need. */
export interface LoginInput {
  /** The connection. */
  readonly link: GatewayLink;
  /** The client's identity. */
  readonly identity: Ed25519KeyPair;
  /** The gateway's identity. */
  readonly gateway: Bytes;
  /** How long an answer may take, in milliseconds. */
  readonly timeout: number;
  /** Where chance comes from. */
  readonly random: RandomSource;
  /** Gives up when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** The gateway has turned the client away, in words that are not to be parsed. */
export class GatewayRefusedError extends ProtocolError {
  override name = "GatewayRefusedError";
}

/**
 * Agree on a version with the gateway.
 *
 * @throws {ProtocolError} If it speaks none that we do; exit code 3.
 */
export async function agreeOnProtocol(
  { link, gateway, timeout, signal }: LoginInput,
): Promise<GatewayProtocol> {
  const answer = await link.ask({ kind: "supportedProtocol" }, timeout, signal);
  if (answer.kind === "supportedProtocol") {
    return proposedProtocol(answer.version);
  }
  throw unexpected("agree on a version with", gateway, answer);
}

/**
 * Register: both sides prove who they are and make a shared key. What the gateway holds for the client comes before this
 * resolves.
 *
 * @throws {ProtocolError} If the gateway refuses; exit code 3.
 * @throws {CryptoError} If it is not the gateway that it should be.
 */
export async function register(
  input: LoginInput,
  protocol: GatewayProtocol,
): Promise<{ sharedKey: Bytes; protocol: GatewayProtocol }> {
  const { link, signal } = input;
  let { state, send } = beginClientHandshake({ ...input, protocol });
  for (;;) {
    for (const request of send) link.say(sendable(request));
    switch (state.kind) {
      case "registered":
        return { sharedKey: state.sharedKey, protocol: state.protocol };
      case "failed":
        throw state.error;
      case "awaitingConfirmation":
        // What the gateway holds may come right behind its confirmation, before that is looked at here.
        link.useKey(state.sharedKey);
    }
    const answer = await link.answer(HANDSHAKE_STEP_MS, signal);
    ({ state, send } = advanceClientHandshake(state, answer));
  }
}

/** What {@linkcode authenticate} needs. */
export interface AuthenticateLinkInput extends LoginInput {
  /** The key from the registration. */
  readonly sharedKey: Bytes;
  /** The time on the wall, in milliseconds since 1970, later in whole seconds than that of any authentication before. */
  readonly now: number;
}

/**
 * Prove to be a client that has registered. What the gateway holds for it comes before this resolves.
 *
 * @throws {GatewayRefusedError} If it is not let in; exit code 3.
 */
export async function authenticate(
  input: AuthenticateLinkInput,
  protocol: GatewayProtocol,
): Promise<{ protocol: GatewayProtocol; remaining: number }> {
  const { link, sharedKey, gateway, timeout, signal } = input;
  link.useKey(sharedKey);
  const request = buildAuthentication({ ...input, protocol });
  const answer = await link.ask(request, timeout, signal);
  if (answer.kind === "authenticate" && answer.status) {
    return {
      protocol: negotiatedProtocol(answer.protocol, protocol),
      remaining: answer.remaining,
    };
  }
  throw unexpected("log in to", gateway, answer);
}

/**
 * Ask for bandwidth that costs nothing. Resolves with how many bytes may be sent now.
 *
 * @throws {GatewayRefusedError} If there is none; exit code 3.
 */
export async function claimBandwidth(
  { link, gateway, timeout, signal }: LoginInput,
): Promise<number> {
  const request = { kind: "claimFreeTestnetBandwidth" } as const;
  const answer = await link.ask(request, timeout, signal);
  if (answer.kind === "bandwidth") return answer.available;
  throw unexpected("get bandwidth from", gateway, answer);
}

/** The handshake never sends what nobody may send any more. */
function sendable(
  request: ControlRequest,
): Exclude<ControlRequest, { kind: "obsoleteCredential" }> {
  if (request.kind !== "obsoleteCredential") return request;
  throw new TypeError("Cannot send an obsolete credential");
}

function unexpected(
  doing: string,
  gateway: Bytes,
  answer: ControlResponse,
): GatewayRefusedError {
  const what = answer.kind === "error" || answer.kind === "handshakeError"
    ? `it says ${quoted(answer.message)}`
    : answer.kind === "authenticate"
    ? "it refuses"
    : `it answers with "${answer.kind}"`;
  return new GatewayRefusedError(
    `Cannot ${doing} gateway ${shortKey(gateway)}: ${what}`,
    { exitCode: EXIT.down, hint: "Try again, or choose another gateway" },
  );
}
