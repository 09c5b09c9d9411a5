import type { Clock } from "../async/clock.ts";
import { Turn } from "./turn.ts";

/** How many packets of each kind are kept ready, so that a few slots in close succession find theirs built. */
const STOCK = 4;

/** A build is expected to take this share of the last one's time, the rest from those before. */
const RECENT = 0.2;

/** A packet that can leave at once. */
export interface ReadyPacket {
  /** Whether it carries nothing. */
  readonly cover: boolean;
  /** Whether it still has to leave: not if it was taken back or is settled meanwhile. */
  wanted(): boolean;
}

/** Options of {@linkcode Workshop}. */
export interface WorkshopOptions<T extends ReadyPacket> {
  /** Where time comes from. */
  clock: Clock;
  /** Build the next real packet; `undefined` if none waits. */
  buildReal: () => T | undefined;
  /** Build a cover packet; `undefined` if that is not possible now. */
  buildCover: () => T | undefined;
}

/**
 * Builds packets before their slots. Building takes a millisecond or two: were it done at the slot, a slot with real
 * data would be late in another way than one with cover, and an observer could tell them apart. So nothing is begun that
 * may not be done before the next deadline.
 */
export class Workshop<T extends ReadyPacket> {
  readonly #clock: Clock;
  readonly #buildReal: () => T | undefined;
  readonly #buildCover: () => T | undefined;
  readonly #real: T[] = [];
  readonly #cover: T[] = [];
  #cost = 2;

  /** Nothing is in stock at first. */
  constructor({ clock, buildReal, buildCover }: WorkshopOptions<T>) {
    this.#clock = clock;
    this.#buildReal = buildReal;
    this.#buildCover = buildCover;
  }

  /** Real packets in stock. */
  get ready(): number {
    return this.#real.length;
  }

  /** Take the real packet that was built first, if one is in stock. */
  real(): T | undefined {
    for (let item = this.#real.shift(); item; item = this.#real.shift()) {
      if (item.wanted()) return item;
    }
    return undefined;
  }

  /** Take a cover packet, if one is in stock. */
  cover(): T | undefined {
    return this.#cover.shift();
  }

  /** What leaves in a slot of the main stream: real before cover, in stock before built on the spot. */
  forSlot(): T | undefined {
    return this.real() ?? this.cover() ?? this.buildReal() ??
      this.buildCover();
  }

  /** Give a packet back that could not leave. Cover is thrown away. */
  putBack(packet: T): void {
    if (!packet.cover) this.#real.unshift(packet);
  }

  /** Build one packet that is missing in stock if it will be done before `deadline`. Returns whether it built one. */
  step(deadline: number, { cover }: { cover: boolean }): boolean {
    if (this.#clock.now() + this.#cost > deadline) return false;
    return this.#store(this.#real, this.buildReal.bind(this)) ||
      (cover && this.#store(this.#cover, this.buildCover.bind(this)));
  }

  /** Build ahead until the stock is full or the time until `deadline` is too short for one more. */
  async fill(deadline: number, options: { cover: boolean }): Promise<void> {
    const turn = new Turn(this.#clock);
    while (this.step(deadline, options)) await turn.yield();
  }

  /** Throw the cover packets in stock away: they were built for another topology. */
  discardCover(): void {
    this.#cover.length = 0;
  }

  /** Build a real packet now. */
  buildReal(): T | undefined {
    return this.#timed(this.#buildReal);
  }

  /** Build a cover packet now. */
  buildCover(): T | undefined {
    return this.#timed(this.#buildCover);
  }

  #store(stock: T[], build: () => T | undefined): boolean {
    const packet = stock.length < STOCK ? build() : undefined;
    if (packet !== undefined) stock.push(packet);
    return packet !== undefined;
  }

  #timed(build: () => T | undefined): T | undefined {
    const begun = this.#clock.now();
    const packet = build();
    if (packet !== undefined) {
      // Now and then one is held up by the machine, which says nothing about the next.
      const cost = Math.min(this.#clock.now() - begun, 2 * this.#cost);
      this.#cost += (cost - this.#cost) * RECENT;
    }
    return packet;
  }
}
