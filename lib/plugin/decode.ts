import type { Bytes } from "../bytes/brand.ts";
import { DecodeError } from "../errors.ts";
import { JsonReader } from "../wire/json_reader.ts";
import { LIMITS } from "./limits.ts";
import {
  type DecodedVerdict,
  type FromPlugin,
  HOOKS,
  type PluginRequest,
  type ToldError,
} from "./protocol.ts";

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
        hooks: reader.field("hooks").array(HOOKS.length).map((place) =>
          place.oneOf(HOOKS)
        ),
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
      return readRequestFrame(id(), reader.field("request"));
    default:
      throw reader.field("kind").error("unknown");
  }
}

/** An author's slip in a request is answered, not punished. */
function readRequestFrame(id: number, reader: JsonReader): FromPlugin {
  try {
    return { kind: "request", id, request: readRequest(reader) };
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const problem = error.message.replace(
      /^Cannot decode [^:]*: request\.?/,
      "",
    );
    return { kind: "malformed", id, problem: `Cannot do this: ${problem}` };
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
        level: reader.field("level").oneOf(["debug", "info", "warn"]),
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
    case "address":
      return { op };
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
  return reader.base64Text(Math.ceil(LIMITS.message / 3) * 4);
}
