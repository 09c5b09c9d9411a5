import type { Bytes } from "./brand.ts";

/** Fills an array of a size known beforehand, field by field, big-endian. Each method returns the writer itself. */
export class ByteWriter {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #offset = 0;

  /** Allocate all `size` bytes at once. */
  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** One byte. */
  u8(value: number): this {
    this.#view.setUint8(this.#advance(1), value);
    return this;
  }

  /** Two bytes. */
  u16(value: number): this {
    this.#view.setUint16(this.#advance(2), value);
    return this;
  }

  /** Four bytes. */
  u32(value: number): this {
    this.#view.setUint32(this.#advance(4), value);
    return this;
  }

  /** Eight bytes. */
  u64(value: bigint): this {
    this.#view.setBigUint64(this.#advance(8), value);
    return this;
  }

  /** Bytes as they are. */
  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#advance(value.length));
    return this;
  }

  /** Leave `length` zero bytes. */
  zeros(length: number): this {
    this.#advance(length);
    return this;
  }

  /**
   * The finished array.
   *
   * @throws {RangeError} If it is not full: a mistake in the encoder.
   */
  done(): Bytes {
    if (this.#offset !== this.#bytes.length) {
      throw new RangeError(
        `Cannot finish structure: ${this.#offset} bytes written of ${this.#bytes.length}`,
      );
    }
    return this.#bytes;
  }

  #advance(length: number): number {
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
