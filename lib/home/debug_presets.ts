import type { DebugConfig } from "./debug.ts";

/** `--no-cover`: packets leave when there are messages, at once, and never otherwise. Whoever watches sees when we talk. */
export function withoutCover(debug: DebugConfig): DebugConfig {
  return {
    ...debug,
    traffic: { ...debug.traffic, disableMainPoissonPacketDistribution: true },
    coverTraffic: {
      ...debug.coverTraffic,
      disableLoopCoverTrafficStream: true,
    },
  };
}

/** `--fastmode`: shorter waits at nodes, 250 packets a second in the main stream, next to nothing in the second one. */
export function withFastMode(debug: DebugConfig): DebugConfig {
  return {
    ...debug,
    traffic: {
      ...debug.traffic,
      averagePacketDelay: 10,
      messageSendingAverageDelay: 4,
    },
    coverTraffic: {
      ...debug.coverTraffic,
      loopCoverTrafficAverageDelay: 2_000_000,
    },
  };
}
