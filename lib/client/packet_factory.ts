import { type RandomSource, randomUnit } from "../crypto/random.ts";
import { UsageError } from "../errors.ts";
import type { ConfiguredPacketSize, DebugConfig } from "../home/debug.ts";
import type { ClientKeys } from "../home/keys.ts";
import type { Fragment } from "../message/fragment.ts";
import { rotationOfId } from "../message/key_rotation.ts";
import {
  choosePacketSize,
  planSplit,
  type SplitPlan,
} from "../message/split_plan.ts";
import { split } from "../message/split.ts";
import type { DataPacketSizeName } from "../message/packet_size.ts";
import { drawPath } from "../message/path.ts";
import {
  prepareCoverPacket,
  prepareDataPacket,
  prepareReplyPacket,
} from "../message/prepare.ts";
import type { PreparedPacket } from "../message/prepared_packet.ts";
import type { Recipient } from "../message/recipient.ts";
import { createReplySurb, type ReplySurb } from "../message/reply_surb.ts";
import type { SphinxHop } from "../sphinx/route.ts";
import { SPHINX_VERSION } from "../sphinx/version.ts";
import { pickRoute } from "../topology/pick_route.ts";
import type { Topology } from "../topology/view.ts";

/** Options of {@linkcode PacketFactory}. */
export interface PacketFactoryOptions {
  /** The client's keys. */
  keys: ClientKeys;
  /** The client's address. */
  self: Recipient;
  /** How packets are made. */
  settings: DebugConfig;
  /** The network as it is known now. */
  topology: () => Topology;
  /** Where chance comes from. */
  random: RandomSource;
}

/** Fragments and the packets that they fit. */
export interface CutMessage {
  readonly fragments: Fragment[];
  readonly packetSize: DataPacketSizeName;
}

/**
 * Makes packets of everything that a client sends, each over a route of its own. Real traffic has Sphinx version 259, cover
 * 258, as that of official clients.
 */
export class PacketFactory {
  readonly #options: PacketFactoryOptions;
  readonly #primary: DataPacketSizeName;
  readonly #secondary: DataPacketSizeName | undefined;

  /** @throws {UsageError} If the settings ask for packets that carry no messages. */
  constructor(options: PacketFactoryOptions) {
    const { primaryPacketSize, secondaryPacketSize } = options.settings.traffic;
    this.#options = options;
    this.#primary = dataPacketSize(primaryPacketSize);
    this.#secondary = secondaryPacketSize &&
      dataPacketSize(secondaryPacketSize);
  }

  /** How a message of `length` bytes would be cut, its type byte included. */
  plan(length: number): SplitPlan {
    return planSplit(length, this.#sizeFor(length));
  }

  /** Cut a message. */
  cut(parts: readonly Uint8Array[]): CutMessage {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const packetSize = this.#sizeFor(length);
    const { random } = this.#options;
    return { fragments: split(parts, { packetSize, random }), packetSize };
  }

  /** Make a packet to someone whose address is known. @throws {NymError} If there is no way to that gateway. */
  data(
    fragment: Fragment,
    packetSize: DataPacketSizeName,
    recipient: Recipient,
  ): PreparedPacket {
    const { random } = this.#options;
    return prepareDataPacket({
      ...this.#common(),
      fragment,
      recipient,
      forwardRoute: this.#route(recipient.gateway),
      packetSize,
      random,
    });
  }

  /** Make a packet that takes a reply block. */
  reply(
    fragment: Fragment,
    packetSize: DataPacketSizeName,
    surb: ReplySurb,
  ): PreparedPacket {
    return prepareReplyPacket({
      ...this.#common(),
      fragment,
      surb,
      packetSize,
    });
  }

  /** Make a packet to oneself that says nothing. It always goes through the mix nodes. */
  cover(): PreparedPacket {
    const { self, settings, topology, random } = this.#options;
    const route = () => pickRoute(topology(), self.gateway, random).hops;
    const { coverTrafficPrimarySizeRatio: ratio } = settings.coverTraffic;
    const primary = this.#secondary === undefined ||
      randomUnit(random) <= ratio;
    return prepareCoverPacket({
      ...this.#common(route()),
      self,
      forwardRoute: route(),
      packetSize: primary ? this.#primary : this.#secondary,
      version: settings.traffic.useLegacySphinxFormat
        ? SPHINX_VERSION.explicitKeys
        : SPHINX_VERSION.seeds,
    });
  }

  /** Make a reply block for others to answer us by. */
  surb(): ReplySurb {
    const { self, settings, topology, random } = this.#options;
    const { averagePacketDelay } = settings.traffic;
    return createReplySurb({
      ...drawPath(this.#ownRoute(), averagePacketDelay, random),
      destination: self.identity,
      version: SPHINX_VERSION.seeds,
      rotation: rotationOfId(topology().rotationId),
      random,
    });
  }

  #common(ackRoute: readonly SphinxHop[] = this.#ownRoute()) {
    const { keys, self, settings, topology, random } = this.#options;
    return {
      sender: { identity: self.identity, ackKey: keys.ackKey },
      ackRoute,
      averages: {
        packetDelay: settings.traffic.averagePacketDelay,
        ackDelay: settings.acknowledgements.averageAckDelay,
      },
      rotation: rotationOfId(topology().rotationId),
      random,
    };
  }

  #ownRoute(): readonly SphinxHop[] {
    return this.#route(this.#options.self.gateway);
  }

  #route(gateway: Uint8Array): readonly SphinxHop[] {
    const { settings, topology, random } = this.#options;
    const mixHops = !settings.traffic.disableMixHops;
    return pickRoute(topology(), gateway, random, { mixHops }).hops;
  }

  #sizeFor(length: number): DataPacketSizeName {
    return choosePacketSize(length, this.#primary, this.#secondary);
  }
}

function dataPacketSize(size: ConfiguredPacketSize): DataPacketSizeName {
  switch (size) {
    case "regular":
    case "extended8":
    case "extended16":
    case "extended32":
      return size;
    default:
      throw new UsageError(
        `Cannot send packets of size "${size}": need regular, extended8, extended16 or extended32`,
      );
  }
}
