import { UsageError } from "../../errors.ts";

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Read a duration such as `500ms`, `10s`, `1.5m` or `1h`, in milliseconds.
 *
 * @throws {UsageError} If it is anything else; a bare number has no unit and is refused.
 */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit ?? ""] ?? NaN);
  if (Number.isSafeInteger(Math.round(ms))) return ms;
  throw new UsageError(
    `need a duration such as 500ms, 10s, 5m or 1h, have ${
      JSON.stringify(text)
    }`,
  );
}

/**
 * Read how long something may take, likewise.
 *
 * @throws {UsageError} If it is no duration, or none at all.
 */
export function parsePatience(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0) return ms;
  throw new UsageError(
    `need a duration above 0, such as 10s, have ${JSON.stringify(text)}`,
  );
}

/** Write milliseconds as a person would: `500ms`, `10s`, `1.5m`. */
export function formatDuration(ms: number): string {
  for (const unit of ["h", "m", "s"]) {
    const value = ms / UNIT_MS[unit]!;
    if (value >= 1) return `${Math.round(value * 100) / 100}${unit}`;
  }
  return `${Math.round(ms)}ms`;
}
