import { concat } from "../../../lib/bytes/concat.ts";
import { lionessEncrypt } from "../../../lib/crypto/lioness.ts";
import { x25519 } from "../../../lib/crypto/x25519.ts";
import { xor } from "../../support/xor.ts";
import { CryptoError, DecodeError } from "../../../lib/errors.ts";
import { decodeNodeAddress } from "../../../lib/message/node_address.ts";
import { ALPHA_SIZE, ROUTING_SIZE } from "../../../lib/sphinx/constants.ts";
import { headerMac, keyStream } from "../../../lib/sphinx/header.ts";
import {
  expandSharedSecret,
  payloadKeyMaterial,
  payloadKeyOf,
} from "../../../lib/sphinx/hop_keys.ts";
import { buildPacket } from "../../../lib/sphinx/packet.ts";
import { finishPacket, peelHeader } from "../../../lib/sphinx/process.ts";
import {
  decodeRoutingBlock,
  encodeFinalBlock,
  encodeForwardBlock,
} from "../../../lib/sphinx/routing_block.ts";
import {
  createSurb,
  decodeSurb,
  encodeSurb,
  useSurb,
} from "../../../lib/sphinx/surb.ts";
import { SPHINX_VERSION } from "../../../lib/sphinx/version.ts";
import { testNodes } from "../../message/reply_blocks.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const VERSIONS = Object.values(SPHINX_VERSION);
const DESTINATION = new Uint8Array(32).fill(7);

/** Small enough to be quick; the sizes of the network differ in nothing but the time they take. */
const PAYLOAD_SIZE = 300;

/** What a node does with packets, and what a client does with reply blocks. */
export function sphinxTargets(): FuzzTarget[] {
  const random = seededRandom(1);
  const route = testNodes(4);
  const [node] = route;
  const delays = route.map(() => 1_000_000n);
  const packets = VERSIONS.flatMap((version) =>
    [route, route.slice(0, 1)].map((route) =>
      buildPacket({
        route,
        delays: delays.slice(0, route.length),
        destination: DESTINATION,
        message: random(100),
        payloadSize: PAYLOAD_SIZE,
        version,
        random,
      })
    )
  );
  const surbs = VERSIONS.map((version) =>
    encodeSurb(
      createSurb({ route, delays, destination: DESTINATION, version, random }),
    )
  );
  const blocks = VERSIONS.flatMap((version) => [
    encodeForwardBlock({
      version,
      nextHop: route[1]!.address,
      delay: 5_000_000n,
      mac: random(16),
      routing: random(ROUTING_SIZE),
    }),
    encodeFinalBlock(
      version,
      { address: DESTINATION, identifier: new Uint8Array(16) },
      random(248),
    ),
  ]);
  const alpha = packets[0]!.slice(0, ALPHA_SIZE);
  const keys = expandSharedSecret(x25519(node!.secret, alpha));
  const processed = (packet: Uint8Array) => {
    const processed = finishPacket(peelHeader(packet, node!.secret));
    if (processed.kind === "forward") decodeNodeAddress(processed.nextHop);
  };
  const errors = [DecodeError, CryptoError];
  return [
    fuzzTarget({
      name: "sphinx packet",
      draw: (random) => mutateBytes(random, packets),
      feed: processed,
      errors,
    }),
    fuzzTarget({
      name: "sphinx packet of a hostile sender",
      // The sender knows the keys, so that header and payload are whole whatever they say.
      draw(random) {
        const block = mutateBytes(random, blocks, { sameLength: true });
        const routing = xor(block, keyStream(keys.streamKey));
        const padded = mutateBytes(random, [
          concat(new Uint8Array(16), random.bytes(99), Uint8Array.of(1)),
          new Uint8Array(PAYLOAD_SIZE),
        ]);
        const sealed = concat(padded, new Uint8Array(33));
        const version = new DataView(block.buffer).getUint16(2);
        const payloadKey = payloadKeyOf(payloadKeyMaterial(keys, version));
        return concat(
          alpha,
          headerMac(keys.macKey, routing),
          routing,
          lionessEncrypt([payloadKey], sealed),
        );
      },
      feed: processed,
      errors,
    }),
    fuzzTarget({
      name: "sphinx routing block",
      draw: (random) =>
        concat(mutateBytes(random, blocks), new Uint8Array(random.below(80))),
      feed: decodeRoutingBlock,
    }),
    fuzzTarget({
      name: "sphinx reply block",
      draw: (random) => mutateBytes(random, surbs),
      feed: (bytes) =>
        useSurb(decodeSurb(bytes), new Uint8Array(10), PAYLOAD_SIZE),
    }),
  ];
}
