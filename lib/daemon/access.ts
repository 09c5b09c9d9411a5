import { equal } from "../bytes/equal.ts";
import type { UpgradeRequest } from "../transport/ws_listen.ts";
import { type PeerOwner, peerOwner } from "./peer_uid.ts";

/** Who may open a websocket. */
export interface AccessPolicy {
  /** Web pages that may, by their origin, such as `https://example.org`; others are refused. */
  readonly allowedOrigins: readonly string[];
  /** What everyone has to show; none is needed where it is undefined. */
  readonly token: string | undefined;
  /** Whether we listen on loopback, which only a loopback `Host` may name, or on a unix socket, which has no hosts. */
  readonly reach: "loopback" | "network" | "unix";
  /** Our own user, whom a loopback peer has to be. */
  readonly uid: number | null;
  /** Finds the user of a peer. @default the kernel's tables */
  readonly ownerOf?: typeof peerOwner | undefined;
}

/** Why a request is refused. */
export interface AccessRefusal {
  /** The HTTP status. */
  readonly status: 400 | 401 | 403;
  /** One line for whoever asked. */
  readonly reason: string;
}

/** Look at a request before anything is said to it; nothing if it may go on. */
export async function checkAccess(
  request: UpgradeRequest,
  policy: AccessPolicy,
): Promise<AccessRefusal | undefined> {
  return checkHost(request, policy) ?? checkOrigin(request, policy) ??
    checkToken(request, policy) ?? await checkPeer(request, policy);
}

/** A page elsewhere can make a name of its own point here, but not make the browser say another name. */
function checkHost(
  request: UpgradeRequest,
  { reach }: AccessPolicy,
): AccessRefusal | undefined {
  if (reach !== "loopback") return undefined;
  const host = request.header("host");
  if (host !== undefined && isLoopbackHost(host.replace(/:\d*$/, ""))) {
    return undefined;
  }
  return {
    status: 403,
    reason: "The Host header must name this machine's loopback address",
  };
}

function checkOrigin(
  request: UpgradeRequest,
  { allowedOrigins }: AccessPolicy,
): AccessRefusal | undefined {
  const origin = request.header("origin");
  if (origin === undefined || allowedOrigins.includes(origin)) return undefined;
  return {
    status: 403,
    reason:
      "Web pages are refused here unless their origin is allowed: nymwire run --allow-origin <origin>",
  };
}

/** Shown as `Authorization: Bearer <token>`, or as `?token=` by programs that cannot set headers. */
function checkToken(
  request: UpgradeRequest,
  { token }: AccessPolicy,
): AccessRefusal | undefined {
  if (token === undefined) return undefined;
  const header = request.header("authorization");
  const shown = /^Bearer +(\S+)$/i.exec(header ?? "")?.[1] ??
    request.url.searchParams.get("token");
  if (shown !== null && equal(utf8(shown), utf8(token))) return undefined;
  return {
    status: 401,
    reason: shown === null ? "A token is needed here" : "Wrong token",
  };
}

async function checkPeer(
  request: UpgradeRequest,
  { uid, ownerOf = peerOwner }: AccessPolicy,
): Promise<AccessRefusal | undefined> {
  const { ends } = request;
  if (ends === undefined || uid === null || !isLoopbackHost(ends.peerHost)) {
    return undefined;
  }
  const owner: PeerOwner = await ownerOf(ends);
  if (owner.kind !== "user" || owner.uid === uid) return undefined;
  return {
    status: 403,
    reason: "This client belongs to another user of this machine",
  };
}

/** Whether a host is this machine itself: a loopback address or the name for it. */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|(::ffff:)127(\.\d{1,3}){3}|\[?::1\]?)$/i
    .test(host);
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
