import { ConnectionError, EXIT, ProtocolError } from "../errors.ts";
import type { FrameConnection } from "../transport/transport.ts";
import { errorOf } from "../wire/channel/channel_error.ts";
import { decodeChannelReply } from "../wire/channel/decode_reply.ts";
import type { ChannelReply } from "../wire/channel/reply.ts";
import {
  type ChannelRequest,
  encodeChannelRequest,
} from "../wire/channel/request.ts";

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
    try {
      for await (const frame of this.#connection.frames) this.#read(frame);
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
        this.#listeners.delete(id);
        listener({ kind: "ended", reason });
      }
    }
  }

  /** Send a request whose replies `listener` hears. Returns its number. */
  open(
    request: (id: number) => ChannelRequest,
    listener: Listener,
  ): number {
    const id = ++this.#lastId;
    this.#connection.send(encodeChannelRequest(request(id)));
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
    if (over === "over") this.#listeners.delete(id);
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
