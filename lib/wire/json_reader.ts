import { decodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { DecodeError, type ExitCode } from "../errors.ts";

/** How a {@linkcode JsonReader} names what it reads, and what its errors carry. */
export interface JsonReaderOptions {
  /** What errors call the document. */
  readonly title: string;
  /** What errors advise. */
  readonly hint?: string | undefined;
  /** What a command that fails over it ends with; without one the class of the error decides. */
  readonly exitCode?: ExitCode | undefined;
}

/** Options of {@linkcode JsonReader.parse}. */
export interface ParseJsonOptions extends JsonReaderOptions {
  /** Longer text is refused before it is parsed. */
  readonly maxLength: number;
}

/**
 * A place in a JSON document that someone else wrote. Every read checks the type, and names the key path when it does not
 * fit: *Cannot decode skimmed nodes: nodes.data[3].mix_port: need an integer from 1 to 65535, have a string*. Values are never
 * quoted but numbers, as they may be secret.
 */
export class JsonReader {
  readonly #value: unknown;
  readonly #path: string;
  readonly #options: JsonReaderOptions;

  /** Stand at the top of a parsed document. */
  constructor(value: unknown, options: JsonReaderOptions, path = "") {
    this.#value = value;
    this.#options = options;
    this.#path = path;
  }

  /**
   * Parse a document and stand at its top.
   *
   * @throws {DecodeError} If it is too long or no JSON.
   */
  static parse(text: string, options: ParseJsonOptions): JsonReader {
    const { maxLength, ...rest } = options;
    const reader = (value?: unknown) => new JsonReader(value, rest);
    if (text.length > maxLength) {
      throw reader().error(
        `need at most ${maxLength} characters, have ${text.length}`,
      );
    }
    try {
      return reader(JSON.parse(text));
    } catch {
      // The parser's own message quotes the text, which may be secret.
      throw reader().error("need JSON, have something else");
    }
  }

  /** The value as it was parsed, for what has no fixed type. */
  get value(): unknown {
    return this.#value;
  }

  /** A member that must be there; it may be null. */
  field(key: string): JsonReader {
    const object = this.#object();
    if (!Object.hasOwn(object, key)) {
      throw this.#at(`.${key}`, undefined).error("missing");
    }
    return this.#at(`.${key}`, object[key]);
  }

  /** A member that may be missing or null. */
  optional(key: string): JsonReader | undefined {
    const object = this.#object();
    const value = Object.hasOwn(object, key) ? object[key] : null;
    return value === null ? undefined : this.#at(`.${key}`, value);
  }

  /** All members, at most `maxLength` of them. */
  entries(maxLength: number): [key: string, value: JsonReader][] {
    const entries = Object.entries(this.#object());
    this.#checkLength(entries.length, 0, maxLength, "members");
    return entries.map(([key, value]) => [
      key,
      // A key that someone else chose is named only if it is short and plain.
      this.#at(/^[\w-]{1,40}$/.test(key) ? `.${key}` : ".?", value),
    ]);
  }

  /** Refuse members that are none of these. */
  onlyKeys(known: readonly string[]): void {
    for (const [key, place] of this.entries(256)) {
      if (!known.includes(key)) {
        throw place.error(`unknown, choose from ${known.join(", ")}`);
      }
    }
  }

  /** The elements of an array, at most `maxLength` of them. */
  array(maxLength: number): JsonReader[] {
    return this.#array(0, maxLength, "elements").map((value, index) =>
      this.#at(`[${index}]`, value)
    );
  }

  /** Text of at most `maxLength` characters. */
  string(maxLength = 65_536): string {
    if (typeof this.#value !== "string") throw this.#wrong("a string");
    this.#checkLength(this.#value.length, 0, maxLength, "characters");
    return this.#value;
  }

  /** One of some words. */
  oneOf<const Word extends string>(words: readonly Word[]): Word {
    const text = this.string(256);
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw this.error(`need one of ${words.join(", ")}`);
  }

  /** True or false. */
  boolean(): boolean {
    if (typeof this.#value !== "boolean") throw this.#wrong("a boolean");
    return this.#value;
  }

  /** A whole number within bounds. */
  integer(min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#value;
    if (
      typeof value !== "number" || !Number.isInteger(value) || value < min ||
      value > max
    ) throw this.#wrong(`an integer from ${min} to ${max}`);
    return value;
  }

  /** Bytes that are written as an array of numbers: exactly `min` of them, or up to `max`. */
  byteArray(min: number, max: number = min): Bytes {
    const values = this.#array(min, max, "bytes");
    return Uint8Array.from(
      values,
      (value, index) => this.#at(`[${index}]`, value).integer(0, 255),
    );
  }

  /** Exactly `length` bytes in base58. */
  base58(length: number): Bytes {
    const text = this.string();
    try {
      return decodeBase58(text, { length });
    } catch {
      throw this.error(`need ${length} bytes in base58, have other text`);
    }
  }

  /** Exactly `length` bytes in padded base64 of the standard alphabet. */
  base64(length: number): Bytes {
    const text = this.string();
    const digits = Math.ceil(length / 3) * 4;
    try {
      // Blanks within the text would be skipped: the number of digits leaves no room for them.
      const bytes = Uint8Array.fromBase64(text, {
        lastChunkHandling: "strict",
      });
      if (text.length === digits && bytes.length === length) return bytes;
    } catch {
      // Reported below, whatever was wrong with it.
    }
    throw this.error(`need ${length} bytes in base64, have other text`);
  }

  /** Bytes in padded base64 of the standard alphabet, at most `maxLength` characters. */
  base64Text(maxLength?: number): Bytes {
    const text = this.string(maxLength);
    try {
      return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
    } catch {
      throw this.error("need base64, have other text");
    }
  }

  /** An error about this place, to be thrown. */
  error(state: string): DecodeError {
    const { title, hint, exitCode } = this.#options;
    const place = this.#path === "" ? "" : `${this.#path}: `;
    return new DecodeError(`Cannot decode ${title}: ${place}${state}`, {
      hint,
      exitCode,
    });
  }

  #wrong(need: string): DecodeError {
    return this.error(`need ${need}, have ${typeName(this.#value)}`);
  }

  #object(): Record<string, unknown> {
    const value = this.#value;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.#wrong("an object");
    }
    // What JSON.parse makes an object of has strings as keys.
    return value as Record<string, unknown>;
  }

  #array(min: number, max: number, unit: string): unknown[] {
    if (!Array.isArray(this.#value)) throw this.#wrong("an array");
    this.#checkLength(this.#value.length, min, max, unit);
    return this.#value;
  }

  #checkLength(length: number, min: number, max: number, unit: string): void {
    if (length >= min && length <= max) return;
    const need = min === max
      ? `${min}`
      : min === 0
      ? `at most ${max}`
      : `${min} to ${max}`;
    throw this.error(`need ${need} ${unit}, have ${length}`);
  }

  #at(step: string, value: unknown): JsonReader {
    const path = this.#path + step;
    return new JsonReader(
      value,
      this.#options,
      path.startsWith(".") ? path.slice(1) : path,
    );
  }
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  return typeof value === "number" ? `${value}` : `a ${typeof value}`;
}
