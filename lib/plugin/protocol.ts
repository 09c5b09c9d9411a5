import type { Bytes } from "../bytes/brand.ts";
import { JsonReader } from "../wire/json_reader.ts";
import type { JsonValue } from "./api.ts";
import { LIMITS } from "./limits.ts";

/** The hooks that a plugin can have. */
export const HOOKS = [
  "start",
  "message",
  "outgoing",
  "observe",
  "stop",
] as const;

/** One of {@linkcode HOOKS}. */
export type Hook = typeof HOOKS[number];

/** The hooks that are called with a message. */
export type MessageHook = "message" | "outgoing" | "observe";

/** A message as it is told to a plugin: `body` in base64, `time` in milliseconds since 1970. */
export interface ToldMessage {
  readonly direction: "incoming" | "outgoing";
  readonly id: string;
  readonly seq: number;
  readonly time: number;
  readonly body: string;
  readonly senderTag?: string | undefined;
  readonly stored: boolean;
  readonly to?: string | undefined;
  readonly replyTo?: string | undefined;
}

/** What we tell a plugin. Each is one line of JSON. */
export type ToPlugin =
  /** Call `start` with these options. */
  | {
    readonly kind: "start";
    readonly id: number;
    readonly options: JsonValue;
  }
  /** Call a hook with a message. */
  | {
    readonly kind: "call";
    readonly id: number;
    readonly hook: MessageHook;
    readonly message: ToldMessage;
  }
  /** Call `stop`; nothing comes after it. */
  | { readonly kind: "stop"; readonly id: number }
  /** What a request came to. */
  | {
    readonly kind: "answer";
    readonly id: number;
    readonly value: JsonValue;
  }
  /** Why a request was refused. */
  | { readonly kind: "refusal"; readonly id: number; readonly message: string };

/** An error as a plugin tells it. */
export interface ToldError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** A verdict with bodies as bytes. */
export type DecodedVerdict =
  | { readonly kind: "keep" }
  | { readonly kind: "drop"; readonly reason: string }
  | { readonly kind: "replace"; readonly body: Bytes }
  | { readonly kind: "emit"; readonly bodies: readonly Bytes[] }
  | { readonly kind: "stop"; readonly body: Bytes | undefined };

/** What a plugin asks us to do. */
export type PluginRequest =
  | {
    readonly op: "log";
    readonly level: "debug" | "info" | "warn";
    readonly text: string;
  }
  | { readonly op: "reply"; readonly senderTag: string; readonly body: Bytes }
  | {
    readonly op: "send";
    readonly to: string;
    readonly body: Bytes;
    readonly surbs: number;
  }
  | { readonly op: "get"; readonly key: string }
  | { readonly op: "set"; readonly key: string; readonly value: string }
  | { readonly op: "delete"; readonly key: string }
  | { readonly op: "keys"; readonly prefix: string; readonly after: string }
  | {
    readonly op: "fetch";
    readonly url: string;
    readonly method: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: Bytes | undefined;
    readonly timeout: number;
    readonly maxBytes: number;
  };

/** What a plugin tells us. Each is one line of JSON, and comes from a stranger. */
export type FromPlugin =
  /** The module is loaded; what it says of itself, and which hooks it has. */
  | {
    readonly kind: "loaded";
    readonly meta: unknown;
    readonly hooks: readonly Hook[];
    readonly unknown: readonly string[];
  }
  /** The module cannot be loaded. */
  | { readonly kind: "unloadable"; readonly error: ToldError }
  /** A call has ended. */
  | {
    readonly kind: "result";
    readonly id: number;
    readonly verdict: DecodedVerdict;
  }
  /** A call has failed. */
  | {
    readonly kind: "failure";
    readonly id: number;
    readonly error: ToldError;
  }
  /** It ends itself. */
  | { readonly kind: "exit" }
  /** It wants something; without an id nothing is answered. */
  | {
    readonly kind: "request";
    readonly id: number;
    readonly request: PluginRequest;
  };

/**
 * Read what a plugin tells.
 *
 * @throws {DecodeError} If it makes no sense: then the plugin is no longer to be trusted with its own affairs.
 */
