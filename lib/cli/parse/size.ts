import { UsageError } from "../../errors.ts";

const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  kib: 1_024,
  mib: 1_048_576,
};

/**
 * Read a number of bytes such as `1000`, `1KB`, `64KiB` or `10MB`.
 *
 * @throws {UsageError} If it is anything else.
 */
export function parseSize(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([a-z]*)$/i.exec(text) ?? [];
  const size = Number(digits) * (UNIT_BYTES[unit?.toLowerCase() ?? ""] ?? NaN);
  if (Number.isSafeInteger(size)) return size;
  throw new UsageError(
    `need a size such as 1000, 1KB or 10MB, have ${JSON.stringify(text)}`,
  );
}

/** Write a number of bytes as a person would: `17 bytes`, `1.5 KB`, `10 MB`. */
export function formatSize(bytes: number): string {
  if (bytes === 1) return "1 byte";
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 10) / 100} KB`;
  return `${Math.round(bytes / 10_000) / 100} MB`;
}
