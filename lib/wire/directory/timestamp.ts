import type { JsonReader } from "../json_reader.ts";

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** The form that the official directory writes: `2026-05-16 06:27:52.0 +00:00:00`, minutes and seconds of the offset optional. */
const SPACED =
  /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})\.(\d{1,9}) ([+-])(\d{2})(?::(\d{2})(?::(\d{2}))?)?$/;

/**
 * Read an RFC 3339 timestamp: milliseconds since 1970, finer parts cut off. Nothing if the text is none or the date does
 * not exist.
 */
export function parseRfc3339(text: string): number | undefined {
  return fromMatch(RFC_3339.exec(text));
}

/**
 * Read a timestamp as RFC 3339 or in the spaced form of the official directory (nymtech/nym,
 * nym-api/nym-api-requests/src/models, `overengineered_offset_date_time_serde`). Nothing if the text is neither.
 */
export function parseTimestamp(text: string): number | undefined {
  return parseRfc3339(text) ?? fromMatch(SPACED.exec(text));
}

/** Read an RFC 3339 timestamp at a place in a document. */
export function readRfc3339(json: JsonReader): number {
  const time = parseRfc3339(json.string(64));
  if (time !== undefined) return time;
  throw json.error("need an RFC 3339 timestamp, have other text");
}

/** Write milliseconds since 1970 as RFC 3339 in UTC, without a fraction where there is none. */
export function formatRfc3339(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(".000Z", "Z");
}

function fromMatch(match: RegExpExecArray | null): number | undefined {
  if (match === null) return undefined;
  const part = (index: number) => Number(match[index] ?? 0);
  const [year, month, day] = [part(1), part(2), part(3)];
  const [hour, minute, second] = [part(4), part(5), part(6)];
  const milliseconds = Number((match[7] ?? "").padEnd(3, "0").slice(0, 3));
  const [offsetHour, offsetMinute, offsetSecond] = [
    part(9),
    part(10),
    part(11),
  ];
  // A leap second is let through as the last one before it.
  const clock = [hour <= 23, minute <= 59, second <= 60];
  const offset = [offsetHour <= 23, offsetMinute <= 59, offsetSecond <= 59];
  if (![...clock, ...offset].every(Boolean)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) {
    return undefined;
  }
  date.setUTCHours(hour, minute, Math.min(second, 59), milliseconds);
  const seconds = (offsetHour * 60 + offsetMinute) * 60 + offsetSecond;
  return date.getTime() - (match[8] === "-" ? -1 : 1) * seconds * 1000;
}
