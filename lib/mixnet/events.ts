import type { PacketSizeName } from "../message/packet_size.ts";

/** What a node did with a packet, told by the node itself at the moment that it did it. */
export interface PacketEvent {
  /** It is about a packet. */
  readonly kind: "packet";
  /** The node's name. */
  readonly node: string;
  /** Where on its way the packet was: at its sender's gateway, at a mix node, at its recipient's gateway. */
  readonly role: "entry" | "mix" | "egress";
  /**
   * `relayed` from a client to the first mix node, `forwarded` to the next one, `pushed` to a client, `stored` for one that
   * is away, `acked`: its acknowledgement was sent on its way.
   */
  readonly action: "relayed" | "forwarded" | "pushed" | "stored" | "acked";
  /** How large the packet is. */
  readonly size: PacketSizeName;
  /** How long the node held it because its header says so, in milliseconds. */
  readonly delay: number;
  /** When it happened, in milliseconds of the node's clock. */
  readonly at: number;
}

/** What happened between a gateway and a client. */
export interface ClientEvent {
  /** It is about a client. */
  readonly kind: "client";
  /** The gateway's name. */
  readonly node: string;
  /** What the client did. */
  readonly action: "registered" | "authenticated" | "left";
  /** When it happened, in milliseconds of the node's clock. */
  readonly at: number;
}

/** Something that a node tells. */
export type MixnetEvent = PacketEvent | ClientEvent;

/** Those who want to hear what a node tells. Ask {@linkcode active} before an event is made: nobody pays for silence. */
export class EventHub {
  readonly #listeners = new Set<(event: MixnetEvent) => void>();

  /** Whether anybody listens. */
  get active(): boolean {
    return this.#listeners.size > 0;
  }

  /** Tell everybody. */
  emit(event: MixnetEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Hear everything from now on; the result stops it. */
  listen(listener: (event: MixnetEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
