import type { Clock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import { Waiters } from "../async/waiters.ts";
import { ConnectionError, DecodeError, NymError } from "../errors.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Frame } from "../transport/transport.ts";
import type { WsConnection } from "../transport/ws_connection.ts";
import { AddressError } from "../message/address_error.ts";
import {
  type ChannelError,
  type ChannelErrorCode,
  channelErrorOf,
} from "../wire/channel/channel_error.ts";
import { encodeChannelReply } from "../wire/channel/encode_reply.ts";
import type { ChannelReply } from "../wire/channel/reply.ts";
import {
  type ChannelRequest,
  decodeChannelRequest,
  idOfFrame,
  UnknownTypeError,
} from "../wire/channel/request.ts";
import {
  CHANNEL_VERSION,
  CLIENT_STOPS,
  MAX_BODY,
  MAX_SENDINGS,
  MAX_WINDOW,
} from "../wire/channel/version.ts";
import { ChannelDeliveries } from "./channel_deliveries.ts";
import { ChannelSendings } from "./channel_sendings.ts";
import type { DaemonSession } from "./daemon_server.ts";
import type { MessageHub } from "./hub.ts";
import { Pace } from "./pace.ts";

/** While more than this waits to leave, nothing further is handed out or read, in bytes. */
const MAX_BUFFERED = 1024 * 1024;

const HINT =
  "This is nymwire's own channel, version 1; programs written for nym-client connect to the port that `nymwire run` prints";

/** What a session works with. */
export interface ChannelSessionOptions {
  /** The program. */
  connection: WsConnection;
  /** The client. */
  mailbox: Mailbox;
  /** What arrives for it. */
  hub: MessageHub;
  /** Measures when progress is told. */
  clock: Clock;
  /** How many requests a second are read in the long run. */
  requestsPerSecond: number;
  /** Gives up on messages that wait for room. */
  signal: AbortSignal;
  /** Hears of failures that are not the program's. */
  onFailure: (reason: unknown) => void;
}

/** One program on our own channel, until it has gone and all it sent is queued. */
export class ChannelSession implements DaemonSession {
  readonly #options: ChannelSessionOptions;
  readonly #gone = new AbortController();
  readonly #sendings: ChannelSendings;
  readonly #deliveries: ChannelDeliveries;
  readonly #tasks: TaskSet;
  readonly #over = Promise.withResolvers<void>();
  /** Wakes when a message sent is over, or one handed out is taken. */
  readonly #settled = new Waiters();
  #draining = false;

  /** Nothing is said before {@linkcode run}. */
  constructor(options: ChannelSessionOptions) {
    this.#options = options;
    const { mailbox, hub, clock, signal: stop, onFailure } = options;
    const gone = this.#gone.signal;
    const say = (reply: ChannelReply) => this.#say(reply);
    this.#tasks = new TaskSet(onFailure);
    this.#sendings = new ChannelSendings({
      mailbox,
      onSettled: () => this.#settled.wake(),
      clock,
      say,
      gone,
      stop,
      onFailure,
    });
    this.#deliveries = new ChannelDeliveries({
      hub,
      say,
      tell: (reply) => this.#tell(reply),
      gone,
      onFailure,
    });
  }

  /**
   * Take on no more messages and hand out none; say goodbye when those sent have come as far as they can and those handed out
   * are taken.
   */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#deliveries.stop();
    this.#say({ kind: "draining" });
    while (
      !this.#gone.signal.aborted &&
      (this.#sendings.size > 0 || this.#deliveries.untaken > 0)
    ) await this.#settled.change(this.#gone.signal).catch(() => {});
    this.#options.connection.close(CLIENT_STOPS, "the client is about to stop");
    await this.#over.promise;
  }

  /** Serve until the end. */
  async run(): Promise<void> {
    const { connection, mailbox, signal, clock, requestsPerSecond } =
      this.#options;
    this.#tasks.add(connection.closed.then(() => this.#gone.abort()));
    this.#tasks.add(this.#tellStates());
    this.#say({
      kind: "welcome",
      version: CHANNEL_VERSION,
      address: mailbox.address,
      strongestStage: mailbox.strongestStage,
      adoptsSurbs: mailbox.adoptSurb !== undefined,
      maxBody: MAX_BODY,
      maxWindow: MAX_WINDOW,
      maxSendings: MAX_SENDINGS,
    });
    const pace = new Pace({
      perSecond: requestsPerSecond,
      burst: requestsPerSecond,
      clock,
    });
    try {
      for await (const frame of connection.frames) {
        if (signal.aborted) return;
        await this.#handle(frame);
        await this.#drained();
        await pace.turn(signal);
      }
    } finally {
      connection.close();
      await this.#deliveries[Symbol.asyncDispose]();
      await this.#sendings.join();
      await this.#tasks.join();
      this.#over.resolve();
    }
  }

  async #handle(frame: Frame): Promise<void> {
    let request: ChannelRequest;
    try {
      request = decodeChannelRequest(frame);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      const id = idOfFrame(frame);
      const code = errorCode(error, id);
      return this.#refuse(id, code, error.message, error.hint ?? HINT);
    }
    if (
      this.#draining &&
      (request.kind === "send" || request.kind === "subscribe")
    ) {
      const message = "Cannot do that: the client is about to stop";
      return this.#refuse(request.id, "down", message, null);
    }
    switch (request.kind) {
      case "send":
        return await this.#sendings.send(request);
      case "withdraw":
        return void this.#tasks.add(
          this.#answer(request.id, this.#sendings.withdraw(request)),
        );
      case "subscribe":
        return this.#done(request.id, this.#deliveries.subscribe(request));
      case "unsubscribe":
        this.#settled.wake();
        return this.#done(
          request.id,
          this.#deliveries.unsubscribe(request)
            ? undefined
            : `there is no subscription ${request.subscription}`,
        );
      case "taken":
        return void this.#tasks.add(
          this.#answer(request.id, this.#taken(request)),
        );
      case "pass":
        this.#deliveries.pass(request.delivery);
        return this.#settled.wake();
      case "adopt":
        return await this.#answer(request.id, this.#adopt(request));
      case "queues":
        return this.#say({
          kind: "queues",
          id: request.id,
          sendings: this.#sendings.size,
          packets: this.#sendings.packets,
          waiting: this.#deliveries.waiting,
          untaken: this.#deliveries.untaken,
          consumers: this.#options.hub.consumers,
        });
      default:
        request satisfies never;
    }
  }

  async #taken(
    { id, delivery }: ChannelRequest & { kind: "taken" },
  ): Promise<void> {
    const had = await this.#deliveries.taken(delivery);
    this.#done(id, had ? undefined : `delivery ${delivery} is over`);
    this.#settled.wake();
  }

  async #adopt(
    { id, surb }: ChannelRequest & { kind: "adopt" },
  ): Promise<void> {
    const { mailbox } = this.#options;
    if (mailbox.adoptSurb === undefined) {
      const message = "Cannot adopt reply block: this client has none";
      return this.#refuse(id, "refused", message, null);
    }
    const senderTag = await mailbox.adoptSurb(surb);
    this.#say({ kind: "adopted", id, senderTag });
  }

  async #tellStates(): Promise<void> {
    const { mailbox, connection } = this.#options;
    const { signal } = this.#gone;
    try {
      for await (const state of mailbox.states({ signal })) {
        const reason = "reason" in state ? state.reason : undefined;
        this.#say({ kind: "state", state: state.kind, reason });
      }
      connection.close(1011, "the client has stopped");
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Let a request that fails be answered with why. */
  async #answer(id: number, doing: Promise<void>): Promise<void> {
    try {
      await doing;
    } catch (error) {
      if (!(error instanceof NymError)) this.#options.onFailure(error);
      this.#say({ kind: "error", id, error: channelErrorOf(error) });
    }
  }

  #done(id: number, fault: string | undefined): void {
    if (fault === undefined) this.#say({ kind: "done", id });
    else this.#refuse(id, "request", `Cannot do that: ${fault}`, null);
  }

  #refuse(
    id: number | undefined,
    code: ChannelErrorCode,
    message: string,
    hint: string | null,
  ): void {
    const error: ChannelError = { code, message, hint, mayArrive: false };
    this.#say({ kind: "error", id, error });
  }

  #say(reply: ChannelReply): void {
    try {
      this.#options.connection.send(encodeChannelReply(reply));
    } catch (error) {
      // The program has gone, and with it whoever wanted to know.
      if (!(error instanceof ConnectionError)) throw error;
    }
  }

  async #tell(reply: ChannelReply): Promise<void> {
    this.#say(reply);
    await this.#drained();
  }

  async #drained(): Promise<void> {
    try {
      await this.#options.connection.drained(MAX_BUFFERED, this.#gone.signal);
    } catch (error) {
      if (!this.#gone.signal.aborted && !(error instanceof ConnectionError)) {
        throw error;
      }
    }
  }
}

function errorCode(
  error: DecodeError,
  id: number | undefined,
): ChannelErrorCode {
  if (error instanceof AddressError) return "address";
  if (error instanceof UnknownTypeError) return "unknownType";
  return id === undefined ? "frame" : "request";
}
