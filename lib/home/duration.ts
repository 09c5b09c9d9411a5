import { DecodeError } from "../errors.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Units as the official client writes them, largest first, in milliseconds. Months and years are averages. */
const WRITTEN: readonly (readonly [string, number])[] = [
  ["year", 31_557_600 * SECOND],
  ["month", 2_630_016 * SECOND],
  ["day", DAY],
  ["h", HOUR],
  ["m", MINUTE],
  ["s", SECOND],
  ["ms", 1],
  ["us", 1e-3],
  ["ns", 1e-6],
];

/** Units that it writes with an `s` when there are several. */
const PLURAL = new Set(["year", "month", "day"]);

/** What each unit that it reads is worth, in milliseconds. */
const READ: ReadonlyMap<string, number> = new Map([
  ...units(1e-6, "nanos", "nsec", "ns"),
  ...units(1e-3, "usec", "us"),
  ...units(1, "millis", "msec", "ms"),
  ...units(SECOND, "seconds", "second", "secs", "sec", "s"),
  ...units(MINUTE, "minutes", "minute", "mins", "min", "m"),
  ...units(HOUR, "hours", "hour", "hrs", "hr", "h"),
  ...units(DAY, "days", "day", "d"),
  ...units(7 * DAY, "weeks", "week", "wks", "wk", "w"),
  ...units(2_630_016 * SECOND, "months", "month", "M"),
  ...units(31_557_600 * SECOND, "years", "year", "yrs", "yr", "y"),
]);

/**
 * Read a duration such as `200ms`, `5m` or `1h 30m`, in milliseconds: whole numbers with units, blanks allowed between them.
 *
 * @throws {DecodeError} On anything else, a bare number but `0` included.
 */
export function parseDuration(text: string): number {
  if (text.trim() === "0") return 0;
  const parts = /^\s*(?:\d{1,15}\s*[A-Za-z]{1,8}\s*){1,12}$/.test(text)
    ? [...text.matchAll(/(\d+)\s*([A-Za-z]+)/g)]
    : [];
  if (parts.length === 0) throw wrong(text);
  return parts.reduce((sum, [, count, unit]) => {
    const worth = READ.get(unit!);
    if (worth === undefined) throw wrong(text);
    return sum + Number(count) * worth;
  }, 0);
}

/** Write milliseconds as the official client does: `1s 500ms`, `5m`, `1day 2h`; zero is `0s`. */
export function formatDuration(milliseconds: number): string {
  // Nanoseconds are as fine as it gets; a whole number of them has no rounding left to leak into the text.
  let rest = Math.round(milliseconds * 1e6);
  const parts: string[] = [];
  for (const [unit, worth] of WRITTEN) {
    const size = Math.round(worth * 1e6);
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count === 0) continue;
    parts.push(`${count}${unit}${count > 1 && PLURAL.has(unit) ? "s" : ""}`);
  }
  return parts.length === 0 ? "0s" : parts.join(" ");
}

function units(worth: number, ...names: string[]): [string, number][] {
  return names.map((name) => [name, worth]);
}

function wrong(text: string): DecodeError {
  return new DecodeError(
    `Cannot read duration ${JSON.stringify(text)}: need a number and a unit`,
    { hint: "Write it as 500ms, 10s, 5m or 1h" },
  );
}
