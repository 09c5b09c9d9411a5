/**
 * Types of the functions that we use from `deno-std`, which carries the code of `@std/*` on npm without its types.
 * With JSR at hand the import map names `jsr:@std/…` instead and this file goes.
 */

declare module "@std/assert" {
  export class AssertionError extends Error {}
  export function assert(expr: unknown, msg?: string): asserts expr;
  export function assertAlmostEquals(
    actual: number,
    expected: number,
    tolerance?: number,
    msg?: string,
  ): void;
  export function assertArrayIncludes<T>(
    actual: ArrayLike<T>,
    expected: ArrayLike<T>,
    msg?: string,
  ): void;
  export function assertEquals<T>(actual: T, expected: T, msg?: string): void;
  export function assertExists<T>(
    actual: T,
    msg?: string,
  ): asserts actual is NonNullable<T>;
  export function assertFalse(expr: unknown, msg?: string): void;
  export function assertGreater<T>(actual: T, expected: T, msg?: string): void;
  export function assertGreaterOrEqual<T>(
    actual: T,
    expected: T,
    msg?: string,
  ): void;
  export function assertInstanceOf<
    // deno-lint-ignore no-explicit-any -- any class counts, whatever its constructor takes
    T extends abstract new (...args: any[]) => unknown,
  >(
    actual: unknown,
    expectedType: T,
    msg?: string,
  ): asserts actual is InstanceType<T>;
  export function assertLess<T>(actual: T, expected: T, msg?: string): void;
  export function assertLessOrEqual<T>(
    actual: T,
    expected: T,
    msg?: string,
  ): void;
  export function assertMatch(
    actual: string,
    expected: RegExp,
    msg?: string,
  ): void;
  export function assertNotEquals<T>(
    actual: T,
    expected: T,
    msg?: string,
  ): void;
  export function assertNotMatch(
    actual: string,
    expected: RegExp,
    msg?: string,
  ): void;
  export function assertObjectMatch(
    actual: object,
    expected: object,
    msg?: string,
  ): void;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    // deno-lint-ignore no-explicit-any -- any class counts, whatever its constructor takes
    ErrorClass?: new (...args: any[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): Promise<E>;
  export function assertStrictEquals<T>(
    actual: unknown,
    expected: T,
    msg?: string,
  ): asserts actual is T;
  export function assertStringIncludes(
    actual: string,
    expected: string,
    msg?: string,
  ): void;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    // deno-lint-ignore no-explicit-any -- any class counts, whatever its constructor takes
    ErrorClass?: new (...args: any[]) => E,
    msgIncludes?: string,
    msg?: string,
  ): E;
  export function fail(msg?: string): never;
  export function unreachable(msg?: string): never;
}

declare module "@std/encoding/base58" {
  export function encodeBase58(data: Uint8Array | string): string;
  export function decodeBase58(b58: string): Uint8Array<ArrayBuffer>;
}

declare module "@std/text/levenshtein-distance" {
  export function levenshteinDistance(str1: string, str2: string): number;
}

declare module "@std/toml/parse" {
  export function parse(text: string): Record<string, unknown>;
}

declare module "libsodium-sumo" {
  /** An index of the library's memory. */
  type Address = number;

  /** The functions of libsodium that we use, as they are in C; lengths of 64 bits are two numbers. */
  export interface Sodium {
    /** All of its memory; another array once that had to grow. */
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    _malloc(length: number): Address;
    _sodium_init(): number;
    _crypto_generichash(
      digest: Address,
      digestLength: number,
      message: Address,
      messageLength: number,
      messageLengthHigh: 0,
      key: Address,
      keyLength: number,
    ): number;
    _crypto_stream_chacha20_ietf_xor(
      output: Address,
      input: Address,
      length: number,
      lengthHigh: 0,
      nonce: Address,
      key: Address,
    ): number;
    _crypto_core_ed25519_scalar_reduce(
      scalar: Address,
      wide: Address,
    ): void;
    _crypto_core_ed25519_scalar_mul(
      product: Address,
      a: Address,
      b: Address,
    ): void;
    _crypto_scalarmult_base(point: Address, scalar: Address): number;
    _crypto_kdf_hkdf_sha256_extract(
      prk: Address,
      salt: Address,
      saltLength: number,
      ikm: Address,
      ikmLength: number,
    ): number;
    _crypto_kdf_hkdf_sha256_expand(
      output: Address,
      length: number,
      info: Address,
      infoLength: number,
      prk: Address,
    ): number;
  }

  /** Compiles the library and makes an instance of it. */
  export default function create(): Promise<Sodium>;
}
