import { isAbsolute } from "node:path";
import { DecodeError } from "../errors.ts";
import { parseRecipient } from "../message/recipient.ts";
import type { GrantKind } from "./api.ts";
import { isWithin } from "./paths.ts";

/** Everything that can be granted, with an example of each. */
export const GRANT_KINDS: Readonly<Record<GrantKind, string>> = {
  net: "HOST:PORT",
  send: "any",
  read: "/FOLDER",
  write: "/FOLDER",
  run: "/PATH/OF/PROGRAM",
  env: "VARIABLE",
};

/** Something that the user grants to a plugin. Paths are full and without links. */
export interface Grant {
  readonly kind: GrantKind;
  readonly value: string;
}

/** Whether a word names something that can be granted. */
export function isGrantKind(word: string): word is GrantKind {
  return Object.hasOwn(GRANT_KINDS, word);
}

/**
 * Read `kind=value`, for example `net=example.org:443`.
 *
 * @throws {DecodeError} If it is no grant.
 */
export function parseGrant(text: string): Grant {
  const [, kind = "", value = ""] = /^(\w+)=([^]+)$/.exec(text) ?? [];
  if (isGrantKind(kind)) return { kind, value: grantValue(kind, value) };
  const kinds = Object.keys(GRANT_KINDS).join(", ");
  throw new DecodeError(
    `Cannot read grant ${JSON.stringify(text)}: need KIND=VALUE with ${kinds}`,
    { hint: "Write for example: net=example.org:443" },
  );
}

/**
 * Bring the value of a grant into its one spelling.
 *
 * @throws {DecodeError} If nothing can be meant by it.
 */
export function grantValue(kind: GrantKind, value: string): string {
  switch (kind) {
    case "net":
      return hostAndPort(value);
    case "send":
      if (value !== "any") parseRecipient(value);
      return value;
    case "read":
    case "write":
      if (value !== "" && !value.includes("\0")) return value;
      throw wrong(kind, value, "a path");
    case "run":
      if (isAbsolute(value)) return value;
      throw wrong(kind, value, "the full path of a program");
    case "env":
      // These would let a plugin change how its own walls are built.
      if (/^(LD_|DYLD_|DENO_|NODE_)/i.test(value)) {
        throw wrong(kind, value, "a variable that does not steer programs");
      }
      if (/^[A-Za-z_]\w*$/.test(value)) return value;
      throw wrong(kind, value, "the name of a variable");
    default:
      return kind satisfies never;
  }
}

/** Whether what is granted covers what is needed; both of one kind and in one spelling. */
export function covers(granted: Grant, needed: Grant): boolean {
  if (granted.kind !== needed.kind) return false;
  switch (granted.kind) {
    case "read":
    case "write":
      return isWithin(needed.value, granted.value);
    case "send":
      return granted.value === "any" || granted.value === needed.value;
    default:
      return granted.value === needed.value;
  }
}

/** What of a URL has to be granted: its host and port. Nothing unless it is a web address. */
export function netGrantOf(url: string | URL): Grant | undefined {
  const parsed = URL.parse(url);
  if (!parsed || !/^https?:$/.test(parsed.protocol)) return undefined;
  const port = parsed.port || (parsed.protocol === "https:" ? "443" : "80");
  return { kind: "net", value: `${parsed.hostname.toLowerCase()}:${port}` };
}

function hostAndPort(text: string): string {
  const [, host = "", port = "443"] =
    /^([^:/@?#\s]+|\[[\da-fA-F:.]+\])(?::(\d{1,5}))?$/
      .exec(text) ?? [];
  // The URL parser brings every spelling of a host into one.
  const url = host === "" ? null : URL.parse(`http://${host}:${port}/`);
  const isName = /^(\[[\da-f:]+\]|[\w.-]+)$/.test(url?.hostname ?? "");
  if (url && isName && Number(port) > 0) {
    return `${url.hostname}:${Number(port)}`;
  }
  throw wrong("net", text, "HOST:PORT");
}

function wrong(kind: GrantKind, value: string, need: string): DecodeError {
  return new DecodeError(
    `Cannot read grant ${kind}=${value}: need ${need}`,
    { hint: `Write for example: ${kind}=${GRANT_KINDS[kind]}` },
  );
}
