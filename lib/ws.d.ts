/** Types of what we use from `ws`, which brings none of its own (https://github.com/websockets/ws, doc/ws.md). */

declare module "ws" {
  import type { EventEmitter } from "node:events";
  import type { IncomingMessage } from "node:http";
  import type { Duplex } from "node:stream";

  interface ReceiveOptions {
    /** No message may be longer, in bytes, after its frames were joined. */
    maxPayload?: number;
    perMessageDeflate?: boolean;
  }

  interface ClientOptions extends ReceiveOptions {
    handshakeTimeout?: number;
    headers?: Readonly<Record<string, string>>;
    followRedirects?: boolean;
    /** Whether pings are answered as they arrive. @default true */
    autoPong?: boolean;
  }

  interface ServerOptions extends ReceiveOptions {
    noServer: true;
    clientTracking?: boolean;
    /** Chooses one of the subprotocols that the client offers; `false` is none. */
    handleProtocols?: (
      offered: Set<string>,
      request: IncomingMessage,
    ) => string | false;
  }

  export class WebSocket extends EventEmitter {
    static readonly CONNECTING: 0;
    static readonly OPEN: 1;
    static readonly CLOSING: 2;
    static readonly CLOSED: 3;
    constructor(
      url: string,
      protocols?: readonly string[],
      options?: ClientOptions,
    );
    binaryType: "nodebuffer" | "arraybuffer" | "fragments";
    readonly bufferedAmount: number;
    readonly readyState: 0 | 1 | 2 | 3;
    readonly protocol: string;
    pause(): void;
    resume(): void;
    close(code?: number, reason?: string): void;
    terminate(): void;
    ping(data: string): void;
    pong(data: Uint8Array, mask: undefined, written: () => void): void;
    send(
      data: string | Uint8Array,
      options: { binary?: boolean; fin?: boolean },
      written?: (error?: Error | null) => void,
    ): void;
    on(event: "open", listener: () => void): this;
    on(
      event: "message",
      listener: (data: ArrayBuffer | Uint8Array, isBinary: boolean) => void,
    ): this;
    on(event: "ping" | "pong", listener: (data: Uint8Array) => void): this;
    on(
      event: "error",
      listener: (error: Error & { code?: string }) => void,
    ): this;
    on(
      event: "close",
      listener: (code: number, reason: Uint8Array) => void,
    ): this;
  }

  export class WebSocketServer extends EventEmitter {
    constructor(options: ServerOptions);
    handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Uint8Array,
      accepted: (socket: WebSocket) => void,
    ): void;
    close(): void;
  }
}
