import type { PreparedPacket } from "../message/prepared_packet.ts";
import type { ReadyPacket } from "./workshop.ts";

/** A packet that can leave. */
export interface OutboxPacket extends ReadyPacket {
  readonly prepared: PreparedPacket;
  /** It has left. */
  sent(): void;
}

/** What has happened to packets. */
export interface OutboxCounters {
  /** Packets with a part of a message that left, repetitions included. */
  real: number;
  /** Packets that left without one. */
  cover: number;
  /** Packets that left again because their acknowledgement did not come. */
  retransmissions: number;
  /** Acknowledgements of packets that were waited for. */
  acknowledged: number;
  /** Packets that could not be built, as there was no way to their recipient. */
  unroutable: number;
}
