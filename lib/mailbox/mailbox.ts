import type { Bytes } from "../bytes/brand.ts";
import type { Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";

/**
 * How far an outgoing message has come. `queued`: the client has taken it. `flushed`: every packet has left for the gateway.
 * `acked`: the recipient's gateway has every packet, which says nothing about anyone reading it.
 */
export type Stage = "queued" | "flushed" | "acked";

/** All stages, weakest first. */
export const STAGES: readonly Stage[] = ["queued", "flushed", "acked"];

/** Who an outgoing message is for. */
export type Target =
  /** Someone whose address is known. */
  | { readonly kind: "recipient"; readonly recipient: Recipient }
  /** The anonymous sender of an earlier message, reached through the reply blocks that came with it. */
  | { readonly kind: "reply"; readonly senderTag: SenderTag };

/** A message to be sent. */
export interface OutgoingMessage {
  /** Who it is for. */
  readonly target: Target;
  /** What it says. */
  readonly body: Uint8Array;
  /** How many reply blocks go with it; 0 means that it cannot be answered. Only for a recipient. @default 0 */
  readonly surbs?: number | undefined;
  /**
   * What to call ourselves, where reply blocks go along: answers tell it, and whoever answers uses the blocks of this tag alone.
   * @default the tag that this recipient knows us by
   */
  readonly senderTag?: SenderTag | undefined;
  /** The id of a {@linkcode Sending} of the same message: a receiver that had the first drops the second. */
  readonly resendOf?: string | undefined;
  /**
   * Names the queue that it waits in: messages of one lane leave in order, lanes share the packets that leave evenly, short
   * ones first. Two users of one mailbox need lanes of their own. @default one lane for all
   */
  readonly lane?: bigint | undefined;
}

/** A message on its way out. */
export interface Sending {
  /** Names the message in this process. */
  readonly id: string;
  /** How many packets it takes, where the client tells. */
  readonly packets: number | undefined;
  /** Grows with every packet that leaves or is acknowledged, where the client tells. */
  readonly progress?: number | undefined;
  /**
   * Resolves once the message has reached `stage`.
   *
   * @throws {NymError} If it cannot get there any more; `mayArrive` says whether any of it has left.
   * @throws The signal's reason.
   */
  reached(stage: Stage, signal?: AbortSignal): Promise<void>;
  /** Take back what has not left yet. Returns whether nothing has left. */
  withdraw(): Promise<boolean>;
}

/** A message that arrived. */
export interface IncomingMessage {
  /** Names the message: the same one delivered again has the same id. */
  readonly id: string;
  /** Counts the messages of this mailbox, from 1. */
  readonly seq: number;
  /** What it says. */
  readonly body: Bytes;
  /** How its anonymous sender can be answered; none if it cannot. */
  readonly senderTag: SenderTag | undefined;
  /** Whether it came through one of our own reply blocks, where the client tells. */
  readonly isReply?: boolean | undefined;
  /** Which tag of ours an answer is for, where the client tells. */
  readonly answers?: SenderTag | undefined;
  /** The reply block that clients before 1.1.4 hand out where newer ones give a sender tag. */
  readonly replySurb?: Bytes | undefined;
  /** When it arrived, in milliseconds since 1970. */
  readonly receivedAt: number;
  /** Whether it waited in an inbox before. */
  readonly stored: boolean;
  /** Whether it was handed to a consumer before that did not take it. */
  readonly redelivered: boolean;
  /** The consumer has it now: it will not come again. */
  taken(): Promise<void>;
  /**
   * It is not for this consumer: it stays for others, and is not handed to this one again. For mailboxes that several
   * programs share, which otherwise wait for this one to take it.
   */
  pass?(): void;
  /**
   * For whoever read it ahead: a consumer has it in hand, and if that one does not take it, it comes again `redelivered`; or, with
   * `false`, it has come back without anybody having looked at it.
   */
  handed?(isInHand: boolean): void;
  /** Reads the body from where it is kept: who lets the message wait need not hold on to it. None if it is not kept any more. */
  reread?(): Bytes | undefined;
}

/** What a mailbox tells about its connection, told as it happens. */
export type MailboxState =
  | { readonly kind: "connected" }
  | { readonly kind: "reconnecting"; readonly reason: string }
  | { readonly kind: "closed"; readonly reason: string };

/** Options of {@linkcode Mailbox.messages}. */
export interface MessagesOptions {
  /** Ends the loop, which rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** The loop asks before anybody wants the messages, and says of each when it is {@linkcode IncomingMessage.handed}. @default false */
  ahead?: boolean | undefined;
}

/**
 * Messages in and out of one Nym address, whoever runs the client behind it: a stock nym-client over its websocket, our
 * daemon over its own channel, or a mixnet client in this process. Commands, plugins and streams know only this.
 */
export interface Mailbox extends AsyncDisposable {
  /** Whose mailbox it is. */
  readonly address: Recipient;
  /** The strongest stage that it can tell of a message. */
  readonly strongestStage: Stage;
  /**
   * Hand over a message. Resolves once it is `queued`, which waits while the client has no room.
   *
   * @throws {UsageError} If it is too large or asks for what this mailbox lacks.
   * @throws {NymError} With exit code 11 if the sender tag is unknown.
   */
  send(
    message: OutgoingMessage,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<Sending>;
  /**
   * What arrives from now on, and first what is stored. One message at a time: the next is taken from the client when the
   * consumer asks for it. Leaving the loop keeps the mailbox open. Ends when the mailbox is closed.
   */
  messages(options?: MessagesOptions): AsyncIterable<IncomingMessage>;
  /**
   * How many messages are there already that a loop has still to be handed, where that has to be asked; elsewhere a loop that
   * waits has had what was there. 0 if nobody can be asked.
   */
  backlog?(options?: { signal?: AbortSignal | undefined }): Promise<number>;
  /** Changes of the connection, from now on. */
  states(
    options?: { signal?: AbortSignal | undefined },
  ): AsyncIterable<MailboxState>;
  /** Take a reply block of a client before 1.1.4, for a tag that messages can be sent to; for mailboxes of such clients. */
  adoptSurb?(surb: Uint8Array): SenderTag;
  /** Let go of the client; what is queued is given `drain` milliseconds to leave. @default 0 */
  close(options?: { drain?: number | undefined }): Promise<void>;
  /** Settles once when the mailbox has closed, with the reason if it did not close on request. */
  readonly closed: Promise<void>;
}

/** A mailbox with an inbox of its own, in which what arrives waits until it is taken. */
export interface InboxMailbox extends Mailbox {
  /**
   * What arrives, for one that looks on and takes nothing away: each message once, in order, in this process or a later one,
   * whoever else takes it. `taken()` says that it was seen, and all before it; what was not comes again, `redelivered`. One
   * loop at a time.
   */
  onlook(
    options?: { signal?: AbortSignal | undefined },
  ): AsyncIterable<IncomingMessage>;
}
