import type { X25519KeyPair } from "../crypto/x25519.ts";
import { CryptoError } from "../errors.ts";
import { type PeeledPacket, peelHeader } from "../sphinx/process.ts";
import { ReplayFilter } from "./replay_filter.ts";

interface ServedKey {
  readonly pair: X25519KeyPair;
  readonly filter: ReplayFilter;
}

/**
 * The Sphinx keys that a node serves: that of the current rotation and the one before, each with the tags of the packets
 * that came for it. Every packet is tried against both, newest first: the rotation that a frame names says no more than
 * which one fits, and frames of version 7 do not name it.
 */
export class SphinxKeys {
  readonly #served: ServedKey[];
  readonly #onForgotten: (tags: number) => void;

  /** Serve one or two keys, the newest first; `onForgotten` hears of replay tags that were forgotten to make room. */
  constructor(
    pairs: readonly X25519KeyPair[],
    onForgotten: (tags: number) => void = () => {},
  ) {
    if (pairs.length === 0) {
      throw new RangeError(
        "Cannot serve packets: need a Sphinx key, have none",
      );
    }
    this.#onForgotten = onForgotten;
    this.#served = pairs.slice(0, 2).map((pair) => this.#serve(pair));
  }

  /** All keys that are served, newest first. */
  get pairs(): X25519KeyPair[] {
    return this.#served.map(({ pair }) => pair);
  }

  /** Go over to a new key; the current one is served until the next rotation, the one before no more. */
  rotate(pair: X25519KeyPair): void {
    this.#served.splice(1);
    this.#served.unshift(this.#serve(pair));
  }

  /**
   * Find the key that a packet is for and check that it is whole.
   *
   * @returns The packet, and whether it is the first time that it comes.
   * @throws {DecodeError} If it is too short.
   * @throws {CryptoError} If it fits no key.
   */
  peel(packet: Uint8Array): { peeled: PeeledPacket; isNew: boolean } {
    for (const { pair, filter } of this.#served) {
      const peeled = tryPeel(packet, pair);
      if (peeled !== undefined) {
        return { peeled, isNew: filter.add(peeled.replayTag) };
      }
    }
    throw new CryptoError("Cannot process packet: it is for none of the keys");
  }

  #serve(pair: X25519KeyPair): ServedKey {
    const filter = new ReplayFilter({ onForgotten: this.#onForgotten });
    return { pair, filter };
  }
}

function tryPeel(
  packet: Uint8Array,
  { secret }: X25519KeyPair,
): PeeledPacket | undefined {
  try {
    return peelHeader(packet, secret);
  } catch (error) {
    if (error instanceof CryptoError) return undefined;
    throw error;
  }
}
