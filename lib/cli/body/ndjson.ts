import type { Bytes } from "../../bytes/brand.ts";
import { UsageError } from "../../errors.ts";
import { surbsOrAuto } from "../definitions/surbs.ts";
import type { BodyRecord } from "./record.ts";

/** A line that is an object without being a message: skipped. */
export type NdjsonLine = BodyRecord | undefined;

/**
 * Read a line of `--split ndjson`: an object with `text` or `base64`, and if need be `to` or `replyTo`, and `surbs`. Objects
 * of another `type` than `message` are skipped. A `senderTag` says who a recorded message came from, not where it goes.
 *
 * @throws {UsageError} If it is anything else, naming the line.
 */
export function readNdjsonLine(line: Bytes, number: number): NdjsonLine {
  const value = parseLine(line, number);
  if (value["type"] !== undefined && value["type"] !== "message") {
    return undefined;
  }
  const text = optionalString(value, "text", number);
  const base64 = optionalString(value, "base64", number);
  if ((text === undefined) === (base64 === undefined)) {
    throw fault(number, `need one of "text" and "base64"`);
  }
  const to = optionalString(value, "to", number);
  const replyTo = optionalString(value, "replyTo", number);
  if (to !== undefined && replyTo !== undefined) {
    throw fault(number, `need one of "to" and "replyTo", have both`);
  }
  return {
    body: text !== undefined
      ? new TextEncoder().encode(text)
      : decodeBase64(base64!, number),
    to,
    replyTo,
    surbs: surbsOf(value["surbs"], number),
  };
}

function parseLine(line: Bytes, number: number): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch (cause) {
    throw fault(number, "not JSON", cause);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fault(number, "need an object");
  }
  return value as Record<string, unknown>;
}

function optionalString(
  value: Record<string, unknown>,
  key: string,
  number: number,
): string | undefined {
  const found = value[key];
  if (found === undefined || found === null) return undefined;
  if (typeof found === "string") return found;
  throw fault(number, `"${key}": need a string`);
}

function surbsOf(value: unknown, number: number): number | "auto" | undefined {
  if (value === undefined || value === null) return undefined;
  try {
    return surbsOrAuto(String(value));
  } catch (cause) {
    throw fault(number, `"surbs": ${(cause as Error).message}`, cause);
  }
}

function decodeBase64(text: string, number: number): Bytes {
  try {
    return Uint8Array.fromBase64(text);
  } catch (cause) {
    throw fault(number, `"base64": not base64`, cause);
  }
}

function fault(number: number, what: string, cause?: unknown): UsageError {
  return new UsageError(`Cannot read line ${number} of the input: ${what}`, {
    cause,
    hint: 'Write a line such as {"text":"hello","to":"self"}',
  });
}
