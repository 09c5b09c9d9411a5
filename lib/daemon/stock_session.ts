import { type Clock, sleep } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Bytes } from "../bytes/brand.ts";
import { ConnectionError, NymError } from "../errors.ts";
import type { IncomingMessage, Mailbox } from "../mailbox/mailbox.ts";
import type { Frame } from "../transport/transport.ts";
import type { WsConnection } from "../transport/ws_connection.ts";
import { type Dialect, hasSingleSurbs } from "../wire/native/dialect.ts";
import { NativeError } from "../wire/native/error_code.ts";
import {
  decodeRequest,
  encodeResponse,
  type Mode,
  modeOf,
} from "../wire/native/native.ts";
import { type ReplyHandle, tagOfSurb } from "../wire/native/reply_handle.ts";
import type { NativeRequest } from "../wire/native/request.ts";
import type { NativeResponse } from "../wire/native/response.ts";
import type { DaemonSession } from "./daemon_server.ts";
import type { MessageHub } from "./hub.ts";
import type { LaneOwner, LaneTable } from "./lanes.ts";
import { Pace } from "./pace.ts";
import {
  frameDialect,
  type Receive,
  type StockDialect,
} from "./stock_options.ts";

/** While more than this waits to leave, nothing further is answered or pushed, in bytes. */
const MAX_BUFFERED = 1024 * 1024;
/** How long a program of the old documents may take for its first words, in milliseconds, before messages are pushed to it. */
const FIRST_WORDS = 1000;
/** How the old documents confirm that a message was taken on. */
const CONFIRMATION = `{"type":"send"}`;

/** What a session works with. */
export interface StockSessionOptions {
  /** The program. */
  connection: WsConnection;
  /** The client. */
  mailbox: Mailbox;
  /** What arrives for it. */
  hub: MessageHub;
  /** What both speak. */
  dialect: StockDialect;
  /** What the program wants of what arrives. */
  receive: Receive;
  /** The lanes of all programs. */
  lanes: LaneTable;
  /** How many reply blocks the old `withReplySurb` means in dialect c. */
  defaultSurbs: number;
  /** How many requests a second are read in the long run. */
  requestsPerSecond: number;
  /** Measures the time for first words, and the pace. */
  clock: Clock;
  /** Gives up on sends that wait for room. */
  signal: AbortSignal;
  /** Hears of failures that are not the program's. */
  onFailure: (reason: unknown) => void;
}

/**
 * One program on the stock protocol: requests are answered in order and in the mode that they came in, messages are pushed
 * in the mode of the program's last frame, binary before its first. A pushed message is taken when its frame was written;
 * what was not goes back. Ends when the program has gone and all it asked for was done.
 */
export class StockSession implements DaemonSession {
  readonly #options: StockSessionOptions;
  readonly #dialect: Dialect;
  readonly #lanes: LaneOwner = Symbol("lanes");
  readonly #firstAnswered = Promise.withResolvers<void>();
  /** A program that knows who the client is asks for something. */
  readonly #askedOn = Promise.withResolvers<void>();
  #introduced = false;
  readonly #over = Promise.withResolvers<void>();
  #mode: Mode;

  /** Nothing is read or pushed before {@linkcode run}. */
  constructor(options: StockSessionOptions) {
    this.#options = options;
    this.#dialect = frameDialect(options.dialect);
    this.#mode = options.dialect === "docs" ? "text" : "binary";
  }

  /** Say goodbye; what the program asked for before is done. */
  async drain(): Promise<void> {
    this.#options.connection.close(1001, "the client is about to stop");
    await this.#over.promise;
  }

