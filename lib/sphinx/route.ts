import type { Bytes } from "../bytes/brand.ts";
import { MAX_PATH_LENGTH } from "./constants.ts";

/** One node of a route. */
export interface SphinxHop {
  /** How the hop before it reaches it: an encoded node address, padded to 32 bytes. */
  readonly address: Bytes;
  /** Its X25519 key of the current rotation, 32 bytes. */
  readonly publicKey: Bytes;
}

/** For whom the last hop holds the message. */
export interface SphinxDestination {
  /** Ed25519 public key of the recipient's client, 32 bytes. */
  readonly address: Bytes;
  /** 16 bytes, all zero in Nym. */
  readonly identifier: Bytes;
}

/**
 * Check that a route can be built and has a delay for each hop.
 *
 * @throws {RangeError} With fewer than 1 or more than 5 hops, or another number of delays, or one outside 64 bits.
 */
export function assertRoute(
  route: readonly SphinxHop[],
  delays: readonly bigint[],
): void {
  if (route.length < 1 || route.length > MAX_PATH_LENGTH) {
    throw new RangeError(
      `Cannot build header: need 1 to ${MAX_PATH_LENGTH} hops, have ${route.length}`,
    );
  }
  if (delays.length !== route.length) {
    throw new RangeError(
      `Cannot build header: need ${route.length} delays, have ${delays.length}`,
    );
  }
  for (const delay of delays) {
    if (delay < 0n || delay >= 2n ** 64n) {
      throw new RangeError(
        `Cannot build header: need delays of 64 bits, have ${delay} ns`,
      );
    }
  }
}
