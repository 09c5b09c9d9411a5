import type { Bytes } from "../../lib/bytes/brand.ts";
import { directorySource } from "../../lib/client/directory.ts";
import { addressOf } from "../../lib/client/start_client.ts";
import { PacketFactory } from "../../lib/client/packet_factory.ts";
import { TopologyKeeper } from "../../lib/client/topology_keeper.ts";
import { systemClock } from "../../lib/async/clock.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { generateClientKeys } from "../../lib/home/keys.ts";
import { paddedNodeAddress } from "../../lib/message/node_address.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import { buildPacket } from "../../lib/sphinx/packet.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import { SPHINX_VERSION } from "../../lib/sphinx/version.ts";
import { OfficialClient } from "../support/official_client.ts";
import { type ProcessUse, processUse } from "./proc.ts";
import { figure, median } from "./stats.ts";

const ROUNDS = 5;
const PER_ROUND = 400;

/** Bytes of a message that fit into one packet. */
const PACKET = 1604;

/** Two messages whose difference is the price of packets alone. */
const FEW = 20;
const MANY = 420;

/**
 * Packets that are built in a second, each with its acknowledgement, ours against the official client in turns; and packets
 * that a mix node processes. All in seconds of processor time, so that a busy machine does not count.
 *
 * The official client builds all packets of a message before the first one leaves: what its process uses until that one
 * comes to the gateway is measured from outside, for a short and for a long message.
 */
export async function benchPackets(): Promise<string> {
  await cryptoReady();
  await using net = await startMixnet();
  await using official = await OfficialClient.start({
    id: "bench",
    apiUrl: net.apiUrl,
  });
  const build = await builder(net);
  const process = processor();
  await untilFirstPacket(net, official, FEW);
  await timeOf(build);
  await timeOf(process);
  const [ours, theirs, hops]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await timeOf(build));
    const few = await untilFirstPacket(net, official, FEW);
    const many = await untilFirstPacket(net, official, MANY);
    theirs.push((many - few) / (MANY - FEW));
    hops.push(await timeOf(process));
  }
  const [built, official_, hop] = [ours, theirs, hops].map(median);
  const perSecond = (ms: number) => (1000 / ms).toFixed(0);
  return `data packet with its ack: ${perSecond(built!)}/s (${
    figure(built!)
  } ms), official client ${perSecond(official_!)}/s (${
    figure(official_!)
  } ms), ${figure(official_! / built!)} times as fast; one hop: ${
    perSecond(hop!)
  }/s (${figure(hop!)} ms)`;
}

/** Milliseconds of processor time that one call takes. */
async function timeOf(work: () => void): Promise<number> {
  const before = await processUse(Deno.pid);
  for (let i = 0; i < PER_ROUND; i++) work();
  const after = await processUse(Deno.pid);
  return 1000 * (after.cpu - before.cpu) / PER_ROUND;
}

/** Builds packets as the client does, each over a route of its own. */
async function builder(net: Mixnet): Promise<() => void> {
  const settings = DEFAULT_DEBUG;
  const keeper = new TopologyKeeper({
    source: directorySource({
      urls: [net.apiUrl],
      settings: settings.topology,
      clock: systemClock,
    }),
    settings: settings.topology,
    clock: systemClock,
  });
  await keeper.refresh();
  const keys = generateClientKeys(systemRandom);
  const gateway: Bytes = net.node("gateway1").identity;
  const self = addressOf(keys, gateway);
  const factory = new PacketFactory({
    keys,
    self,
    settings,
    topology: () => keeper.topology(),
    random: systemRandom,
  });
  const { fragments, packetSize } = factory.cut([new Uint8Array(1000)]);
  return () => factory.data(fragments[0]!, packetSize, self);
}

/** Processes one packet as a mix node does. */
function processor(): () => void {
  const nodes = [1, 2, 3, 4].map((i) => ({
    ...generateX25519(systemRandom),
    address: paddedNodeAddress({ host: `127.0.0.${i}`, port: 1789 }, 32),
  }));
  const packet = buildPacket({
    route: nodes.map(({ public: publicKey, address }) => ({
      publicKey,
      address,
    })),
    delays: nodes.map(() => 1_000_000n),
    destination: new Uint8Array(32),
    message: new Uint8Array(2000),
    payloadSize: 2065,
    version: SPHINX_VERSION.seeds,
    random: systemRandom,
  });
  return () => {
    finishPacket(peelHeader(packet, nodes[0]!.secret));
  };
}

/** Milliseconds of processor time from a message of so many packets to the first of them. */
async function untilFirstPacket(
  net: Mixnet,
  official: OfficialClient,
  packets: number,
): Promise<number> {
  const { pid } = official;
  const first = Promise.withResolvers<Promise<ProcessUse>>();
  const stop = net.node("gateway1").listen((event) => {
    if (event.kind !== "packet" || event.role !== "entry") return;
    first.resolve(processUse(pid));
    stop();
  });
  const body = systemRandom(packets * PACKET - 100);
  const before = await processUse(pid);
  await official.send(official.address, body);
  const after = await first.promise;
  await official.receive(AbortSignal.timeout(60_000));
  // Acknowledgements and what follows them must not disturb the next round.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return 1000 * (after.cpu - before.cpu);
}
