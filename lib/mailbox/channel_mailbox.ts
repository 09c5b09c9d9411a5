import { abortable } from "../async/abortable.ts";
import { ConnectionError, EXIT, UsageError } from "../errors.ts";
import type { Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type { FrameConnection } from "../transport/transport.ts";
import type { ChannelReply } from "../wire/channel/reply.ts";
import { DEFAULT_WINDOW } from "../wire/channel/version.ts";
import { ChannelInbox } from "./channel_inbox.ts";
import { ChannelLink, lostChannel } from "./channel_link.ts";
import { ChannelSending } from "./channel_sending.ts";
import { ClientLeftError } from "./client_left.ts";
import type {
  IncomingMessage,
  Mailbox,
  MailboxState,
  OutgoingMessage,
  Stage,
} from "./mailbox.ts";
import { StateBoard } from "./states.ts";
import { tagOfReplySurb } from "./surb_purse.ts";

/** The first frame of the channel. */
export type Welcome = ChannelReply & { kind: "welcome" };

/** How much waits in each direction. */
export type ChannelQueues = Omit<
  ChannelReply & { kind: "queues" },
  "kind" | "id"
>;

/** What a {@linkcode ChannelMailbox} is made of. */
export interface ChannelMailboxOptions {
  connection: FrameConnection;
  /** Consumers of one group share what arrives; without one this mailbox sees everything. */
  group?: string | undefined;
  /** How many messages may be in hand here. @default 64 */
  window?: number | undefined;
}

/** A running client of ours as a mailbox, over our own channel. */
export class ChannelMailbox implements Mailbox {
  readonly closed: Promise<void>;
  adoptSurb?: (surb: Uint8Array) => SenderTag;
  readonly #connection: FrameConnection;
  readonly #link: ChannelLink;
  readonly #inbox: ChannelInbox;
  readonly #states = new StateBoard();
  readonly #welcomed = Promise.withResolvers<Welcome>();
  readonly #closing = new AbortController();
  #welcome: Welcome | undefined;
  /** Whether the client takes on no more messages. */
  #isDraining = false;

  /** Starts to listen at once. */
  constructor(options: ChannelMailboxOptions) {
    const { connection, group, window = DEFAULT_WINDOW } = options;
    this.#connection = connection;
    this.#link = new ChannelLink(connection, (reply) => this.#hear(reply));
    const link = this.#link;
    this.#inbox = new ChannelInbox({
      subscribe: () =>
        link.open(
          (id) => ({ kind: "subscribe", id, group, window }),
          // Cut off for being slow, if the client says so: the loops fail with its words.
          (reply) => {
            if (reply.kind === "failed") this.#inbox.end(reply.reason);
            return "reason" in reply ? "over" : "more";
          },
        ),
      unsubscribe: (subscription, keep) => {
        const leaving = link.ask((id) => ({
          kind: "unsubscribe",
          id,
          subscription,
          keep,
          unseen: true,
        }));
        // It was cut off before, or the connection has gone: either way it is over.
        leaving.catch(() => {});
      },
      taken: async (delivery) => {
        await link.ask((id) => ({ kind: "taken", id, delivery }));
      },
      pass: (delivery) => link.tell({ kind: "pass", delivery }),
    });
    this.closed = this.#read();
    // Whoever closes on purpose need not look whether something broke.
    this.closed.catch(() => {});
    this.#welcomed.promise.catch(() => {});
  }

  /** Wait for the client's first word. Once, before anything else. */
  async begin(): Promise<Welcome> {
    const welcome = await this.#welcomed.promise;
    if (welcome.adoptsSurbs) {
      this.adoptSurb = (surb) => {
        const copy = new Uint8Array(surb);
        // A block that the client refuses is an unknown tag to it later.
        this.#link.ask((id) => ({ kind: "adopt", id, surb: copy }))
          .catch(() => {});
        return tagOfReplySurb(copy);
      };
    }
    return welcome;
  }

  get address(): Recipient {
    return this.#welcome!.address;
  }

  get strongestStage(): Stage {
    return this.#welcome!.strongestStage;
  }

  async send(
    message: OutgoingMessage,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<ChannelSending> {
    signal?.throwIfAborted();
    const { target, surbs = 0, senderTag, resendOf } = message;
    this.#checkSize(message);
    if (this.#isDraining) throw new ClientLeftError();
    const sending = new ChannelSending(
      this.strongestStage,
      () => this.#withdraw(request),
    );
    const request = this.#link.open(
      (id) => ({
        kind: "send",
        id,
        target,
        surbs,
        senderTag,
        resendOf,
        body: new Uint8Array(message.body),
      }),
      (reply) => {
        if ("reason" in reply) {
          const { kind, reason } = reply;
          const isRefused = this.#isDraining && kind === "failed" &&
            sending.id === "" && reason instanceof ConnectionError &&
            !reason.mayArrive;
          sending.fail(isRefused ? new ClientLeftError() : reason);
        }
        if (reply.kind === "progress") sending.proceed(reply.progress);
        const over = "reason" in reply || reply.kind === "stage" &&
            sending.advance(reply.stage, reply.sending, reply.packets);
        return over ? "over" : "more";
      },
    );
    try {
      await this.#link.drained(signal);
      await sending.reached("queued", signal);
    } catch (error) {
      // Whoever gives up must not find that the message was sent after all.
      if (signal?.aborted) this.#withdraw(request).catch(() => {});
      throw error;
    }
    return sending;
  }

  messages(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<IncomingMessage> {
    return this.#inbox.messages(signal);
  }

  async backlog(
    options?: { signal?: AbortSignal | undefined },
  ): Promise<number> {
    const { waiting } = await this.queues(options);
    // What the client told before is here by now.
    return waiting + this.#inbox.waiting;
  }

  states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<MailboxState> {
    return this.#states.watch(signal);
  }

  /** How much waits in the client, in each direction. */
  async queues(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<ChannelQueues> {
    const asked = this.#link.ask((id) => ({ kind: "queues", id }));
    const reply = await abortable(asked, signal);
    if (reply.kind !== "queues") throw lostChannel();
    const { kind: _kind, id: _id, ...queues } = reply;
    return queues;
  }

  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) this.#inbox.leave();
    this.#closing.abort();
    this.#connection.close();
    // What broke before is told by `closed`.
    await this.closed.catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #read(): Promise<void> {
    const { signal: closing } = this.#closing;
    let reason = "closed";
    try {
      await this.#link.run();
      if (!closing.aborted) throw lostChannel();
    } catch (error) {
      this.#connection.close();
      this.#welcomed.reject(error);
      if (closing.aborted) return;
      reason = (error as Error).message;
      throw error;
    } finally {
      this.#welcomed.reject(lostChannel());
      await this.#connection.closed;
      this.#inbox.end();
      this.#states.tell({ kind: "closed", reason });
    }
  }

  #hear(reply: ChannelReply): void {
    switch (reply.kind) {
      case "welcome":
        this.#welcome = reply;
        return this.#welcomed.resolve(reply);
      case "message":
        return this.#inbox.put(reply);
      case "draining":
        this.#isDraining = true;
        return this.#inbox.leave();
      case "state": {
        const { state: kind, reason = "" } = reply;
        // The end is told when the connection has ended.
        if (kind === "connected") this.#states.tell({ kind });
        else if (kind === "reconnecting") this.#states.tell({ kind, reason });
        return;
      }
      default:
        // A later version may say more than is understood here.
    }
  }

  /** Without a connection nobody can tell what has left. */
  async #withdraw(sending: number): Promise<boolean> {
    try {
      const reply = await this.#link.ask((id) => ({
        kind: "withdraw",
        id,
        sending,
      }));
      return reply.kind === "withdrawn" && reply.nothingLeft;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return false;
    }
  }

  #checkSize({ body }: OutgoingMessage): void {
    const { maxBody } = this.#welcome!;
    if (body.length <= maxBody) return;
    throw new UsageError(
      `Cannot send message: have ${body.length} bytes, this client takes ${maxBody}`,
      { exitCode: EXIT.refused, mayArrive: false },
    );
  }
}
