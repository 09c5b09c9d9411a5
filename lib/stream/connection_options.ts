import type { BlockSupply } from "./block_supply.ts";
import type { CourierOptions } from "./courier.ts";
import type { Handshake } from "./handshake.ts";

/** What a stream needs to live. */
export interface ConnectionOptions extends CourierOptions {
  /** Who the two sides are to each other. */
  readonly handshake: Handshake;
  /** The caller's duty to keep the listener in reply blocks. */
  readonly supply?: BlockSupply | undefined;
  /** How long the peer may be silent, in milliseconds. */
  readonly idle: number;
  /** How long the peer may take to open the stream, in milliseconds. */
  readonly openTimeout: number;
}
