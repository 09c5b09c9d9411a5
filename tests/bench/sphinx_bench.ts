/**
 * What a packet costs on one thread: `deno bench -A tests/bench/sphinx_bench.ts`. The first group is what a client does
 * for each packet, the second what a mix node and a gateway do.
 */
import { aesCtrZero } from "../../lib/crypto/aes_ctr.ts";
import { hkdfBlake3 } from "../../lib/crypto/hkdf.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { cryptoReady } from "../../lib/crypto/ready.ts";
import { generateX25519, x25519 } from "../../lib/crypto/x25519.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { deriveKeySchedule } from "../../lib/sphinx/key_schedule.ts";
import { deriveKeyScheduleByChain } from "../../lib/sphinx/key_schedule.ts";
import { buildPacket } from "../../lib/sphinx/packet.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import { createSurb } from "../../lib/sphinx/surb.ts";

await cryptoReady();

const VERSION = 259;
const PAYLOAD_SIZE = { ack: 38, regular: 2065 };
const ACK_PAYLOAD = new Uint8Array(21);
const FRAGMENT = new Uint8Array(1611);

const nodes = Array.from({ length: 4 }, (_, i) => {
  const { secret, public: publicKey } = generateX25519(systemRandom);
  return { secret, publicKey, address: new Uint8Array(32).fill(i) };
});
const recipient = generateX25519(systemRandom);
const common = {
  route: nodes,
  delays: [1n, 2n, 3n, 4n],
  destination: systemRandom(32),
  version: VERSION,
  random: systemRandom,
} as const;

function buildAck() {
  return buildPacket({
    ...common,
    message: ACK_PAYLOAD,
    payloadSize: PAYLOAD_SIZE.ack,
  });
}

/** As messages §5 has it: first hop and packet of the ack, a key of one use, the sealed fragment. */
function buildDataPacket() {
  const ephemeral = generateX25519(systemRandom);
  const dh = x25519(ephemeral.secret, recipient.public);
  const sealed = aesCtrZero(hkdfBlake3(dh, undefined, 16), FRAGMENT);
  return buildPacket({
    ...common,
    message: concat(new Uint8Array(19), buildAck(), ephemeral.public, sealed),
    payloadSize: PAYLOAD_SIZE.regular,
  });
}

Deno.bench("data packet with its ack, sealed end to end", {
  group: "build",
  baseline: true,
}, () => {
  buildDataPacket();
});

Deno.bench("ack alone", { group: "build" }, () => {
  buildAck();
});

Deno.bench("reply block", { group: "build" }, () => {
  createSurb(common);
});

const packet = buildDataPacket();
const last = nodes.slice(0, 3).reduce((packet, { secret }) => {
  const processed = finishPacket(peelHeader(packet, secret));
  return processed.kind === "forward" ? processed.packet : packet;
}, packet);

Deno.bench(
  "one hop of a mix node",
  { group: "process", baseline: true },
  () => {
    finishPacket(peelHeader(packet, nodes[0]!.secret));
  },
);

Deno.bench("until the replay check", { group: "process" }, () => {
  peelHeader(packet, nodes[0]!.secret);
});

Deno.bench("the last hop", { group: "process" }, () => {
  finishPacket(peelHeader(last, nodes[3]!.secret));
});

const keys = nodes.map(({ publicKey }) => publicKey);

Deno.bench(
  "folded",
  { group: "key schedule of four hops", baseline: true },
  () => {
    deriveKeySchedule(systemRandom(32), keys, VERSION);
  },
);

Deno.bench("factor by factor", { group: "key schedule of four hops" }, () => {
  deriveKeyScheduleByChain(systemRandom(32), keys, VERSION);
});
