import { type Clock, systemClock } from "../async/clock.ts";
import { randomIndex, systemRandom } from "../crypto/random.ts";
import { cryptoReady } from "../crypto/sodium.ts";
import type { X25519KeyPair } from "../crypto/x25519.ts";
import { CryptoError, DecodeError } from "../errors.ts";
import type { NodeAddress } from "../message/node_address.ts";
import { finishPacket, type ProcessedPacket } from "../sphinx/process.ts";
import type { MixFrame, MixFrameVersion } from "../wire/mix/frame.ts";
import { Counters, type CounterSnapshot } from "./counters.ts";
import { Egress } from "./egress.ts";
import { EventHub, type MixnetEvent } from "./events.ts";
import { type FaultOptions, Faults } from "./faults.ts";
import { Gate } from "./gate.ts";
import { MixPort } from "./mix_port.ts";
import { SphinxKeys } from "./sphinx_keys.ts";

/** Options that mix nodes and gateways have in common. */
export interface NodeOptions {
  /** What events and errors call it. */
  name: string;
  /** Its Sphinx keys, that of the current rotation first and perhaps the one before. */
  sphinxKeys: readonly X25519KeyPair[];
  /** Where it listens. @default "127.0.0.1" */
  host?: string | undefined;
  /** Its mix port; 0 is any free one. @default 0 */
  mixPort?: number | undefined;
  /** Which version of the framing it sends; it reads 7 and 8. @default 7 */
  frameVersion?: MixFrameVersion | undefined;
  /** Frames that may wait for one neighbour. @default 2000 */
  queueCapacity?: number | undefined;
  /** What goes wrong on purpose. @default nothing */
  faults?: FaultOptions | undefined;
  /** Makes the faults repeat. @default drawn */
  seed?: number | undefined;
  /** Where it counts, for one that counts on over its restarts. @default its own */
  counters?: Counters | undefined;
  /** Whom it tells what it does, for those who listen over its restarts. @default its own */
  events?: EventHub | undefined;
  /** Whose time it is. @default the system's */
  clock?: Clock | undefined;
  /** Hears of bugs. @default they are reported as uncaught errors */
  onFailure?: ((reason: unknown) => void) | undefined;
}

/** A node that runs. */
export interface RunningNode extends AsyncDisposable {
  /** What events and errors call it. */
  readonly name: string;
  /** Its mix port. */
  readonly mixAddress: NodeAddress;
  /** Its Sphinx keys, newest first. */
  readonly sphinxKeys: readonly X25519KeyPair[];
  /** What it counted so far. */
  counters(): CounterSnapshot;
  /** Hear what it tells from now on; the result stops it. */
  listen(listener: (event: MixnetEvent) => void): () => void;
  /** Change what goes wrong on purpose. */
  setFaults(faults: FaultOptions): void;
  /** Read nothing more until {@linkcode resume}: peers feel it as back-pressure. */
  pause(): void;
  /** Go on after {@linkcode pause}. */
  resume(): void;
  /** Go over to a new Sphinx key; the current one is served until the next rotation. */
  rotateKey(key: X25519KeyPair): void;
}

/** A packet that came in, was for this node, and is new. */
export interface Arrival {
  /** As it came. */
  readonly frame: MixFrame;
  /** When it came, in milliseconds of the node's clock. */
  readonly receivedAt: number;
  /** What its header says and what it becomes. */
  readonly packet: ProcessedPacket;
}

/** What every node has, whatever it does with packets: keys, a mix port, the way out, counters, events and faults. */
export class NodeCore implements RunningNode {
  readonly name: string;
  /** Where it listens. */
  readonly host: string;
  /** Whose time it is. */
  readonly clock: Clock;
  /** Where it counts. */
  readonly counts: Counters;
  /** Whom it tells what it does. */
  readonly events: EventHub;
  /** What goes wrong on purpose. */
  readonly faults: Faults;
  /** Its way out. */
  readonly egress: Egress;
  /** Closed while it is paused. */
  readonly gate = new Gate();
  /** Hears of bugs. */
  readonly onFailure: (reason: unknown) => void;
  readonly #keys: SphinxKeys;
  #port: MixPort | undefined;

  /** Make a node that does not listen yet. */
  constructor(options: NodeOptions) {
    const { name, host = "127.0.0.1", frameVersion = 7 } = options;
    this.name = name;
    this.host = host;
    this.clock = options.clock ?? systemClock;
    this.onFailure = options.onFailure ?? reportError;
    const seed = options.seed ?? randomIndex(systemRandom, 2 ** 32);
    this.faults = new Faults(name, seed, options.faults);
    this.counts = options.counters ?? new Counters();
    this.events = options.events ?? new EventHub();
    this.#keys = new SphinxKeys(
      options.sphinxKeys,
      (tags) => this.counts.add("forgottenTags", tags),
    );
    this.egress = new Egress({
      clock: this.clock,
      counters: this.counts,
      faults: this.faults,
      frameVersion,
      queueCapacity: options.queueCapacity,
      onFailure: this.onFailure,
    });
  }

  /**
   * Start to take packets in; those that are whole, new and for this node go to `onArrival`.
   *
   * @throws {ConnectionError} If the port is taken.
   */
  async open(
    mixPort: number,
    onArrival: (arrival: Arrival) => void,
  ): Promise<void> {
    await cryptoReady();
    this.#port = MixPort.open(this.host, mixPort, {
      clock: this.clock,
      counters: this.counts,
      gate: this.gate,
      onFailure: this.onFailure,
      onFrame: (frame, receivedAt) => {
        if (this.faults.loses()) return this.counts.add("lostPackets");
        const packet = this.#process(frame.packet);
        if (packet !== undefined) onArrival({ frame, receivedAt, packet });
      },
    });
  }

  get mixAddress(): NodeAddress {
    return { host: this.host, port: this.#port!.port };
  }

  get sphinxKeys(): readonly X25519KeyPair[] {
    return this.#keys.pairs;
  }

  counters(): CounterSnapshot {
    return this.counts.snapshot();
  }

  listen(listener: (event: MixnetEvent) => void): () => void {
    return this.events.listen(listener);
  }

  setFaults(faults: FaultOptions): void {
    this.faults.set(faults);
  }

  pause(): void {
    this.gate.close();
  }

  resume(): void {
    this.gate.open();
  }

  rotateKey(key: X25519KeyPair): void {
    this.#keys.rotate(key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#port?.[Symbol.asyncDispose]();
    await this.egress[Symbol.asyncDispose]();
  }

  #process(packet: Uint8Array): ProcessedPacket | undefined {
    try {
      const { peeled, isNew } = this.#keys.peel(packet);
      if (isNew) return finishPacket(peeled);
      this.counts.add("replayedPackets");
    } catch (error) {
      if (!(error instanceof CryptoError || error instanceof DecodeError)) {
        throw error;
      }
      this.counts.add("malformedPackets");
    }
    return undefined;
  }
}
