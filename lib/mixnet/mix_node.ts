import { DecodeError } from "../errors.ts";
import {
  decodeNodeAddress,
  type NodeAddress,
} from "../message/node_address.ts";
import {
  type Arrival,
  NodeCore,
  type NodeOptions,
  type RunningNode,
} from "./node.ts";

/** No packet is held longer, whatever its header says (nymtech/nym, nym-node/src/config, `maximum_forward_packet_delay`). */
const MAX_DELAY_MS = 10_000;

const NANOSECONDS_PER_MILLISECOND = 1e6;

/**
 * Start a mix node: it takes packets, unwraps them, holds each for the time that its header says, counted from its
 * arrival, and sends it to the next hop.
 *
 * @throws {PortTakenError} If its port is taken.
 */
export async function startMixNode(options: NodeOptions): Promise<RunningNode> {
  const core = new NodeCore(options);
  await core.open(options.mixPort ?? 0, (arrival) => forward(core, arrival));
  return core;
}

function forward(core: NodeCore, { frame, packet, receivedAt }: Arrival): void {
  if (packet.kind !== "forward") return core.counts.add("misroutedPackets");
  const nextHop = readNextHop(packet.nextHop);
  if (nextHop === undefined) return core.counts.add("malformedPackets");
  const delay = Math.min(
    Number(packet.delay) / NANOSECONDS_PER_MILLISECOND,
    MAX_DELAY_MS,
  );
  core.egress.send({
    frame: { ...frame, packet: packet.packet },
    nextHop,
    onQueued() {
      if (!core.events.active) return;
      core.events.emit({
        kind: "packet",
        node: core.name,
        role: "mix",
        action: "forwarded",
        size: frame.packetSize,
        delay,
        at: core.clock.now(),
      });
    },
  }, receivedAt + delay);
}

function readNextHop(encoded: Uint8Array): NodeAddress | undefined {
  try {
    return decodeNodeAddress(encoded).address;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
