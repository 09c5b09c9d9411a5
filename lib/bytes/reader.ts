import { DecodeError } from "../errors.ts";
import type { Bytes } from "./brand.ts";

/**
 * A cursor over the bytes of one structure. Every read names its field, so that a short input explains itself; numbers
 * are big-endian, as everywhere in Nym but where the name says otherwise.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #title: string;
  #offset = 0;

  /** Start at the first byte; `title` is what errors call the structure. */
  constructor(bytes: Uint8Array, title: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#title = title;
  }

  /** Index of the next byte to be read. */
  get offset(): number {
    return this.#offset;
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** One byte. */
  u8(field: string): number {
    return this.#view.getUint8(this.#advance(1, field));
  }

  /** Two bytes. */
  u16(field: string): number {
    return this.#view.getUint16(this.#advance(2, field));
  }

  /** Four bytes. */
  u32(field: string): number {
    return this.#view.getUint32(this.#advance(4, field));
  }

  /** Eight bytes. */
  u64(field: string): bigint {
    return this.#view.getBigUint64(this.#advance(8, field));
  }

  /** A length of eight bytes that must not exceed the bytes left: nothing is allocated for a promise. */
  length64(field: string): number {
    const value = this.u64(field);
    if (value > BigInt(this.remaining)) {
      throw new DecodeError(
        `Cannot decode ${this.#title}: ${field} is ${value}, have ${this.remaining} bytes`,
      );
    }
    return Number(value);
  }

  /** A copy of the next `length` bytes. */
  bytes(length: number, field: string): Bytes {
    const start = this.#advance(length, field);
    return this.#bytes.slice(start, start + length) as Bytes;
  }

  /** A copy of everything left. */
  rest(): Bytes {
    return this.bytes(this.remaining, "rest");
  }

  /** Refuse leftovers. */
  end(): void {
    if (this.remaining > 0) {
      throw new DecodeError(
        `Cannot decode ${this.#title}: ${this.remaining} bytes too many at offset ${this.#offset}`,
      );
    }
  }

  #advance(length: number, field: string): number {
    if (length > this.remaining) {
      throw new DecodeError(
        `Cannot decode ${this.#title}: ${field} at offset ${this.#offset}: need ${length} bytes, have ${this.remaining}`,
      );
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
