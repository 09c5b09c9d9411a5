/**
 * What packets cost on one thread: `deno bench -A tests/bench/sphinx_bench.ts`. The first group is what a client does for
 * each packet, the second what nodes do.
 */
import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import { paddedNodeAddress } from "../../lib/message/node_address.ts";
import {
  prepareCoverPacket,
  prepareDataPacket,
} from "../../lib/message/prepare.ts";
import { split } from "../../lib/message/split.ts";
import {
  deriveKeySchedule,
  deriveKeyScheduleByChain,
} from "../../lib/sphinx/key_schedule.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import { createSurb } from "../../lib/sphinx/surb.ts";

await cryptoReady();

const VERSION = 259;
const random = systemRandom;

const nodes = [1, 2, 3, 4].map((i) => {
  const { secret, public: publicKey } = generateX25519(random);
  const address = paddedNodeAddress({ host: `127.0.0.${i}`, port: 1789 }, 32);
  return { secret, publicKey, address };
});
const gateway = generateEd25519(random);
const identity = generateEd25519(random);
const encryption = generateX25519(random);
const self = {
  identity: identity.public,
  encryption: encryption.public,
  gateway: gateway.public,
};
const common = {
  sender: { identity: identity.public, ackKey: random(16) },
  forwardRoute: nodes,
  ackRoute: nodes,
  rotation: "odd",
  averages: { packetDelay: 15, ackDelay: 15 },
  random,
} as const;
const [fragment] = split([new Uint8Array(1000)], {
  packetSize: "regular",
  random,
});

function prepareData() {
  return prepareDataPacket({ ...common, fragment: fragment!, recipient: self });
}

Deno.bench(
  "data packet with its ack",
  { group: "build", baseline: true },
  () => {
    prepareData();
  },
);

Deno.bench("cover packet with its ack", { group: "build" }, () => {
  prepareCoverPacket({ ...common, self });
});

Deno.bench("reply block", { group: "build" }, () => {
  createSurb({
    route: nodes,
    delays: [1n, 2n, 3n, 4n],
    destination: identity.public,
    version: VERSION,
    random,
  });
});

const { packet } = prepareData();
const atGateway = nodes.slice(0, 3).reduce((packet, { secret }) => {
  const processed = finishPacket(peelHeader(packet, secret));
  return processed.kind === "forward" ? processed.packet : packet;
}, packet);

Deno.bench("one hop of a mix", { group: "process", baseline: true }, () => {
  finishPacket(peelHeader(packet, nodes[0]!.secret));
});

Deno.bench("until the replay check", { group: "process" }, () => {
  peelHeader(packet, nodes[0]!.secret);
});

Deno.bench("last hop", { group: "process" }, () => {
  finishPacket(peelHeader(atGateway, nodes[3]!.secret));
});

const keys = nodes.map(({ publicKey }) => publicKey);

Deno.bench("folded", { group: "keys of four hops", baseline: true }, () => {
  deriveKeySchedule(random(32), keys, VERSION);
});

Deno.bench("factor by factor", { group: "keys of four hops" }, () => {
  deriveKeyScheduleByChain(random(32), keys, VERSION);
});