  /** Serve until the end. */
  async run(): Promise<void> {
    const { connection, lanes, onFailure } = this.#options;
    const gone = new AbortController();
    const leaving = connection.closed.then(() => gone.abort());
    const pushing = new TaskSet(onFailure);
    pushing.add(this.#push(gone.signal));
    try {
      await this.#serve();
    } finally {
      connection.close();
      await pushing.join();
      await leaving;
      lanes.release(this.#lanes);
      this.#over.resolve();
    }
  }

  async #serve(): Promise<void> {
    const { connection, clock, requestsPerSecond, signal } = this.#options;
    const pace = new Pace({
      perSecond: requestsPerSecond,
      burst: requestsPerSecond,
      clock,
    });
    for await (const frame of connection.frames) {
      if (signal.aborted) return;
      this.#mode = modeOf(frame);
      if (this.#introduced) this.#askedOn.resolve();
      const answers = await this.#answer(frame);
      for (const answer of answers) await this.#say(answer);
      this.#firstAnswered.resolve();
      await pace.turn(signal);
    }
  }

  async #answer(frame: Frame): Promise<(string | Bytes)[]> {
    const { defaultSurbs, dialect, onFailure, signal } = this.#options;
    const mode = modeOf(frame);
    try {
      const request = decodeRequest(frame, this.#dialect, { defaultSurbs });
      const response = await this.#handle(request);
      const confirmed = dialect === "docs" && mode === "text" &&
        (request.kind === "send" || request.kind === "sendAnonymous");
      return [
        ...confirmed ? [CONFIRMATION] : [],
        ...response ? [encodeResponse(response, this.#dialect, mode)] : [],
      ];
    } catch (error) {
      if (signal.aborted) return [];
      if (!(error instanceof NymError)) onFailure(error);
      return [encodeResponse(refusal(error), this.#dialect, mode)];
    }
  }

  async #handle(request: NativeRequest): Promise<NativeResponse | undefined> {
    const { mailbox, lanes } = this.#options;
    switch (request.kind) {
      case "send":
      case "sendAnonymous":
      case "reply":
        return await this.#send(request);
      case "selfAddress":
        this.#introduced = true;
        return { kind: "selfAddress", address: mailbox.address };
      case "closedConnection":
        await lanes.drop(this.#lanes, request.lane);
        return undefined;
      case "getLaneQueueLength":
        return this.#laneQueueLength(request.lane);
      default:
        return request satisfies never;
    }
  }

  async #send(
    request: NativeRequest & { kind: "send" | "sendAnonymous" | "reply" },
  ): Promise<NativeResponse | undefined> {
    const { mailbox, lanes, signal } = this.#options;
    const { body, lane } = request;
    const message = request.kind === "reply"
      ? {
        target: {
          kind: "reply" as const,
          senderTag: this.#senderTag(request.handle),
        },
        body,
      }
      : {
        target: { kind: "recipient" as const, recipient: request.recipient },
        body,
        // No reply blocks still means an answerable message: it takes one to carry the tag.
        surbs: request.kind === "send" ? 0 : Math.max(1, request.surbs),
      };
    const sending = await mailbox.send(message, { signal });
    if (lane === undefined) return undefined;
    if (mailbox.strongestStage !== "queued") {
      lanes.add(this.#lanes, lane, sending);
    }
    return this.#laneQueueLength(lane);
  }

  #senderTag(handle: ReplyHandle) {
    if (handle.kind === "senderTag") return handle.senderTag;
    const own = tagOfSurb(handle.surb);
    if (own !== undefined) return own;
    const { mailbox } = this.#options;
    if (mailbox.adoptSurb !== undefined) return mailbox.adoptSurb(handle.surb);
    throw new NativeError(
      "malformedRequest",
      "malformed reply surb: this client has not handed it out",
    );
  }

  #laneQueueLength(lane: bigint): NativeResponse {
    const { lanes } = this.#options;
    const queueLength = lanes.length(this.#lanes, lane);
    return { kind: "laneQueueLength", lane, queueLength };
  }

  async #say(answer: string | Bytes): Promise<void> {
    const { connection, signal } = this.#options;
    try {
      connection.send(answer);
      await connection.drained(MAX_BUFFERED, signal);
    } catch (error) {
      // The program has gone; what else it asked for is done all the same.
      if (!(error instanceof ConnectionError)) throw error;
    }
  }

  async #push(gone: AbortSignal): Promise<void> {
    const { connection, dialect, hub, receive, onFailure } = this.#options;
    if (receive.kind === "none") return;
    if (receive.kind === "asked") {
      await Promise.race([this.#askedOn.promise, connection.closed]);
      if (gone.aborted) return;
    }
    using consumer = hub.subscribe({
      group: receive.kind === "shared" ? receive.group : undefined,
      onSlow: () => connection.close(1008, "messages are not read in time"),
    });
    const writes = new TaskSet(onFailure);
    try {
      if (dialect === "docs") await this.#firstWords(gone);
      for await (const message of consumer.messages(gone)) {
        const written = connection.write(this.#received(message));
        writes.add(
          // A frame that was not written is nobody's: its message goes back when this consumer leaves.
          written.then(() => message.taken(), () => {}),
        );
        await connection.drained(MAX_BUFFERED, gone);
      }
      connection.close(1001, "the client has stopped");
    } catch (error) {
      if (!gone.aborted && !(error instanceof ConnectionError)) throw error;
    } finally {
      await writes.join();
    }
  }

  async #firstWords(gone: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const spoken = new AbortController();
    this.#firstAnswered.promise.then(() => spoken.abort());
    try {
      await sleep(
        clock,
        FIRST_WORDS,
        AbortSignal.any([gone, spoken.signal]),
      );
    } catch (error) {
      if (!spoken.signal.aborted) throw error;
    }
  }

  #received(message: IncomingMessage): string | Bytes {
    const { body, senderTag, replySurb } = message;
    const handle: ReplyHandle | undefined =
      replySurb !== undefined && hasSingleSurbs(this.#dialect)
        ? { kind: "replySurb", surb: replySurb }
        : senderTag && { kind: "senderTag", senderTag };
    const response: NativeResponse = { kind: "received", body, handle };
    return encodeResponse(response, this.#dialect, this.#mode);
  }
}

function refusal(error: unknown): NativeResponse {
  if (error instanceof NativeError) {
    return { kind: "error", code: error.kind, detail: error.detail };
  }
  const detail = error instanceof NymError
    ? error.message
    : "the client failed to handle the request";
  return { kind: "error", code: "other", detail };
}
