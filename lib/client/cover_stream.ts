import type { Clock } from "../async/clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import { OUTGOING_CAPACITY } from "./back_pressure.ts";
import { PoissonSchedule } from "./poisson.ts";
import type { PacketExit } from "./send_loop.ts";
import { Turn } from "./turn.ts";
import type { ReadyPacket, Workshop } from "./workshop.ts";

/** Options of {@linkcode runCoverStream}. */
export interface CoverStreamOptions<T extends ReadyPacket> {
  /** Where time comes from. */
  clock: Clock;
  /** Where chance comes from. */
  random: RandomSource;
  /** Mean gap between packets in milliseconds. */
  averageDelay: number;
  /** Builds what leaves. */
  workshop: Workshop<T>;
  /** Where it leaves; while it is full or closed, packets are left out. */
  exit: PacketExit<T>;
}

/**
 * Send cover packets to oneself beside the main stream, as a Poisson process of their own, until the signal is aborted
 * (nymtech/nym, common/client-core/src/client/cover_traffic_stream.rs).
 */
export async function runCoverStream<T extends ReadyPacket>(
  { clock, random, averageDelay, workshop, exit }: CoverStreamOptions<T>,
  signal: AbortSignal,
): Promise<void> {
  const schedule = new PoissonSchedule(random, clock.now());
  const turn = new Turn(clock);
  try {
    while (!signal.aborted) {
      await turn.until(schedule.next(averageDelay, clock.now()), signal);
      if (!exit.open || exit.waiting >= OUTGOING_CAPACITY) continue;
      const packet = workshop.cover() ?? workshop.buildCover();
      if (packet !== undefined) exit.send(packet);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