export function decodeFromPlugin(text: string): FromPlugin {
  const reader = JsonReader.parse(text, {
    title: "what the plugin says",
    maxLength: LIMITS.frame,
  });
  const id = () => reader.field("id").integer();
  const kind = reader.field("kind").string(32);
  switch (kind) {
    case "loaded":
      return {
        kind,
        meta: reader.field("meta").value,
        hooks: words(reader.field("hooks"), HOOKS),
        unknown: reader.field("unknown").array(64).map((place) =>
          place.string(256)
        ),
      };
    case "unloadable":
      return { kind, error: readError(reader.field("error")) };
    case "result":
      return { kind, id: id(), verdict: readVerdict(reader.field("verdict")) };
    case "failure":
      return { kind, id: id(), error: readError(reader.field("error")) };
    case "exit":
      return { kind };
    case "request":
      return { kind, id: id(), request: readRequest(reader.field("request")) };
    default:
      throw reader.field("kind").error("unknown");
  }
}

function readVerdict(reader: JsonReader): DecodedVerdict {
  const kind = reader.field("kind").string(32);
  switch (kind) {
    case "keep":
      return { kind };
    case "drop":
      return { kind, reason: reader.field("reason").string(LIMITS.text) };
    case "replace":
      return { kind, body: readBody(reader.field("body")) };
    case "emit":
      return {
        kind,
        bodies: reader.field("bodies").array(LIMITS.emits).map(readBody),
      };
    case "stop": {
      const body = reader.optional("body");
      return { kind, body: body && readBody(body) };
    }
    default:
      throw reader.field("kind").error("unknown");
  }
}

function readRequest(reader: JsonReader): PluginRequest {
  const op = reader.field("op").string(32);
  const key = () => reader.field("key").string(LIMITS.key);
  switch (op) {
    case "log":
      return {
        op,
        level: word(reader.field("level"), ["debug", "info", "warn"]),
        text: reader.field("text").string(LIMITS.text),
      };
    case "reply":
      return {
        op,
        senderTag: reader.field("senderTag").string(64),
        body: readBody(reader.field("body")),
      };
    case "send":
      return {
        op,
        to: reader.field("to").string(256),
        body: readBody(reader.field("body")),
        surbs: reader.field("surbs").integer(0, LIMITS.surbs),
      };
    case "get":
    case "delete":
      return { op, key: key() };
    case "set":
      return { op, key: key(), value: reader.field("value").string(1 << 20) };
    case "keys":
      return {
        op,
        prefix: reader.field("prefix").string(LIMITS.key),
        after: reader.field("after").string(LIMITS.key),
      };
    case "fetch":
      return readFetch(reader);
    default:
      throw reader.field("op").error("unknown");
  }
}

function readFetch(reader: JsonReader): PluginRequest {
  const body = reader.optional("body");
  return {
    op: "fetch",
    url: reader.field("url").string(8192),
    method: reader.field("method").string(32),
    headers: reader.field("headers").array(100).map((place) => {
      const [name, value] = place.array(2).map((part) => part.string(8192));
      return [name ?? "", value ?? ""] as const;
    }),
    body: body && readBody(body),
    timeout: reader.field("timeout").integer(1, LIMITS.fetchTimeout),
    maxBytes: reader.field("maxBytes").integer(0, LIMITS.message),
  };
}

function readError(reader: JsonReader): ToldError {
  return {
    name: reader.field("name").string(LIMITS.text),
    message: reader.field("message").string(LIMITS.text),
    stack: reader.field("stack").string(LIMITS.text),
  };
}

function readBody(reader: JsonReader): Bytes {
  const text = reader.string(Math.ceil(LIMITS.message / 3) * 4);
  try {
    return Uint8Array.fromBase64(text, { lastChunkHandling: "strict" });
  } catch {
    throw reader.error("need base64");
  }
}

function words<const Word extends string>(
  reader: JsonReader,
  known: readonly Word[],
): Word[] {
  return reader.array(known.length).map((place) => word(place, known));
}

function word<const Word extends string>(
  reader: JsonReader,
  known: readonly Word[],
): Word {
  const text = reader.string(64);
  const found = known.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw reader.error(`need one of ${known.join(", ")}`);
}
