import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import type { KeyRotation } from "../../lib/message/key_rotation.ts";
import { paddedNodeAddress } from "../../lib/message/node_address.ts";
import {
  createReplySurb,
  type ReplySurb,
} from "../../lib/message/reply_surb.ts";
import type { SphinxHop } from "../../lib/sphinx/route.ts";
import type { SphinxVersion } from "../../lib/sphinx/version.ts";
import { seededRandom } from "../support/seeded_random.ts";

await cryptoReady();

/** A node of a test's network. */
export interface TestNode extends SphinxHop {
  readonly secret: Uint8Array;
}

/** Nodes with keys of their own. */
export function testNodes(count: number, seed = 0): TestNode[] {
  const random = seededRandom(1000 + seed);
  return Array.from({ length: count }, (_, i) => {
    const { secret, public: publicKey } = generateX25519(random);
    const address = { host: `10.0.${seed}.${i + 1}`, port: 1789 + i };
    return { address: paddedNodeAddress(address, 32), publicKey, secret };
  });
}

/** Reply blocks towards a client, through nodes with all delays one millisecond. */
export function testSurbs(
  count: number,
  { hops = 4, version = 259, rotation = "odd" }: {
    hops?: number;
    version?: SphinxVersion;
    rotation?: KeyRotation;
  } = {},
): ReplySurb[] {
  const random = seededRandom(count);
  const route = testNodes(hops);
  return Array.from({ length: count }, () =>
    createReplySurb({
      route,
      delays: route.map(() => 1_000_000n),
      destination: new Uint8Array(32).fill(7),
      version,
      rotation,
      random,
    }));
}
