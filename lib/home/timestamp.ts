import { DecodeError } from "../errors.ts";
import { parseRfc3339 } from "../wire/directory/timestamp.ts";

/**
 * Read a time stamp of an official database: RFC 3339, or SQLite's own form without a zone, which is UTC.
 *
 * @throws {DecodeError} If it is neither.
 */
export function readTimestamp(value: unknown): Date {
  const text = typeof value === "string" ? value : "";
  const time = parseRfc3339(text) ?? parseRfc3339(`${text}Z`);
  if (time !== undefined) return new Date(time);
  throw new DecodeError(
    `Cannot decode time stamp: have ${JSON.stringify(text.slice(0, 60))}`,
  );
}
