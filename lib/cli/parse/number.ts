import { UsageError } from "../../errors.ts";

/**
 * Make a reader of whole numbers between `min` and `max`.
 *
 * The reader throws a {@linkcode UsageError} on anything else.
 */
export function wholeNumber(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): (text: string) => number {
  const range = max === Number.MAX_SAFE_INTEGER
    ? `of ${min} or more`
    : `from ${min} to ${max}`;
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new UsageError(
      `need a whole number ${range}, have ${JSON.stringify(text)}`,
    );
  };
}

/**
 * Read a percentage, with or without its sign.
 *
 * @throws {UsageError} If it is anything else.
 */
export function parsePercent(text: string): number {
  const [, digits] = /^(\d+(?:\.\d+)?)%?$/.exec(text) ?? [];
  const percent = Number(digits);
  if (percent >= 0 && percent <= 100) return percent;
  throw new UsageError(
    `need a percentage from 0 to 100, have ${JSON.stringify(text)}`,
  );
}
