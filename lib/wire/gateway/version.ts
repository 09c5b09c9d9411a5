import { EXIT, ProtocolError } from "../../errors.ts";

/** The versions of the gateway protocol that we speak, by what each brought (nymtech/nym, common/gateway-requests/src/lib.rs). */
export const GATEWAY_PROTOCOL = {
  /** AES-256-GCM-SIV keys, salted key derivation. */
  aesGcmSiv: 3,
  /** Signed and timed authentication. */
  authenticateV2: 4,
  /** The key rotation goes along with a forwarded packet. */
  embeddedKeyRotation: 5,
  /** Gateways can stop metering. */
  upgradeMode: 6,
} as const;

/** A version of the gateway protocol that we speak; each can do what the ones before it can. */
export type GatewayProtocol = 3 | 4 | 5 | 6;

/** The oldest version that we speak. */
const OLDEST_GATEWAY_PROTOCOL = GATEWAY_PROTOCOL.aesGcmSiv;

/** The newest version that there is. */
export const NEWEST_GATEWAY_PROTOCOL = GATEWAY_PROTOCOL.upgradeMode;

/** Whether a number is a version that we speak. */
function isGatewayProtocol(version: number): version is GatewayProtocol {
  return Object.values<number>(GATEWAY_PROTOCOL).includes(version);
}

/**
 * What a client proposes to a gateway that announces a version: the same, or its own `newest` if that is less.
 *
 * @throws {ProtocolError} If the gateway announces one that is too old for us; exit code 3.
 */
export function proposedProtocol(
  announced: number,
  newest: GatewayProtocol = NEWEST_GATEWAY_PROTOCOL,
): GatewayProtocol {
  const version = Math.min(announced, newest);
  if (isGatewayProtocol(version)) return version;
  throw unspeakable("it announces version", announced, newest);
}

/**
 * What a client goes by once the gateway has answered `register` or `authenticate`: the version of the answer, or what was
 * `proposed` if the answer names none.
 *
 * @throws {ProtocolError} If the answer names one that the client does not speak; exit code 3.
 */
export function negotiatedProtocol(
  answered: number | undefined,
  proposed: GatewayProtocol,
  newest: GatewayProtocol = NEWEST_GATEWAY_PROTOCOL,
): GatewayProtocol {
  const version = answered ?? proposed;
  if (version <= newest && isGatewayProtocol(version)) return version;
  throw unspeakable("it answers with version", version, newest);
}

/** Which message a client authenticates with. */
export function authenticationKind(
  version: GatewayProtocol,
): "authenticate" | "authenticateV2" {
  return version >= GATEWAY_PROTOCOL.authenticateV2
    ? "authenticateV2"
    : "authenticate";
}

/** Which kind of binary frame carries a packet to the gateway: 1 without the key rotation, 2 with it. */
export function forwardKind(version: GatewayProtocol): 1 | 2 {
  return version >= GATEWAY_PROTOCOL.embeddedKeyRotation ? 2 : 1;
}

/** What a gateway answers a client that wants to register. */
export interface HandshakeAnswer {
  /** The version in the gateway's handshake frames: that of the client, lowered to what was announced. */
  readonly echo: GatewayProtocol;
  /** The version in `register`, which both go by from then on. */
  readonly negotiated: GatewayProtocol;
}

/**
 * How a gateway that announces a version answers the one that a client proposes in its handshake; nothing if it is too old
 * for us. Clients of 2025 propose 3 whatever they speak, refuse 6, and put the key rotation along from 5 on: they get 5.
 */
export function answerToHandshake(
  proposed: number | undefined,
  announced: GatewayProtocol,
): HandshakeAnswer | undefined {
  const echo = Math.min(proposed ?? 0, announced);
  if (!isGatewayProtocol(echo)) return undefined;
  const saysNothing = proposed === GATEWAY_PROTOCOL.aesGcmSiv;
  return { echo, negotiated: saysNothing ? rotating(announced) : echo };
}

/**
 * How a gateway that announces a version answers the one in an `authenticateV2`; nothing if it must refuse. Clients of 2025
 * write 4 whatever they speak: they get 5.
 */
export function answerToAuthentication(
  proposed: number,
  announced: GatewayProtocol,
): GatewayProtocol | undefined {
  if (
    proposed < GATEWAY_PROTOCOL.authenticateV2 || proposed > announced ||
    !isGatewayProtocol(proposed)
  ) return undefined;
  return proposed === GATEWAY_PROTOCOL.authenticateV2
    ? rotating(announced)
    : proposed;
}

/** The version that brings the key rotation along, if the gateway speaks it. */
function rotating(announced: GatewayProtocol): GatewayProtocol {
  return announced > GATEWAY_PROTOCOL.embeddedKeyRotation
    ? GATEWAY_PROTOCOL.embeddedKeyRotation
    : announced;
}

function unspeakable(
  what: string,
  version: number,
  newest: GatewayProtocol,
): ProtocolError {
  return new ProtocolError(
    `Cannot speak with the gateway: ${what} ${version}, need ${OLDEST_GATEWAY_PROTOCOL} to ${newest}`,
    { hint: "Choose another gateway", exitCode: EXIT.down },
  );
}
