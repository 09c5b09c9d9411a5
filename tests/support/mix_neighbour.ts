import { AsyncQueue } from "../../lib/async/queue.ts";
import { TaskSet } from "../../lib/async/tasks.ts";
import type { NodeAddress } from "../../lib/message/node_address.ts";
import {
  connectTcp,
  listenTcp,
  type TcpListener,
} from "../../lib/transport/tcp.ts";
import type { ByteConnection } from "../../lib/transport/transport.ts";
import {
  encodeMixFrame,
  type MixFrame,
  type MixFrameVersion,
} from "../../lib/wire/mix/frame.ts";
import { MixFramer } from "../../lib/wire/mix/framer.ts";

/** Whatever a node sends to its next hop, frame by frame; with a target it is passed on there unchanged, as by a proxy. */
export class MixNeighbour implements AsyncDisposable {
  /** First byte of every chunk: the framing's version, where frames come one by one. */
  readonly firstBytes: number[] = [];
  readonly #listener: TcpListener;
  readonly #target: NodeAddress | undefined;
  readonly #frames = new AsyncQueue<MixFrame>({ capacity: 100_000 });
  readonly #connections = new Set<ByteConnection>();
  readonly #tasks = new TaskSet(reportError);

  private constructor(listener: TcpListener, target?: NodeAddress) {
    this.#listener = listener;
    this.#target = target;
    this.#tasks.add(this.#accept());
  }

  /** Listen; `port` 0 is any free one. */
  static open(
    { target, port = 0 }: { target?: NodeAddress; port?: number } = {},
  ): MixNeighbour {
    return new MixNeighbour(listenTcp({ host: "127.0.0.1", port }), target);
  }

  /** Where to send packets. */
  get address(): NodeAddress {
    return { host: "127.0.0.1", port: this.#listener.port };
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Frames that came and were not taken. */
  get waiting(): number {
    return this.#frames.size;
  }

  /** The next frame. */
  async frame(): Promise<MixFrame> {
    const frame = await this.#frames.take();
    if (frame !== undefined) return frame;
    throw new Error("Cannot wait for a frame: the neighbour has closed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#tasks.join();
    this.#frames.close();
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener.connections) {
      this.#connections.add(connection);
      this.#tasks.add(this.#read(connection));
    }
  }

  async #read(connection: ByteConnection): Promise<void> {
    const onward = this.#target && await connectTcp(this.#target);
    const framer = new MixFramer();
    try {
      for await (const chunk of connection.chunks) {
        this.firstBytes.push(chunk[0]!);
        for (const frame of framer.push(chunk)) this.#frames.offer(frame);
        await onward?.write(chunk);
      }
    } finally {
      connection.close();
      onward?.close();
      this.#connections.delete(connection);
    }
  }
}

/** Send frames to a mix port over a connection of their own, which stays open until the result is disposed of. */
export async function sendFrames(
  address: NodeAddress,
  frames: readonly MixFrame[],
  version: MixFrameVersion = 7,
): Promise<ByteConnection> {
  const connection = await connectTcp(address);
  for (const frame of frames) {
    await connection.write(encodeMixFrame(frame, version));
  }
  return connection;
}
