import { faultRandom } from "./fault_random.ts";

/** What goes wrong at a node on purpose. */
export interface FaultOptions {
  /** Percent of the packets that are dropped when they come in. @default 0 */
  loss?: number | undefined;
  /** Mean of an exponential delay before each forward, in milliseconds, on top of that in the header. @default 0 */
  delay?: number | undefined;
  /** Percent of the packets that are sent twice. @default 0 */
  duplicate?: number | undefined;
  /** Percent of the packets that are held back for {@linkcode REORDER_MS}, so that later ones overtake them. @default 0 */
  reorder?: number | undefined;
  /** Whether a gateway keeps the acknowledgements that it should send. @default false */
  swallowAcks?: boolean | undefined;
}

/** How long a packet is held back to be overtaken, in milliseconds. */
export const REORDER_MS = 50;

/** The faults of one node: what may go wrong can be changed while it runs, the luck is that of a seed. */
export class Faults {
  readonly #lossLuck: () => number;
  readonly #delayLuck: () => number;
  readonly #duplicateLuck: () => number;
  readonly #reorderLuck: () => number;
  #options: FaultOptions;

  /** `node` gives each node luck of its own under one seed. */
  constructor(node: string, seed: number, options: FaultOptions = {}) {
    this.#options = checked(options);
    this.#lossLuck = faultRandom(seed, `${node}/loss`);
    this.#delayLuck = faultRandom(seed, `${node}/delay`);
    this.#duplicateLuck = faultRandom(seed, `${node}/duplicate`);
    this.#reorderLuck = faultRandom(seed, `${node}/reorder`);
  }

  /** Change what is named, keep the rest. */
  set(options: FaultOptions): void {
    this.#options = { ...this.#options, ...checked(options) };
  }

  /** Whether acknowledgements are kept. */
  get swallowsAcks(): boolean {
    return this.#options.swallowAcks ?? false;
  }

  /** Whether the packet that just came in is dropped. */
  loses(): boolean {
    return happens(this.#options.loss, this.#lossLuck);
  }

  /** Whether the packet that is about to leave leaves twice. */
  duplicates(): boolean {
    return happens(this.#options.duplicate, this.#duplicateLuck);
  }

  /** Whether the packet that is about to leave is held back. */
  reorders(): boolean {
    return happens(this.#options.reorder, this.#reorderLuck);
  }

  /** How long the packet that is about to leave is delayed on its link, in milliseconds. */
  linkDelay(): number {
    const { delay = 0 } = this.#options;
    return delay === 0 ? 0 : -delay * Math.log(1 - this.#delayLuck());
  }
}

/** Draws nothing where the fault is off, so that turning one on starts its sequence at the beginning. */
function happens(percent: number | undefined, luck: () => number): boolean {
  return percent !== undefined && percent > 0 && luck() * 100 < percent;
}

function checked(options: FaultOptions): FaultOptions {
  assertPercent("loss", options.loss);
  assertPercent("duplicate", options.duplicate);
  assertPercent("reorder", options.reorder);
  if (!((options.delay ?? 0) >= 0)) {
    throw new RangeError(
      `Cannot set faults: delay is ${options.delay} ms, need 0 or more`,
    );
  }
  return options;
}

function assertPercent(name: string, percent = 0): void {
  if (percent >= 0 && percent <= 100) return;
  throw new RangeError(
    `Cannot set faults: ${name} is ${percent} %, need 0 to 100`,
  );
}
