import { AsyncQueue } from "../async/queue.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { NodeAddress } from "../message/node_address.ts";
import { type CounterSnapshot, sumCounters } from "./counters.ts";
import type { PublishedNetwork, RunningDirectory } from "./directory.ts";
import type { MixnetEvent } from "./events.ts";
import type { FaultOptions } from "./faults.ts";
import type { ManagedNode, NodePlace, RestartOptions } from "./managed_node.ts";
import type { NetworkFolder } from "./network_folder.ts";

/** Events that wait for a listener; the oldest are dropped beyond that. */
const MAX_EVENTS = 10_000;

/** A node of a {@linkcode Mixnet}. */
export interface MixnetNode {
  /** What events and errors call it. */
  readonly name: string;
  /** What it is for. */
  readonly place: NodePlace;
  /** Its number in the directory. */
  readonly nodeId: number;
  /** Its Ed25519 identity, 32 bytes. */
  readonly identity: Bytes;
  /** Its X25519 key of the current rotation, 32 bytes. */
  readonly sphinxKey: Bytes;
  /** Its mix port. */
  readonly mixAddress: NodeAddress;
  /** Where clients connect to it, if it is a gateway. */
  readonly clientUrl: string | undefined;
  /** What it counted, over its restarts. */
  counters(): CounterSnapshot;
  /** Hear what it tells, over its restarts; the result stops it. */
  listen(listener: (event: MixnetEvent) => void): () => void;
  /** Change what goes wrong on purpose, until the next restart. */
  setFaults(faults: FaultOptions): void;
  /** Read nothing more until {@linkcode resume}: peers feel it as back-pressure. */
  pause(): void;
  /** Go on after {@linkcode pause}. */
  resume(): void;
  /** Stop it, as a crash would: whatever waits in it is gone, and counted. */
  stop(): Promise<void>;
}

/** A whole mix network on loopback. */
export interface Mixnet extends AsyncDisposable {
  /** Where its directory is: what clients are given. */
  readonly apiUrl: string;
  /** The seed of its faults. */
  readonly seed: number;
  /** Mix nodes by layer, then gateways. */
  readonly nodes: readonly MixnetNode[];
  /**
   * A node by its name.
   *
   * @throws {RangeError} If there is none.
   */
  node(name: string): MixnetNode;
  /** The sum of what its nodes and its directory counted so far. */
  counters(): CounterSnapshot;
  /**
   * What its nodes tell from now on; nodes that nobody listens to tell nothing. Ends with the network, or when the signal
   * fires. Of a listener that falls behind by 10 000 events the oldest are dropped.
   */
  events(
    options?: { signal?: AbortSignal | undefined },
  ): AsyncIterable<MixnetEvent>;
  /** Stop a node if it runs, and start it again with its keys, ports and clients. */
  restartNode(name: string, options?: RestartOptions): Promise<void>;
  /** Go over to the next key rotation: each node gets a new Sphinx key, serves the old one too, and the directory says so. */
  rotateKeys(): Promise<void>;
  /** Stop everything. More calls do nothing. */
  stop(): Promise<void>;
}

/** What the directory of a network says about its nodes. */
export function publication(
  nodes: readonly ManagedNode[],
  rotations: number,
): PublishedNetwork {
  return { nodes: nodes.map((node) => node.describe()), rotations };
}

/** What {@linkcode RunningMixnet} is made of. */
export interface MixnetParts {
  /** The seed of its faults. */
  readonly seed: number;
  /** Its nodes, running. */
  readonly nodes: readonly ManagedNode[];
  /** Its directory, running. */
  readonly directory: RunningDirectory;
  /** Where keys and ports are kept. */
  readonly folder: NetworkFolder;
  /** Key rotations on top of those of the clock. */
  readonly rotations: number;
  /** All of it, to be let go of at the end. */
  readonly resources: AsyncDisposableStack;
}

/** A {@linkcode Mixnet} out of parts that run. */
export class RunningMixnet implements Mixnet {
  readonly seed: number;
  readonly nodes: readonly ManagedNode[];
  readonly #directory: RunningDirectory;
  readonly #folder: NetworkFolder;
  readonly #resources: AsyncDisposableStack;
  readonly #listeners = new Set<AsyncQueue<MixnetEvent>>();
  #rotations: number;
  #stopping: Promise<void> | undefined;

  /** Take parts that run already. */
  constructor(parts: MixnetParts) {
    this.seed = parts.seed;
    this.nodes = parts.nodes;
    this.#directory = parts.directory;
    this.#folder = parts.folder;
    this.#rotations = parts.rotations;
    this.#resources = parts.resources;
  }

  get apiUrl(): string {
    return this.#directory.apiUrl;
  }

  node(name: string): ManagedNode {
    const node = this.nodes.find((node) => node.name === name);
    if (node !== undefined) return node;
    throw new RangeError(
      `Cannot find node ${name}: have ${
        this.nodes.map(({ name }) => name).join(", ")
      }`,
    );
  }

  counters(): CounterSnapshot {
    return sumCounters([
      this.#directory.counters(),
      ...this.nodes.map((node) => node.counters()),
    ]);
  }

  events(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<MixnetEvent> {
    const queue = new AsyncQueue<MixnetEvent>({
      capacity: MAX_EVENTS,
      policy: "drop-oldest",
    });
    const stops = this.nodes.map((node) =>
      node.listen((event) => queue.offer(event))
    );
    const end = () => {
      for (const stop of stops) stop();
      queue.close();
      this.#listeners.delete(queue);
      signal?.removeEventListener("abort", end);
    };
    this.#listeners.add(queue);
    if (signal?.aborted || this.#stopping !== undefined) end();
    else signal?.addEventListener("abort", end, { once: true });
    return drain(queue, end);
  }

  async restartNode(name: string, options?: RestartOptions): Promise<void> {
    await this.node(name).restart(options);
    this.#publish();
  }

  async rotateKeys(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.rotateKey()));
    this.#rotations++;
    this.#publish();
    await this.#folder.writeDirectory({
      port: this.#directory.port,
      rotations: this.#rotations,
    });
  }

  stop(): Promise<void> {
    for (const queue of this.#listeners) queue.close();
    return this.#stopping ??= this.#resources.disposeAsync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #publish(): void {
    this.#directory.publish(publication(this.nodes, this.#rotations));
  }
}

async function* drain(
  queue: AsyncQueue<MixnetEvent>,
  end: () => void,
): AsyncGenerator<MixnetEvent, void> {
  try {
    yield* queue;
  } finally {
    end();
  }
}
