import type { DebugConfig } from "../home/debug.ts";
import { PACKET_SIZE } from "../message/packet_size.ts";
import { formatSize } from "./parse/size.ts";

const HOUR_MS = 3_600_000;

/** How many bytes a client sends in an hour while nobody talks, by its settings. */
export function coverBytesPerHour(
  { traffic, coverTraffic }: DebugConfig,
): number {
  const main = traffic.disableMainPoissonPacketDistribution
    ? 0
    : HOUR_MS / traffic.messageSendingAverageDelay;
  const loops = coverTraffic.disableLoopCoverTrafficStream
    ? 0
    : HOUR_MS / coverTraffic.loopCoverTrafficAverageDelay;
  return (main + loops) * PACKET_SIZE.regular.total;
}

/** What cover traffic costs, in a sentence for people. */
export function coverCost(debug: DebugConfig): string {
  const bytes = Math.round(coverBytesPerHour(debug));
  return bytes === 0
    ? "cover traffic is off: whoever watches the line sees when you talk"
    : `cover traffic costs about ${
      formatSize(Math.round(bytes / 1e6) * 1e6)
    } an hour up, whether you talk or not`;
}
