import createSodium, { type Sodium } from "libsodium-sumo";
import type { Bytes } from "../bytes/brand.ts";

/** What one calculation may use, in bytes: a packet of the largest size, its keys, and room to spare. */
const CAPACITY = 65_536;
/** Whatever is handed out begins at a multiple of this. */
const ALIGNMENT = 16;

/**
 * A region of libsodium's memory. Its functions work on addresses there; going through it directly, a calculation of many
 * steps copies its input in once and its result out once, and allocates nothing in between.
 */
export class SodiumMemory {
  readonly #sodium: Sodium;
  readonly #start: number;
  #used = 0;

  /** Reserve the region. */
  constructor(sodium: Sodium) {
    this.#sodium = sodium;
    this.#start = sodium._malloc(CAPACITY);
    this.bytes.fill(0, this.#start, this.#start + CAPACITY);
  }

  /** All of libsodium's memory, which addresses are indices of. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#sodium.HEAPU8;
  }

  /** Where `length` zeros are. @throws {RangeError} If there is no room for so many. */
  zeros(length: number): number {
    const offset = this.#used;
    const end = Math.ceil((offset + length) / ALIGNMENT) * ALIGNMENT;
    if (end > CAPACITY) {
      throw new RangeError(
        `Cannot calculate: need ${length} bytes, have ${CAPACITY - offset}`,
      );
    }
    this.#used = end;
    return this.#start + offset;
  }

  /** Where a copy of these bytes is. @throws {RangeError} If there is no room for it. */
  copy(bytes: Uint8Array): number {
    const address = this.zeros(bytes.length);
    this.bytes.set(bytes, address);
    return address;
  }

  /** Write the XOR of two places to a third, which may be one of them. */
  xor(to: number, a: number, b: number, length: number): void {
    const { bytes } = this;
    for (let i = 0; i < length; i++) {
      bytes[to + i] = bytes[a + i]! ^ bytes[b + i]!;
    }
  }

  /** A copy of what is at an address. */
  read(address: number, length: number): Bytes {
    return this.bytes.slice(address, address + length);
  }

  /** Calculate something; what was handed out meanwhile is wiped and free again afterwards. */
  borrow<T>(calculate: (sodium: Sodium, memory: SodiumMemory) => T): T {
    const before = this.#used;
    try {
      return calculate(this.#sodium, this);
    } finally {
      this.bytes.fill(0, this.#start + before, this.#start + this.#used);
      this.#used = before;
    }
  }
}

let memory: SodiumMemory | undefined;
let loading: Promise<void> | undefined;

/**
 * Wait until libsodium, which is WebAssembly, is compiled. Await it once before packets are built or processed; everything
 * after that is synchronous.
 */
export function cryptoReady(): Promise<void> {
  return loading ??= load();
}

/**
 * Calculate with libsodium: its functions, and memory of its own for arguments and results, which is wiped afterwards.
 *
 * @throws {TypeError} Before {@linkcode cryptoReady} has settled.
 */
export function withSodium<T>(
  calculate: (sodium: Sodium, memory: SodiumMemory) => T,
): T {
  if (memory === undefined) {
    throw new TypeError("Cannot calculate: await cryptoReady() first");
  }
  return memory.borrow(calculate);
}

async function load(): Promise<void> {
  const sodium = await createSodium();
  if (sodium._sodium_init() < 0) {
    throw new Error("Cannot use libsodium: it does not start");
  }
  memory = new SodiumMemory(sodium);
}
