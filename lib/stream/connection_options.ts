import type { Clock } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { BlockSupply } from "./block_supply.ts";
import type { CourierOptions } from "./courier.ts";
import type { StreamId } from "./segment.ts";
import type { SendProgress } from "./send_buffer.ts";

/** What a stream needs to live. */
export interface ConnectionOptions extends CourierOptions {
  /** Which stream it is. */
  readonly id: StreamId;
  /** The caller's proof, which opens the stream and is repeated until the listener answers. */
  readonly open?: Bytes | undefined;
  /** What the listener must prove before it is believed, if the caller has a code. */
  readonly peerProof?: Bytes | undefined;
  /** The listener's proof, which accepts the stream. */
  readonly accept?: Bytes | undefined;
  /** The caller's duty to keep the listener in reply blocks. */
  readonly supply?: BlockSupply | undefined;
  /** How long the peer may be silent, in milliseconds. */
  readonly idle: number;
  /** How long the listener may take to answer the opening, in milliseconds. */
  readonly openTimeout: number;
  /** Time. */
  readonly clock: Clock;
}

/** How far a stream has come. */
export interface StreamProgress extends SendProgress {
  /** Bytes that have arrived. */
  readonly received: number;
  /** The smoothed round trip in milliseconds, once measured. */
  readonly roundTrip: number | undefined;
}
