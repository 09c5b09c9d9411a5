import { MessageHub } from "../../lib/daemon/hub.ts";
import type { DaemonServer } from "../../lib/daemon/daemon_server.ts";
import {
  serveStock,
  type StockServerOptions,
} from "../../lib/daemon/stock_server.ts";
import type { Frame } from "../../lib/transport/transport.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";
import type { WsConnection } from "../../lib/transport/ws_connection.ts";
import { MemoryMailbox, type MemoryMailboxOptions } from "./memory_mailbox.ts";

/** A stock server over a mailbox in memory. */
export interface StockFixture extends AsyncDisposable {
  readonly mailbox: MemoryMailbox;
  readonly hub: MessageHub;
  readonly server: DaemonServer;
  /** Connect a program. */
  connect(query?: string, headers?: Record<string, string>): Promise<Program>;
}

/** Start one; what fails in it fails the test. */
export async function startStock(
  options: Partial<StockServerOptions> = {},
  mailboxOptions: MemoryMailboxOptions = {},
): Promise<StockFixture> {
  const failures: unknown[] = [];
  const mailbox = new MemoryMailbox(mailboxOptions);
  const hub = new MessageHub({
    mailbox,
    onFailure: (reason) => failures.push(reason),
  });
  const server = await serveStock({
    mailbox,
    hub,
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    ...options,
    onEvent(event) {
      if (event.kind === "failed") failures.push(event.reason);
      options.onEvent?.(event);
    },
  });
  return {
    mailbox,
    hub,
    server,
    async connect(query = "", headers = {}) {
      return new Program(
        await connectWs(`${server.url}/${query}`, { headers }),
      );
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await hub.close();
      await mailbox.close();
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** A program on the stock protocol. */
export class Program implements AsyncDisposable {
  readonly connection: WsConnection;
  readonly #frames: AsyncIterator<Frame>;

  constructor(connection: WsConnection) {
    this.connection = connection;
    this.#frames = connection.frames[Symbol.asyncIterator]();
  }

  /** Send a frame; what is neither text nor bytes goes as JSON. */
  send(frame: unknown): void {
    this.connection.send(
      typeof frame === "string" || frame instanceof Uint8Array
        ? frame
        : JSON.stringify(frame),
    );
  }

  /** The next frame. */
  async next(): Promise<Frame> {
    const { done, value } = await this.#frames.next();
    if (done) {
      const end = await this.connection.closed;
      throw new Error(`Connection ended: ${end.code} ${end.reason}`);
    }
    return value;
  }

  /** The next frame, which has to be JSON. */
  async json(): Promise<Record<string, unknown>> {
    const frame = await this.next();
    if (typeof frame !== "string") throw new Error("Have a binary frame");
    return JSON.parse(frame);
  }

  /** Send a frame and get the next one. */
  ask(frame: unknown): Promise<Frame> {
    this.send(frame);
    return this.next();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.connection[Symbol.asyncDispose]();
  }
}
