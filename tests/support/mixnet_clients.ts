import type { MixnetClient } from "../../lib/client/client.ts";
import {
  startClient,
  type StartClientOptions,
} from "../../lib/client/start_client.ts";
import { type DebugConfig, DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";

/** Settings that make a mixnet fast: a millisecond at each node, packets as soon as there are some, no cover. */
export const FAST: DebugConfig = {
  ...DEFAULT_DEBUG,
  traffic: {
    ...DEFAULT_DEBUG.traffic,
    averagePacketDelay: 1,
    disableMainPoissonPacketDistribution: true,
  },
  coverTraffic: {
    ...DEFAULT_DEBUG.coverTraffic,
    disableLoopCoverTrafficStream: true,
  },
  acknowledgements: { ...DEFAULT_DEBUG.acknowledgements, averageAckDelay: 1 },
};

/** The same at a steady pace, and quick to send again: for networks that lose packets. */
export const PACED: DebugConfig = {
  ...FAST,
  traffic: {
    ...FAST.traffic,
    messageSendingAverageDelay: 20,
    disableMainPoissonPacketDistribution: false,
  },
  acknowledgements: { ...FAST.acknowledgements, ackWaitAddition: 500 },
  topology: { ...FAST.topology, topologyRefreshRate: 4000 },
};

/** A client of a mixnet, fast and without cover unless told otherwise. */
export function openFast(
  mixnet: Mixnet,
  options: Partial<StartClientOptions> = {},
): Promise<MixnetClient> {
  return startClient({ network: mixnet.apiUrl, settings: FAST, ...options });
}

/** The next `count` messages, taken. */
export async function take(
  client: MixnetClient,
  count: number,
): Promise<IncomingMessage[]> {
  const messages: IncomingMessage[] = [];
  const signal = AbortSignal.timeout(60_000);
  for await (const message of client.messages({ signal })) {
    messages.push(message);
    await message.taken();
    if (messages.length === count) break;
  }
  return messages;
}

/** Bytes that look random and are the same every time. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = length + 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = state >>> 16;
  }
  return bytes;
}
