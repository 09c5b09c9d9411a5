import type { Bytes } from "../../bytes/brand.ts";
import type { Recipient } from "../../message/recipient.ts";
import type { SenderTag } from "../../message/sender_tag.ts";
import type { ChannelError } from "./channel_error.ts";
import type { CHANNEL_VERSION } from "./version.ts";

/** How far an outgoing message has come, weakest first. */
export const CHANNEL_STAGES = ["queued", "flushed", "acked"] as const;

/** One of {@linkcode CHANNEL_STAGES}. */
export type ChannelStage = typeof CHANNEL_STAGES[number];

/** What the connection behind the channel does. */
export const CHANNEL_STATES = ["connected", "reconnecting", "closed"] as const;

/** What a client tells a program over our channel. `id` is that of the request which is answered. */
export type ChannelReply =
  /** The first frame. */
  | {
    readonly kind: "welcome";
    readonly version: typeof CHANNEL_VERSION;
    readonly address: Recipient;
    readonly strongestStage: ChannelStage;
    /** Whether reply blocks of clients before 1.1.4 can be adopted. */
    readonly adoptsSurbs: boolean;
    readonly maxBody: number;
    readonly maxWindow: number;
    readonly maxSendings: number;
  }
  /** A message has come so far; the first stage names it and may know its packets. */
  | {
    readonly kind: "stage";
    readonly id: number;
    readonly stage: ChannelStage;
    readonly sending: string;
    readonly packets: number | undefined;
  }
  /** Packets of a message have left or were acknowledged; the number only grows. */
  | {
    readonly kind: "progress";
    readonly id: number;
    readonly progress: number;
  }
  /** A withdrawal was tried. */
  | {
    readonly kind: "withdrawn";
    readonly id: number;
    readonly nothingLeft: boolean;
  }
  /** The request was carried out. */
  | { readonly kind: "done"; readonly id: number }
  /** The tag of a reply block. */
  | {
    readonly kind: "adopted";
    readonly id: number;
    readonly senderTag: SenderTag;
  }
  /** How much waits in each direction. */
  | {
    readonly kind: "queues";
    readonly id: number;
    /** Messages of this connection that have not reached their last stage. */
    readonly sendings: number;
    /** Packets of these, where the client tells. */
    readonly packets: number;
    /** Messages that wait to be handed to this connection. */
    readonly waiting: number;
    /** Messages handed to this connection and not taken. */
    readonly untaken: number;
    /** Consumers of this client, all connections together. */
    readonly consumers: number;
  }
  /** A message arrived; its bytes follow the object. */
  | {
    readonly kind: "message";
    readonly subscription: number;
    /** Counts the messages handed to this connection. */
    readonly delivery: number;
    readonly id: string;
    readonly seq: number;
    readonly senderTag: SenderTag | undefined;
    readonly replySurb: Bytes | undefined;
    readonly isReply: boolean | undefined;
    /** Which tag of the client an answer is for. */
    readonly answers: SenderTag | undefined;
    readonly receivedAt: number;
    readonly stored: boolean;
    readonly redelivered: boolean;
    readonly body: Bytes;
  }
  /** The connection behind has changed. */
  | {
    readonly kind: "state";
    readonly state: typeof CHANNEL_STATES[number];
    readonly reason: string | undefined;
  }
  /** The client is about to stop: it takes on and hands out no more, and waits for what is in hand. Unsubscribe, keeping that. */
  | { readonly kind: "draining" }
  /** A request was refused, or is over without success; without an id it is about no request. */
  | {
    readonly kind: "error";
    readonly id: number | undefined;
    readonly error: ChannelError;
  };
