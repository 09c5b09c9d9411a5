import type { JsonValue, PluginMatch } from "./api.ts";
import { isObject } from "./options.ts";

/** What a {@linkcode PluginMatch} looks at. */
export interface Matchable {
  readonly body: Uint8Array;
  readonly senderTag?: string | undefined;
  readonly stored: boolean;
}

/** Larger bodies are never parsed to see whether they match. */
const MAX_JSON = 1 << 20;

/** Whether a plugin wants to see a message. */
export function matches(
  match: PluginMatch | undefined,
  message: Matchable,
): boolean {
  if (!match) return true;
  const { answerable, stored, minSize = 0, maxSize = Infinity } = match;
  const { body, senderTag } = message;
  if (answerable !== undefined && answerable !== (senderTag !== undefined)) {
    return false;
  }
  if (stored !== undefined && stored !== message.stored) return false;
  if (body.length < minSize || body.length > maxSize) return false;
  return startsWith(match.startsWith, body) && isJson(match.json, body);
}

function startsWith(text: string | undefined, body: Uint8Array): boolean {
  if (text === undefined) return true;
  const start = new TextEncoder().encode(text);
  return start.length <= body.length &&
    start.every((byte, index) => byte === body[index]);
}

function isJson(members: PluginMatch["json"], body: Uint8Array): boolean {
  if (members === undefined) return true;
  // The cheapest look first: most messages are no objects.
  if (body.length > MAX_JSON || !/^\s*\{/.test(head(body))) return false;
  const value = parse(body);
  return isObject(value) &&
    Object.entries(members).every(([key, wanted]) =>
      Object.hasOwn(value, key) && (wanted === true || value[key] === wanted)
    );
}

function head(body: Uint8Array): string {
  return new TextDecoder().decode(body.subarray(0, 64));
}

function parse(body: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    // No JSON, no match.
    return undefined;
  }
}
