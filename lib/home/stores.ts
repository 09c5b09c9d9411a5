import type { Bytes } from "../bytes/brand.ts";
import { EXIT, NymError } from "../errors.ts";
import type { Recipient } from "../message/recipient.ts";
import type { ReplySurb } from "../message/reply_surb.ts";
import type { SenderTag } from "../message/sender_tag.ts";

/**
 * What outlives a client. {@linkcode openState} keeps it on disk. All methods are synchronous, and what they did is durable when they return. Times are in
 * milliseconds since 1970.
 */
export interface ClientStores {
  /** Reply blocks of others. */
  readonly surbs: SurbStore;
  /** Keys of reply blocks of ours. */
  readonly replyKeys: ReplyKeyStore;
  /** What we call ourselves towards whom. */
  readonly senderTags: SenderTagStore;
  /** What arrived. */
  readonly inbox: InboxStore;
}

/** The disk does not take what a client has to keep. */
export class DiskError extends NymError {
  override name = "DiskError";

  /** Say why: `the disk is full`. */
  constructor(why: string, cause?: unknown) {
    super(`Cannot keep the client's state: ${why}`, {
      cause,
      exitCode: EXIT.failure,
      hint: "Make room on the disk",
    });
  }
}

/** There is no room for a message in the inbox. */
export class InboxFullError extends NymError {
  override name = "InboxFullError";

  /** Say so. */
  constructor() {
    super("Cannot keep message: the inbox is full", {
      exitCode: EXIT.failure,
      hint: "Take what waits in the inbox: nymwire listen",
    });
  }
}

/** A reply block of an anonymous sender. */
export interface StoredSurb {
  /** Names it in its store. */
  readonly id: number;
  /** Whom it reaches. */
  readonly tag: SenderTag;
  /** The block. */
  readonly surb: ReplySurb;
  /** When it came. */
  readonly receivedAt: number;
  /** Whether it is of an earlier key rotation and perhaps of no use. */
  readonly stale: boolean;
}

/** Reply blocks of others, until they are used. */
export interface SurbStore {
  /** All of them, oldest first. */
  load(): StoredSurb[];
  /** Keep new ones. */
  add(
    tag: SenderTag,
    surbs: readonly ReplySurb[],
    receivedAt: number,
  ): StoredSurb[];
  /** Forget blocks: before they are used, so that none is used twice, and when they have expired. */
  remove(ids: readonly number[]): void;
  /** Mark blocks as perhaps of no use. */
  markStale(ids: readonly number[]): void;
}

/** The key of a reply block of ours that somebody may answer with. */
export interface StoredReplyKey {
  /** What an answer starts with, 32 bytes. */
  readonly digest: Bytes;
  /** What it is encrypted with, 16 bytes. */
  readonly key: Bytes;
  /** When it was made. */
  readonly createdAt: number;
}

/** Keys of reply blocks of ours. */
export interface ReplyKeyStore {
  /** All of them. */
  load(): StoredReplyKey[];
  /** Keep new ones. */
  add(keys: readonly StoredReplyKey[]): void;
  /** Forget those with these digests. */
  remove(digests: readonly Bytes[]): void;
}

/** What we call ourselves towards whom. */
export interface SenderTagStore {
  /** All of them. */
  load(): { readonly recipient: Recipient; readonly tag: SenderTag }[];
  /** Keep the tag for a recipient, in place of any before. */
  set(recipient: Recipient, tag: SenderTag): void;
}

/** A message that arrived and that nobody has taken. */
export interface StoredMessage {
  /** Names it for ever. */
  readonly id: string;
  /** Counts the messages, from 1. */
  readonly seq: number;
  /** What it says. */
  readonly body: Bytes;
  /** How its anonymous sender can be answered; of an answer, our own tag that it is for, if that is known. */
  readonly senderTag: SenderTag | undefined;
  /** Whether it came through a reply block of ours. */
  readonly isReply: boolean;
  /** When it arrived. */
  readonly receivedAt: number;
  /** Whether it was handed to a consumer before. */
  readonly delivered: boolean;
}

/**
 * One that looks on: it sees each message once, in order, whoever takes it, and takes nothing away. Where it stands is
 * durable.
 */
export interface OnlookerStore {
  /** Somebody looks on from now on: what is taken stays in the store until it was seen too. */
  start(): void;
  /** The first message after `seq` that was not seen, taken or not; `delivered` says whether a look at it was begun before. */
  next(after: number): StoredMessage | undefined;
  /** A look at a message begins. */
  begun(seq: number): void;
  /** This message was seen, and all before it. */
  seen(seq: number): void;
}

/** What arrived: messages until somebody takes them, and fragments until they are a message. */
export interface InboxStore {
  /** One that sees everything and takes nothing. */
  readonly onlooker: OnlookerStore;
  /** How many messages have gone to make room, since the store was opened. */
  readonly madeRoom: number;
  /** Messages that nobody took, oldest first, those after `seq` alone and at most `limit`. */
  waiting(after: number, limit: number): StoredMessage[];
  /**
   * In one transaction: keep a message, forget the fragments of its sets, remember these sets as finished, and do what `also`
   * does to other stores. Returns its number: 1, 2, …, never used again. If there is no room, what the onlooker has seen goes
   * first, then what was taken and waits for it, the oldest of each.
   *
   * @throws {InboxFullError} If there is no room; then nothing has changed.
   * @throws {DiskError} If there is none on the disk, likewise.
   */
  add(
    message: Omit<StoredMessage, "seq" | "delivered">,
    setIds: readonly number[],
    also?: () => void,
  ): number;
  /** A message has been handed out and is not taken yet; or, with `false`, has come back without anybody having looked at it. */
  delivered(id: string, isOut: boolean): void;
  /** A message has been taken: forget it. */
  taken(id: string): void;
  /** Fragments of messages that are not whole, as they were kept, oldest first. */
  fragments(): Bytes[];
  /** Keep an encoded fragment of a message that is not whole. Whoever keeps them bounds how many. */
  keep(setId: number, fragment: Bytes, receivedAt: number): void;
  /** Like {@linkcode InboxStore.add} without a message: the sets hold nothing for a consumer. */
  finish(setIds: readonly number[], also?: () => void): void;
  /** The sets finished last, at most 65 536, oldest first. */
  finishedSets(): number[];
}
