import { backoff } from "../async/backoff.ts";
import { type Clock, sleep } from "../async/clock.ts";
import { AsyncQueue } from "../async/queue.ts";
import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { randomUnit, systemRandom } from "../crypto/random.ts";
import { ConnectionError } from "../errors.ts";
import type { NodeAddress } from "../message/node_address.ts";
import { connectTcp } from "../transport/tcp.ts";
import type { ByteConnection } from "../transport/transport.ts";
import type { Counters } from "./counters.ts";

/** Frames that wait together leave in one write, up to this many. */
const MAX_BATCH = 32;
/** Failed attempts to connect before what waits is given up: some ten seconds. */
const MAX_ATTEMPTS = 8;
/** Delays between attempts, in milliseconds; a neighbour on loopback is back soon or not at all. */
const FIRST_RETRY = 100;
const MAX_RETRY = 4000;

/** Options of {@linkcode NextHop}. */
export interface NextHopOptions {
  /** Its mix port. */
  address: NodeAddress;
  /** How many frames may wait; more are dropped. */
  capacity: number;
  /** Whose time it is. */
  clock: Clock;
  /** Where it counts. */
  counters: Counters;
}

/** One neighbour: a queue of frames and a connection that is opened when the first one comes and kept open. */
export class NextHop {
  readonly #address: NodeAddress;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #queue: AsyncQueue<Bytes>;
  #connection: ByteConnection | undefined;
  #watching: Promise<void> | undefined;
  #inFlight = 0;

  /** Make it; {@linkcode run} does the work. */
  constructor({ address, capacity, clock, counters }: NextHopOptions) {
    this.#address = address;
    this.#clock = clock;
    this.#counters = counters;
    this.#queue = new AsyncQueue({ capacity, policy: "drop-newest" });
  }

  /** Whether nothing waits and no connection is open. */
  get idle(): boolean {
    return this.#queue.size === 0 && this.#connection === undefined;
  }

  /** Queue a frame, or drop and count it. Returns whether it is queued. */
  send(frame: Bytes): boolean {
    const queued = this.#queue.offer(frame);
    if (!queued) this.#counters.add("egressQueueFull");
    return queued;
  }

  /** Drop the neighbour once its queue is empty. */
  stop(): void {
    this.#queue.close();
  }

  /** Write what comes until the hop is stopped or the signal fires; what waits then is dropped and counted. */
  async run(signal: AbortSignal): Promise<void> {
    const cut = () => this.#connection?.close();
    signal.addEventListener("abort", cut, { once: true });
    try {
      for (;;) {
        const first = await this.#queue.take(signal);
        if (first === undefined) return;
        await this.#write([first, ...this.#pollBatch()], signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      signal.removeEventListener("abort", cut);
      cut();
      this.#counters.add("unsentAtStop", this.#inFlight + this.#queue.size);
      this.#queue.close();
      await this.#watching;
    }
  }

  #pollBatch(): Bytes[] {
    const batch: Bytes[] = [];
    while (batch.length < MAX_BATCH - 1) {
      const frame = this.#queue.poll();
      if (frame === undefined) break;
      batch.push(frame);
    }
    return batch;
  }

  async #write(batch: readonly Bytes[], signal: AbortSignal): Promise<void> {
    this.#inFlight = batch.length;
    const connection = this.#connection ?? await this.#connect(signal);
    if (connection === undefined) {
      this.#counters.add(
        "egressUnreachable",
        batch.length + this.#dropQueue(),
      );
    } else if (await this.#tryWrite(connection, concat(...batch), signal)) {
      this.#counters.add("packetsSent", batch.length);
    } else {
      this.#counters.add("egressBroken", batch.length);
    }
    this.#inFlight = 0;
  }

  /** Returns false if the neighbour went away; the next frame connects again. */
  async #tryWrite(
    connection: ByteConnection,
    data: Bytes,
    signal: AbortSignal,
  ): Promise<boolean> {
    try {
      await connection.write(data);
      return true;
    } catch (error) {
      if (signal.aborted || !(error instanceof ConnectionError)) throw error;
      connection.close();
      return false;
    }
  }

  /** Connect, trying again for a while; nothing if the neighbour stays away. */
  async #connect(signal: AbortSignal): Promise<ByteConnection | undefined> {
    const delays = backoff({
      first: FIRST_RETRY,
      max: MAX_RETRY,
      random: () => 1 - randomUnit(systemRandom),
    });
    for (let attempt = 1;; attempt++) {
      try {
        // The watcher of a connection before this one has seen it closed.
        await this.#watching;
        const connection = await connectTcp(this.#address, { signal });
        this.#connection = connection;
        this.#watching = this.#watch(connection);
        return connection;
      } catch (error) {
        if (signal.aborted || !(error instanceof ConnectionError)) throw error;
        if (attempt === MAX_ATTEMPTS) return undefined;
        await sleep(this.#clock, delays.next().value, signal);
      }
    }
  }

  /** Neighbours never send anything back: reading finds out when one has gone, before a frame is written into the void. */
  async #watch(connection: ByteConnection): Promise<void> {
    try {
      for await (const _ of connection.chunks);
    } catch {
      // A broken connection and an ended one mean the same here.
    }
    connection.close();
    this.#connection = undefined;
  }

  #dropQueue(): number {
    let dropped = 0;
    while (this.#queue.poll() !== undefined) dropped++;
    return dropped;
  }
}
