import type { Clock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import { ConnectionError, DecodeError } from "../errors.ts";
import { listenTcp, type TcpListener } from "../transport/tcp.ts";
import type { ByteConnection } from "../transport/transport.ts";
import type { MixFrame } from "../wire/mix/frame.ts";
import { MixFramer } from "../wire/mix/framer.ts";
import type { Counters } from "./counters.ts";
import type { Gate } from "./gate.ts";

/** Connections that may be open at once; one more is closed at once and counted. */
const MAX_CONNECTIONS = 1024;

/** Options of {@linkcode MixPort}. */
export interface MixPortOptions {
  /** Whose time it is. */
  clock: Clock;
  /** Where it counts. */
  counters: Counters;
  /** While it is closed nothing is read. */
  gate: Gate;
  /** Gets every frame, with the time at which it came. */
  onFrame: (frame: MixFrame, receivedAt: number) => void;
  /** Hears of bugs. */
  onFailure: (reason: unknown) => void;
  /** Connections that may be open at once. @default 1024 */
  maxConnections?: number | undefined;
}

/** The TCP port that packets come in through. Bytes that are no frames end their own connection and no other. */
export class MixPort implements AsyncDisposable {
  readonly #listener: TcpListener;
  readonly #options: MixPortOptions;
  readonly #connections = new Set<ByteConnection>();
  readonly #tasks: TaskSet;

  /** Serve a listener. */
  constructor(listener: TcpListener, options: MixPortOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#tasks = new TaskSet(options.onFailure);
    this.#tasks.add(this.#accept());
  }

  /** Listen and serve; port 0 is any free one. */
  static open(host: string, port: number, options: MixPortOptions): MixPort {
    return new MixPort(listenTcp({ host, port }), options);
  }

  /** The port. */
  get port(): number {
    return this.#listener.port;
  }

  /** Stop listening and end all connections. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    this.#options.gate.open();
    await this.#tasks.join();
  }

  async #accept(): Promise<void> {
    const { counters, maxConnections = MAX_CONNECTIONS } = this.#options;
    for await (const connection of this.#listener.connections) {
      if (this.#connections.size >= maxConnections) {
        counters.add("refusedConnections");
        connection.close();
        continue;
      }
      this.#connections.add(connection);
      this.#tasks.add(this.#serve(connection));
    }
  }

  async #serve(connection: ByteConnection): Promise<void> {
    const { counters } = this.#options;
    try {
      await this.#read(connection);
    } catch (error) {
      if (error instanceof DecodeError) counters.add("malformedFrames");
      // A neighbour that breaks off is no news: what it had not sent, it still has.
      else if (!(error instanceof ConnectionError)) throw error;
    } finally {
      connection.close();
      this.#connections.delete(connection);
    }
  }

  async #read(connection: ByteConnection): Promise<void> {
    const { clock, counters, gate, onFrame } = this.#options;
    const framer = new MixFramer();
    for await (const chunk of connection.chunks) {
      const receivedAt = clock.now();
      for (const frame of framer.push(chunk)) {
        if (gate.closed) await gate.passed();
        counters.add("packetsReceived");
        onFrame(frame, receivedAt);
      }
    }
    if (this.#connections.has(connection)) framer.end();
  }
}
