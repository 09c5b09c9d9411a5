import type { Clock } from "../async/clock.ts";
import { TaskSet } from "../async/tasks.ts";
import type { NodeAddress } from "../message/node_address.ts";
import {
  encodeMixFrame,
  type MixFrame,
  type MixFrameVersion,
} from "../wire/mix/frame.ts";
import type { Counters } from "./counters.ts";
import { DelayLine } from "./delay_line.ts";
import { mayReach } from "./egress_filter.ts";
import { type Faults, REORDER_MS } from "./faults.ts";
import { NextHop } from "./next_hop.ts";

/** Frames that may wait for one neighbour (nymtech/nym, nym-node/src/config, `maximum_connection_buffer_size`). */
const QUEUE_CAPACITY = 2000;
/** Neighbours that may be known at once. */
const MAX_HOPS = 512;

/** Options of {@linkcode Egress}. */
export interface EgressOptions {
  /** Whose time it is. */
  clock: Clock;
  /** Where it counts. */
  counters: Counters;
  /** What goes wrong on purpose. */
  faults: Faults;
  /** Which version of the framing it sends: 7 has no key rotation. */
  frameVersion: MixFrameVersion;
  /** Frames that may wait for one neighbour. @default 2000 */
  queueCapacity?: number | undefined;
  /** Hears of bugs. */
  onFailure: (reason: unknown) => void;
}

/** A packet on its way out of a node. */
export interface OutgoingPacket {
  /** As it will travel. */
  readonly frame: MixFrame;
  /** Where it goes. */
  readonly nextHop: NodeAddress;
  /** Called when its time has come and it is queued for the next hop. */
  readonly onQueued?: (() => void) | undefined;
}

/** Everything that leaves a node: packets wait for their time, then in the queue of their next hop. */
export class Egress implements AsyncDisposable {
  readonly #options: EgressOptions;
  readonly #waiting: DelayLine<OutgoingPacket>;
  readonly #hops = new Map<string, NextHop>();
  readonly #tasks: TaskSet;
  readonly #stop = new AbortController();

  /** Start without any neighbour. */
  constructor(options: EgressOptions) {
    this.#options = options;
    this.#tasks = new TaskSet(options.onFailure);
    this.#waiting = new DelayLine({
      clock: options.clock,
      onDue: (packet) => this.#leave(packet),
    });
  }

  /** Send a packet when its time `due` has come, at once if it has; or drop and count it. */
  send(packet: OutgoingPacket, due: number): void {
    const { counters, faults } = this.#options;
    if (!mayReach(packet.nextHop)) return counters.add("egressRefused");
    let time = due + faults.linkDelay();
    if (faults.reorders()) {
      counters.add("reorderedPackets");
      time += REORDER_MS;
    }
    if (!this.#waiting.add(packet, time)) counters.add("delayLineFull");
  }

  /** Let go of all neighbours; what waits is dropped and counted. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#options.counters.add("unsentAtStop", this.#waiting.close().length);
    this.#stop.abort();
    await this.#tasks.join();
  }

  #leave({ frame, nextHop, onQueued }: OutgoingPacket): void {
    const { counters, faults, frameVersion } = this.#options;
    const hop = this.#hopTo(nextHop);
    if (hop === undefined) return counters.add("egressUnreachable");
    const encoded = encodeMixFrame(frame, frameVersion);
    if (hop.send(encoded)) onQueued?.();
    if (!faults.duplicates()) return;
    counters.add("duplicatedPackets");
    hop.send(encoded);
  }

  #hopTo(address: NodeAddress): NextHop | undefined {
    const key = `${address.host} ${address.port}`;
    const known = this.#hops.get(key);
    if (known !== undefined) return known;
    this.#forgetIdleHops();
    if (this.#hops.size >= MAX_HOPS) return undefined;
    const { clock, counters, queueCapacity = QUEUE_CAPACITY } = this.#options;
    const hop = new NextHop({
      address,
      capacity: queueCapacity,
      clock,
      counters,
    });
    this.#hops.set(key, hop);
    this.#tasks.add(hop.run(this.#stop.signal));
    return hop;
  }

  /** Make room for a new neighbour, if it takes that. */
  #forgetIdleHops(): void {
    if (this.#hops.size < MAX_HOPS) return;
    for (const [key, hop] of this.#hops) {
      if (!hop.idle) continue;
      hop.stop();
      this.#hops.delete(key);
    }
  }
}
