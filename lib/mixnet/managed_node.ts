import type { Bytes } from "../bytes/brand.ts";
import { systemRandom } from "../crypto/random.ts";
import { generateX25519 } from "../crypto/x25519.ts";
import type { NodeAddress } from "../message/node_address.ts";
import { PortTakenError } from "../transport/http_server.ts";
import type { SkimmedNode } from "../wire/directory/skimmed_node.ts";
import type { GatewayProtocol } from "../wire/gateway/version.ts";
import { Counters, type CounterSnapshot } from "./counters.ts";
import { EventHub, type MixnetEvent } from "./events.ts";
import type { FaultOptions } from "./faults.ts";
import { startGateway } from "./gateway.ts";
import { GatewayStore } from "./gateway_store.ts";
import { startMixNode } from "./mix_node.ts";
import type { NetworkFolder } from "./network_folder.ts";
import type { NodeOptions, RunningNode } from "./node.ts";
import type { NodeState } from "./node_state.ts";

/** What a node of the network is for. */
export type NodePlace =
  | { readonly kind: "mix"; readonly layer: 1 | 2 | 3 }
  | { readonly kind: "gateway" };

/** Options of {@linkcode ManagedNode.start}. */
export interface ManagedNodeOptions
  extends Omit<NodeOptions, "sphinxKeys" | "mixPort" | "counters" | "events"> {
  /** Where it listens. */
  readonly host: string;
  /** Its number in the directory. */
  readonly nodeId: number;
  /** What it is for. */
  readonly place: NodePlace;
  /** Where its keys and ports are kept. */
  readonly folder: NetworkFolder;
  /** The protocol version that a gateway announces. */
  readonly announced?: GatewayProtocol | undefined;
  /** Hears of ports that had to change. */
  readonly onWarning: (text: string) => void;
}

/** What {@linkcode ManagedNode.restart} changes. */
export interface RestartOptions {
  /** Whether it comes back with a new Sphinx key and none of the old ones. @default false */
  freshKeys?: boolean | undefined;
}

/** One node of an embedded network: it can be stopped and started again, on its ports and with its keys. */
export class ManagedNode implements AsyncDisposable {
  readonly #options: ManagedNodeOptions;
  readonly #store: GatewayStore | undefined;
  readonly #counters = new Counters();
  readonly #events = new EventHub();
  #state: NodeState;
  #running: { node: RunningNode; stop: () => PromiseLike<void> } | undefined;

  private constructor(
    options: ManagedNodeOptions,
    state: NodeState,
    store: GatewayStore | undefined,
  ) {
    this.#options = options;
    this.#state = state;
    this.#store = store;
  }

