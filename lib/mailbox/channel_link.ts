import { ConnectionError, EXIT, ProtocolError } from "../errors.ts";
import type { FrameConnection } from "../transport/transport.ts";
import { errorOf } from "../wire/channel/channel_error.ts";
import { decodeChannelReply } from "../wire/channel/decode_reply.ts";
import type { ChannelReply } from "../wire/channel/reply.ts";
import {
  type ChannelRequest,
  encodeChannelRequest,
} from "../wire/channel/request.ts";
import { CLIENT_STOPS } from "../wire/channel/version.ts";
import { ClientLeftError } from "./client_left.ts";

/** While more than this waits to leave, further messages wait, in bytes. */
const MAX_BUFFERED = 1024 * 1024;

/** A reply to a request. */
export type Answer = Extract<ChannelReply, { readonly id: number }>;

/** Hears the replies to one request until it says that there will be none: it was refused, or the connection ended. */
export type Listener = (
  reply: Answer | { kind: "failed" | "ended"; reason: unknown },
) => "more" | "over";

/** Requests and replies over our channel, brought together by their numbers. */
export class ChannelLink {
  readonly #connection: FrameConnection;
  readonly #listeners = new Map<number, Listener>();
  /** Requests that have been answered, of those that are not over. */
  readonly #answered = new Set<number>();
  readonly #onReply: (reply: ChannelReply) => void;
  #lastId = 0;

  /** `onReply` hears what answers no request. */
  constructor(
    connection: FrameConnection,
    onReply: (reply: ChannelReply) => void,
  ) {
    this.#connection = connection;
    this.#onReply = onReply;
  }

  /**
   * Read until the connection has ended; requests under way then fail.
   *
   * @throws {ProtocolError} If what comes is not of this channel.
   */
  async run(): Promise<void> {
    let reason: unknown = lostChannel();
    let isLeft = false;
    try {
      for await (const frame of this.#connection.frames) this.#read(frame);
      // A client that says goodbye has answered everything that it has taken on.
      isLeft = (await this.#connection.closed).code === CLIENT_STOPS;
    } catch (error) {
      reason = new ProtocolError(
        `Cannot understand the running client: ${(error as Error).message}`,
        {
          cause: error,
          exitCode: EXIT.down,
          mayArrive: true,
          hint: "Check that both processes are of the same version",
        },
      );
      throw reason;
    } finally {
      for (const [id, listener] of this.#listeners) {
        const isUntouched = isLeft && !this.#answered.has(id);
        this.#listeners.delete(id);
        listener({
          kind: "ended",
          reason: isUntouched ? new ClientLeftError() : reason,
        });
      }
    }
  }

  /**
   * Send a request whose replies `listener` hears. Returns its number.
   *
   * @throws {ClientLeftError} If the connection has ended.
   */
  open(
    request: (id: number) => ChannelRequest,
    listener: Listener,
  ): number {
    const id = ++this.#lastId;
    const frame = encodeChannelRequest(request(id));
    try {
      this.#connection.send(frame);
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      throw new ClientLeftError();
    }
    this.#listeners.set(id, listener);
    return id;
  }

  /** Send a request and wait for its one reply. */
  ask(
    request: (id: number) => ChannelRequest,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.open(request, (reply) => {
        if ("reason" in reply) reject(reply.reason);
        else resolve(reply);
        return "over";
      });
    });
  }

  /** Send what is not answered. */
  tell(request: ChannelRequest): void {
    this.#connection.send(encodeChannelRequest(request));
  }

  /** Wait until what was sent has left, but for a little. */
  async drained(signal?: AbortSignal): Promise<void> {
    await this.#connection.drained(MAX_BUFFERED, signal);
  }

  #read(frame: string | Uint8Array): void {
    const reply = decodeChannelReply(frame);
    if (reply === undefined) return;
    if (reply.kind === "message" || !("id" in reply)) {
      return this.#onReply(reply);
    }
    const { id } = reply;
    const listener = id === undefined ? undefined : this.#listeners.get(id);
    if (id === undefined || listener === undefined) return;
    const over = listener(
      reply.kind === "error"
        ? { kind: "failed", reason: errorOf(reply.error) }
        // The cast says that this one has an id, which was checked above.
        : reply as Answer,
    );
    if (over === "more") {
      this.#answered.add(id);
      return;
    }
    this.#listeners.delete(id);
    this.#answered.delete(id);
  }
}

/** The connection has gone while something was under way. */
export function lostChannel(): ConnectionError {
  return new ConnectionError(
    "Cannot hear from the running client: the connection ended",
    {
      exitCode: EXIT.lost,
      mayArrive: true,
      hint: "Check that the process that holds the client still runs",
    },
  );
}
