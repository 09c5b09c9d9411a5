import { sleep } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { Ed25519KeyPair } from "../crypto/ed25519.ts";
import { DecodeError } from "../errors.ts";
import { type SplitMessage, splitSurbAck } from "../message/surb_ack.ts";
import {
  listenWs,
  type UpgradeDecision,
  type WsListener,
} from "../transport/ws_listen.ts";
import { MAX_CONTROL_LENGTH } from "../wire/gateway/control_parts.ts";
import {
  type GatewayProtocol,
  NEWEST_GATEWAY_PROTOCOL,
} from "../wire/gateway/version.ts";
import type { MixFrame } from "../wire/mix/frame.ts";
import { ClientDesk } from "./client_desk.ts";
import type { PacketEvent } from "./events.ts";
import { GatewayStore } from "./gateway_store.ts";
import {
  type Arrival,
  NodeCore,
  type NodeOptions,
  type RunningNode,
} from "./node.ts";

/** Clients that may be connected at once (nymtech/nym, nym-node/src/config/gateway_tasks.rs). */
const MAX_CLIENTS = 8192;
/** How long a client may take to ask for its websocket (nymtech/nym, gateway/src/node/client_handling/websocket). */
const UPGRADE_MS = 1500;
/** Messages that nobody collected for a day are thrown away, looked for once an hour. */
const MESSAGE_AGE_MS = 86_400_000;
const CLEANING_MS = 3_600_000;

/** Options of {@linkcode startGateway}. */
export interface GatewayOptions extends NodeOptions {
  /** Its Ed25519 identity, which clients know it by. */
  identity: Ed25519KeyPair;
  /** The port that clients connect to; 0 is any free one. @default 0 */
  clientPort?: number | undefined;
  /** Registrations and inboxes; stays open when the gateway stops. @default one in memory, gone with the gateway */
  store?: GatewayStore | undefined;
  /** The protocol version that it announces to clients. @default 6 */
  announced?: GatewayProtocol | undefined;
}

/** A gateway that runs. */
export interface RunningGateway extends AsyncDisposable {
  /** What it has in common with a mix node. */
  readonly node: RunningNode;
  /** The port that clients connect to. */
  readonly clientPort: number;
}

/**
 * Start a gateway: clients hand it packets over a websocket, which it sends to their first mix node; at its mix port
 * packets end, whose messages it pushes to their clients, or stores, before it sends the acknowledgement on its way.
 *
 * @throws {PortTakenError} If one of its ports is taken.
 */
export async function startGateway(
  options: GatewayOptions,
): Promise<RunningGateway> {
  const own = options.store === undefined
    ? await GatewayStore.open()
    : undefined;
  const gateway = new Gateway(options, options.store ?? own!, own);
  try {
    await gateway.open(options);
    return gateway;
  } catch (error) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}

class Gateway implements RunningGateway {
  readonly node: NodeCore;
  readonly #store: GatewayStore;
  readonly #ownStore: GatewayStore | undefined;
  readonly #desk: ClientDesk;
  readonly #tasks: TaskSet;
  readonly #stop = new AbortController();
  #listener: WsListener | undefined;

  constructor(
    options: GatewayOptions,
    store: GatewayStore,
    ownStore: GatewayStore | undefined,
  ) {
    this.node = new NodeCore(options);
    this.#store = store;
    this.#ownStore = ownStore;
    this.#tasks = new TaskSet(this.node.onFailure);
    this.#desk = new ClientDesk({
      core: this.node,
      identity: options.identity,
      announced: options.announced ?? NEWEST_GATEWAY_PROTOCOL,
      store,
    });
  }

  get clientPort(): number {
    return this.#listener!.port;
  }

  async open({ mixPort = 0, clientPort = 0 }: GatewayOptions): Promise<void> {
    await this.node.open(mixPort, (arrival) => this.#arrived(arrival));
    this.#listener = await listenWs({
      address: { kind: "tcp", host: this.node.host, port: clientPort },
      decide: () => this.#decide(),
      notice: "A gateway of a mixnet is here, for websockets only.",
      maxMessage: MAX_CONTROL_LENGTH,
      handshakeTimeout: UPGRADE_MS,
      onFailure: this.node.onFailure,
    });
    this.#tasks.add(this.#clean(this.#stop.signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.node.resume();
    await this.#listener?.close();
    await this.#tasks.join();
    await this.node[Symbol.asyncDispose]();
    this.#ownStore?.[Symbol.dispose]();
  }

  #decide(): UpgradeDecision {
    const { counts } = this.node;
    if ((this.#listener?.open ?? 0) >= MAX_CLIENTS) {
      counts.add("refusedClients");
      return { kind: "refuse", status: 503, reason: "Too many clients" };
    }
    counts.add("clientConnections");
    return {
      kind: "accept",
      serve: (connection) => this.#desk.serve(connection),
    };
  }

  #arrived({ frame, packet }: Arrival): void {
    const { counts } = this.node;
    if (packet.kind !== "final") return counts.add("misroutedPackets");
    const { destination, message } = packet;
    if (frame.packetSize === "ack") {
      this.#deliver(destination, message, frame);
      return;
    }
    const split = trySplit(message);
    if (split === undefined) return counts.add("malformedMessages");
    if (this.#deliver(destination, split.message, frame)) {
      this.#acknowledge(split, frame);
    }
  }

  /** Returns whether the client has the message, or will have it. */
  #deliver(client: Bytes, message: Bytes, { packetSize }: MixFrame): boolean {
    const done = this.#desk.deliver(client, message);
    if (done !== undefined) this.#tell(done, packetSize);
    return done !== undefined;
  }

  /** The acknowledgement leaves at once, with the format and key rotation of what it acknowledges. */
  #acknowledge({ firstHop, ackPacket }: SplitMessage, frame: MixFrame): void {
    const { counts, faults, egress, clock } = this.node;
    if (faults.swallowsAcks) return counts.add("swallowedAcks");
    counts.add("acksSent");
    this.#tell("acked", frame.packetSize);
    egress.send({
      frame: { ...frame, packetSize: "ack", packet: ackPacket },
      nextHop: firstHop,
    }, clock.now());
  }

  #tell(action: PacketEvent["action"], size: PacketEvent["size"]): void {
    const { events, name, clock } = this.node;
    if (!events.active) return;
    const at = clock.now();
    events.emit({
      kind: "packet",
      node: name,
      role: "egress",
      action,
      size,
      delay: 0,
      at,
    });
  }

  async #clean(signal: AbortSignal): Promise<void> {
    const { clock, counts } = this.node;
    try {
      for (;;) {
        const expired = this.#store.removeOlderThan(
          clock.wall() - MESSAGE_AGE_MS,
        );
        counts.add("expiredMessages", expired);
        await sleep(clock, CLEANING_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

/** Nothing if there is no acknowledgement in front. */
function trySplit(message: Bytes): SplitMessage | undefined {
  try {
    return splitSurbAck(message);
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