  /**
   * Read the state of a node, or make one up, and start it.
   *
   * @throws {UsageError} If the state cannot be read.
   */
  static async start(options: ManagedNodeOptions): Promise<ManagedNode> {
    const { folder, name, place } = options;
    const state = await folder.readNode(name);
    const store = place.kind === "gateway"
      ? await GatewayStore.open({ path: folder.storePath(name) })
      : undefined;
    const node = new ManagedNode(options, state, store);
    try {
      await node.#start();
      return node;
    } catch (error) {
      await node[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What events and errors call it. */
  get name(): string {
    return this.#options.name;
  }

  /** What it is for. */
  get place(): NodePlace {
    return this.#options.place;
  }

  /** Its number in the directory. */
  get nodeId(): number {
    return this.#options.nodeId;
  }

  /** Its Ed25519 identity, 32 bytes. */
  get identity(): Bytes {
    return this.#state.identity.public;
  }

  /** Its X25519 key of the current rotation, 32 bytes. */
  get sphinxKey(): Bytes {
    return this.#state.sphinxKeys[0]!.public;
  }

  /** Its mix port. */
  get mixAddress(): NodeAddress {
    return { host: this.#options.host, port: this.#state.mixPort };
  }

  /** Where clients connect to it, if it is a gateway. */
  get clientUrl(): string | undefined {
    const { host, place } = this.#options;
    return place.kind === "gateway"
      ? `ws://${host}:${this.#state.clientPort}/`
      : undefined;
  }

  /** What it counted, over its restarts. */
  counters(): CounterSnapshot {
    return this.#counters.snapshot();
  }

  /** Hear what it tells, over its restarts; the result stops it. */
  listen(listener: (event: MixnetEvent) => void): () => void {
    return this.#events.listen(listener);
  }

  /** Change what goes wrong on purpose, until the next restart. */
  setFaults(faults: FaultOptions): void {
    this.#running?.node.setFaults(faults);
  }

  /** Read nothing more until {@linkcode resume}: peers feel it as back-pressure. */
  pause(): void {
    this.#running?.node.pause();
  }

  /** Go on after {@linkcode pause}. */
  resume(): void {
    this.#running?.node.resume();
  }

  /** Stop it, as a crash would: whatever waits in it is gone, and counted. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  /** Stop it if it runs, and start it with its keys and ports, or with a new Sphinx key. */
  async restart({ freshKeys = false }: RestartOptions = {}): Promise<void> {
    await this.stop();
    if (freshKeys) {
      const sphinxKeys = [generateX25519(systemRandom)];
      this.#state = { ...this.#state, sphinxKeys };
    }
    await this.#start();
  }

  /** Go over to a new Sphinx key; the current one is served until the next rotation. */
  async rotateKey(): Promise<void> {
    const [current] = this.#state.sphinxKeys;
    const next = generateX25519(systemRandom);
    this.#running?.node.rotateKey(next);
    await this.#keep({ ...this.#state, sphinxKeys: [next, current!] });
  }

  /** The node as the directory publishes it. */
  describe(): SkimmedNode {
    const { host, nodeId, place } = this.#options;
    const isGateway = place.kind === "gateway";
    return {
      nodeId,
      identity: this.identity,
      ipAddresses: [host],
      mixPort: this.#state.mixPort,
      sphinxKey: this.sphinxKey,
      role: isGateway
        ? { kind: "entryGateway" }
        : { kind: "mixnode", layer: place.layer },
      supportedRoles: {
        mixnode: !isGateway,
        entry: isGateway,
        exitRequester: isGateway,
        exitRouter: isGateway,
      },
      entry: isGateway
        ? {
          hostname: undefined,
          wsPort: this.#state.clientPort,
          wssPort: undefined,
        }
        : undefined,
      performance: "1",
    };
  }

  /** Stop it for good. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#store?.[Symbol.dispose]();
  }

  /** Start on the ports of the last time; one that is taken meanwhile is exchanged for another, with a warning. */
  async #start(): Promise<void> {
    for (;;) {
      try {
        return await this.#tryStart();
      } catch (error) {
        if (!(error instanceof PortTakenError) || error.port === 0) throw error;
        const { mixPort, clientPort } = this.#state;
        this.#options.onWarning(
          `${this.name}: port ${error.port} is taken, using another one`,
        );
        this.#state = {
          ...this.#state,
          mixPort: mixPort === error.port ? 0 : mixPort,
          clientPort: clientPort === error.port ? 0 : clientPort,
        };
      }
    }
  }

  async #tryStart(): Promise<void> {
    const { identity, sphinxKeys, mixPort, clientPort } = this.#state;
    const options = {
      ...this.#options,
      sphinxKeys,
      mixPort,
      counters: this.#counters,
      events: this.#events,
    };
    if (this.place.kind === "mix") {
      const node = await startMixNode(options);
      this.#running = { node, stop: () => node[Symbol.asyncDispose]() };
      await this.#keep({ ...this.#state, mixPort: node.mixAddress.port });
      return;
    }
    const gateway = await startGateway({
      ...options,
      identity,
      clientPort,
      store: this.#store,
    });
    const { node } = gateway;
    this.#running = { node, stop: () => gateway[Symbol.asyncDispose]() };
    await this.#keep({
      ...this.#state,
      mixPort: node.mixAddress.port,
      clientPort: gateway.clientPort,
    });
  }

  async #keep(state: NodeState): Promise<void> {
    this.#state = state;
    await this.#options.folder.writeNode(this.name, state);
  }
}
