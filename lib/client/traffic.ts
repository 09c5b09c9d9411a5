import type { Clock } from "../async/clock.ts";
import type { TaskSet } from "../async/tasks.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { DebugConfig } from "../home/debug.ts";
import { PACKET_TYPE_SPHINX } from "../message/packet_type.ts";
import { runCoverStream } from "./cover_stream.ts";
import type { GatewaySession } from "./gateway_session.ts";
import type { Outbox } from "./outbox.ts";
import type { OutboxPacket } from "./outbox_packet.ts";
import { type PacketExit, SendLoop } from "./send_loop.ts";
import type { TopologyKeeper } from "./topology_keeper.ts";
import { Workshop } from "./workshop.ts";

/** Options of {@linkcode Traffic}. */
export interface TrafficOptions {
  clock: Clock;
  random: RandomSource;
  settings: DebugConfig;
  outbox: Outbox;
  session: GatewaySession;
  keeper: TopologyKeeper;
}

/** Everything that leaves: the main stream and the cover stream, out of the outbox and into the gateway session. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #workshop: Workshop<OutboxPacket>;
  readonly #loop: SendLoop<OutboxPacket>;
  readonly #exit: PacketExit<OutboxPacket>;

  /** Nothing leaves before {@linkcode start}. */
  constructor(options: TrafficOptions) {
    const { clock, random, settings: { traffic }, outbox } = options;
    this.#options = options;
    this.#exit = exitOf(options);
    this.#workshop = new Workshop({
      clock,
      buildReal: () => outbox.buildReal(),
      buildCover: () => outbox.buildCover(),
    });
    this.#loop = new SendLoop({
      clock,
      random,
      averageDelay: traffic.messageSendingAverageDelay,
      poisson: !traffic.disableMainPoissonPacketDistribution,
      workshop: this.#workshop,
      exit: this.#exit,
      waiting: () => outbox.waiting,
    });
    outbox.lanes.onArrival(() => this.wake());
  }

  /** How many times slower than wanted the main stream is: 1 to 6. */
  get multiplier(): number {
    return this.#loop.multiplier;
  }

  /** Send until the signal is aborted. */
  start(tasks: TaskSet, signal: AbortSignal): void {
    const { clock, random, settings: { coverTraffic } } = this.#options;
    tasks.add(this.#loop.run(signal));
    if (coverTraffic.disableLoopCoverTrafficStream) return;
    tasks.add(runCoverStream({
      clock,
      random,
      averageDelay: coverTraffic.loopCoverTrafficAverageDelay,
      workshop: this.#workshop,
      exit: this.#exit,
    }, signal));
  }

  /** Something can be built that could not before. */
  wake(): void {
    this.#loop.arrived();
  }

  /** The network has changed: cover packets in stock would go ways that are gone. */
  topologyChanged(): void {
    this.#workshop.discardCover();
  }
}

function exitOf(
  { session, keeper }: TrafficOptions,
): PacketExit<OutboxPacket> {
  return {
    get open() {
      return session.open && keeper.state !== undefined;
    },
    get waiting() {
      return session.waiting;
    },
    send(packet) {
      const { rotation, firstHop, packet: bytes } = packet.prepared;
      const packetType = PACKET_TYPE_SPHINX;
      if (!session.forward({ packetType, rotation, firstHop, packet: bytes })) {
        return false;
      }
      packet.sent();
      return true;
    },
    ready: (limit, signal) => session.ready(limit, signal),
  };
}
