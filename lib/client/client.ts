import type {
  InboxMailbox,
  OutgoingMessage,
  Sending,
} from "../mailbox/mailbox.ts";
import type { InboxCounters } from "./inbox.ts";
import type { OutboxCounters } from "./outbox_packet.ts";
import type { SurbGrantCounters } from "./surb_grants.ts";

/** Options of {@linkcode MixnetClient.send}. */
export interface SendOptions {
  /** Gives up waiting for room when it fires. */
  signal?: AbortSignal | undefined;
  /** Whether the recipient shall take the sender of reply blocks for someone new. @default false */
  freshTag?: boolean | undefined;
}

/** What a client has done so far. */
export interface ClientCounters {
  /** Packets on their way out. */
  readonly outbox: Readonly<OutboxCounters>;
  /** What came in. */
  readonly inbox: Readonly<InboxCounters>;
  /** Reply blocks given to those who asked for more. */
  readonly grants: Readonly<SurbGrantCounters>;
  /** Messages lost because the inbox was full. */
  readonly refused: number;
  /** Messages that somebody had had and nobody had taken, gone from the inbox to make room. */
  readonly madeRoom: number;
  /** Packets that have left and are not acknowledged. */
  readonly unacknowledged: number;
  /** How many times slower than wanted the main stream is: 1 to 6. */
  readonly slowdown: number;
  /** How many bytes the gateway still takes before it wants a claim. */
  readonly bandwidth: number;
}

/** A mixnet client in this process: a {@linkcode InboxMailbox} without a program behind it. Made by `openClient`. */
export interface MixnetClient extends InboxMailbox {
  /** What the client has done so far. */
  readonly counters: ClientCounters;
  /** Packets that wait in a lane. */
  laneLength(lane: bigint): number;
  /** As {@linkcode InboxMailbox.send} does. */
  send(message: OutgoingMessage, options?: SendOptions): Promise<Sending>;
}
