import type { Bytes } from "../../bytes/brand.ts";
import { JsonReader } from "../../wire/json_reader.ts";
import type { PluginOptions } from "../api.ts";

/** A body as cases write it: text, or bytes in base64, or a JSON value. */
export interface CaseBody {
  readonly bytes: Bytes;
}

/** An answer that a web service gives in a case. */
export interface CannedAnswer {
  readonly url: string;
  readonly method: string;
  /** What the plugin has to send, if that is said. */
  readonly body: CaseBody | undefined;
  readonly status: number;
  readonly answer: CaseBody;
}

/** What is to come of a case. What is not mentioned stays as it was: the message goes on, and nothing else happens. */
export interface Expectation {
  /** What becomes of the message. */
  readonly messages: readonly CaseBody[] | undefined;
  readonly replies: readonly CaseBody[];
  readonly sent: readonly { readonly to: string; readonly body: CaseBody }[];
  /** Parts of lines that are logged. */
  readonly log: readonly string[];
  /** Part of the sentence that the plugin fails with. */
  readonly error: string | undefined;
  /** Files that are there afterwards, by path; without a body, those that must not be. */
  readonly files: readonly (readonly [string, CaseBody | undefined])[];
}

/** A line of a file of cases. */
export type CaseLine =
  /** What holds for the cases that follow, with the plugin started anew. */
  | {
    readonly kind: "with";
    readonly line: number;
    readonly options: PluginOptions;
    readonly grants: readonly string[];
    /** The environment that granted variables are taken from. */
    readonly env: ReadonlyMap<string, string>;
  }
  /** One message, and what is to come of it. */
  | {
    readonly kind: "case";
    readonly line: number;
    readonly name: string;
    readonly direction: "message" | "outgoing";
    readonly body: CaseBody;
    readonly answerable: boolean;
    readonly stored: boolean;
    readonly to: string;
    readonly fetch: readonly CannedAnswer[];
    readonly expect: Expectation;
  };

/** A line of cases is at most this long. */
const MAX_LINE = 1 << 22;

/**
 * Read a file of cases: one JSON object per line; empty lines and lines that begin with `//` are skipped.
 *
 * @throws {DecodeError} Naming the line and the place in it.
 */
export function readCases(text: string): CaseLine[] {
  return text.split("\n").flatMap((json, index) =>
    json.trim() === "" || json.startsWith("//")
      ? []
      : [readLine(json, index + 1)]
  );
}

function readLine(json: string, line: number): CaseLine {
  const reader = JsonReader.parse(json, {
    title: `line ${line}`,
    maxLength: MAX_LINE,
  });
  reader.onlyKeys([
    "case",
    "with",
    "message",
    "outgoing",
    "fetch",
    "expect",
  ]);
  const setting = reader.optional("with");
  if (setting) {
    setting.onlyKeys(["options", "grants", "env"]);
    return {
      kind: "with",
      line,
      // What JSON.parse makes of an object.
      options: (setting.optional("options")?.value ?? {}) as PluginOptions,
      grants: setting.optional("grants")?.array(100).map((place) =>
        place.string()
      ) ?? [],
      env: new Map(
        setting.optional("env")?.entries(100).map(([key, place]) => [
          key,
          place.string(),
        ]),
      ),
    };
  }
  const outgoing = reader.optional("outgoing");
  const message = outgoing ?? reader.field("message");
  const option = (key: string) =>
    typeof message.value === "string" ? undefined : message.optional(key);
  return {
    kind: "case",
    line,
    name: reader.field("case").string(200),
    direction: outgoing ? "outgoing" : "message",
    body: readBody(message, ["answerable", "stored", "to"]),
    answerable: option("answerable")?.boolean() ?? true,
    stored: option("stored")?.boolean() ?? false,
    to: option("to")?.string() ?? "someone",
    fetch: reader.optional("fetch")?.array(100).map(readCanned) ?? [],
    expect: readExpectation(reader.optional("expect")),
  };
}

function readCanned(reader: JsonReader): CannedAnswer {
  reader.onlyKeys(["url", "method", "body", "status", "answer"]);
  const body = reader.optional("body");
  return {
    url: reader.field("url").string(),
    method: reader.optional("method")?.string() ?? "GET",
    body: body && readBody(body),
    status: reader.optional("status")?.integer(200, 599) ?? 200,
    answer: readBody(reader.field("answer")),
  };
}

function readExpectation(reader: JsonReader | undefined): Expectation {
  if (reader) {
    reader.onlyKeys(["messages", "replies", "sent", "log", "error", "files"]);
  }
  const texts = (key: string) =>
    reader?.optional(key)?.array(1000).map((place) => place.string()) ?? [];
  const bodies = (key: string) =>
    reader?.optional(key)?.array(1000).map((place) => readBody(place));
  return {
    messages: bodies("messages"),
    replies: bodies("replies") ?? [],
    sent: reader?.optional("sent")?.array(1000).map((place) => ({
      to: place.field("to").string(),
      body: readBody(place, ["to"]),
    })) ?? [],
    log: texts("log"),
    error: reader?.optional("error")?.string(),
    files: reader?.optional("files")?.array(1000).map((place) => {
      const path = place.optional("path")?.string();
      return path === undefined
        ? [place.field("gone").string(), undefined] as const
        : [path, readBody(place, ["path"])] as const;
    }) ?? [],
  };
}

function readBody(reader: JsonReader, others: string[] = []): CaseBody {
  if (typeof reader.value === "string") return { bytes: utf8(reader.value) };
  reader.onlyKeys(["text", "base64", "json", ...others]);
  const text = reader.optional("text");
  if (text) return { bytes: utf8(text.string(MAX_LINE)) };
  const base64 = reader.optional("base64");
  if (base64) return { bytes: base64.base64Text(MAX_LINE) };
  return { bytes: utf8(JSON.stringify(reader.field("json").value)) };
}

function utf8(text: string): Bytes {
  return new TextEncoder().encode(text);
}
