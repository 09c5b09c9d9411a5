/**
 * What authors of plugins write against. A plugin is one file whose default export is a {@linkcode Plugin}; it imports
 * nothing of ours but these types. The version of this page is `api: 1`.
 */

/** Anything that JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** The body of a message: text goes out as UTF-8. */
export type PluginBody = string | Uint8Array;

/** What becomes of a message. Returning nothing keeps it. */
export type Verdict =
  /** It goes on as it is. */
  | { readonly kind: "keep" }
  /** It ends here, on purpose; the reason is logged. */
  | { readonly kind: "drop"; readonly reason: string }
  /** It goes on with another body. */
  | { readonly kind: "replace"; readonly body: PluginBody }
  /** Several go on in its place, in this order. */
  | { readonly kind: "emit"; readonly bodies: readonly PluginBody[] }
  /** It is final, with another body if there is one: plugins further down the chain are not asked. */
  | { readonly kind: "stop"; readonly body?: PluginBody | undefined };

/** What a hook returns. */
export type VerdictResult =
  | Verdict
  | void
  | undefined
  | Promise<Verdict | void | undefined>;

/** A message that arrived, or one that is about to be sent. */
export interface PluginMessage {
  /** Whether it arrived or is about to be sent. */
  readonly direction: "incoming" | "outgoing";
  /** Names the message: the same one delivered again has the same id. */
  readonly id: string;
  /** Counts the messages of this direction, from 1. */
  readonly seq: number;
  /** When it arrived, or was handed over to be sent. */
  readonly time: Date;
  /** What it says, as bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How its anonymous sender can be answered, in base58; none if it cannot. Only of what arrived. */
  readonly senderTag: string | undefined;
  /** Whether it waited in an inbox before. Only of what arrived. */
  readonly stored: boolean;
  /** Whether it was handed out before, and not taken: a plugin may have answered it already. Only of what arrived. */
  readonly redelivered: boolean;
  /** The address it goes to; none for an answer. Only of what is about to be sent. */
  readonly to: string | undefined;
  /** The sender tag that it answers. Only of what is about to be sent. */
  readonly replyTo: string | undefined;
  /**
   * What it says, as text.
   *
   * @throws {TypeError} If the bytes are not UTF-8.
   */
  text(): string;
  /**
   * What it says, as JSON.
   *
   * @throws {TypeError} If the bytes are not UTF-8.
   * @throws {SyntaxError} If the text is no JSON.
   */
  json(): unknown;
}

/** A small store of the plugin's own, kept on disk between runs. A write lasts once its promise resolves. */
export interface PluginStore {
  /** The value of a key, if there is one: as whoever set it says that it is, which nobody checks. */
  get<Value = JsonValue>(key: string): Promise<Value | undefined>;
  /** Keep a value. Rejects when the quota is used up. */
  set(key: string, value: JsonValue): Promise<void>;
  /** Forget a value. Returns whether there was one. */
  delete(key: string): Promise<boolean>;
  /** Keys that begin with `prefix`, in order, after `after`; at most 1000 at a time. */
  keys(
    prefix?: string,
    options?: { readonly after?: string | undefined },
  ): Promise<string[]>;
}

/** What a request says beside its address. */
export interface PluginFetchInit {
  /** What is asked. @default "GET" */
  readonly method?: string | undefined;
  /** Headers by name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body. */
  readonly body?: PluginBody | undefined;
  /** Milliseconds until it is given up. @default 20_000 */
  readonly timeout?: number | undefined;
  /** Give up when the answer is larger than this, in bytes. @default 8_388_608 */
  readonly maxBytes?: number | undefined;
}

/** What a plugin may do. */
export interface PluginContext<Options extends object = PluginOptions> {
  /** What the user calls the plugin. */
  readonly name: string;
  /** What the user set, checked against the schema, defaults filled in. */
  readonly options: Options;
  /** Aborts when the plugin has to end. */
  readonly signal: AbortSignal;
  /** What the plugin keeps between runs. */
  readonly store: PluginStore;
  /** Say something to the user, on standard error. `debug` is shown with `-v` alone. */
  log(text: string, level?: "debug" | "info" | "warn"): void;
  /** The address of this client. Rejects while there is none, as before the first message. */
  address(): Promise<string>;
  /** Answer the anonymous sender of a message, or of a tag that was kept. Resolves once the client has it. */
  reply(to: PluginMessage | string, body: PluginBody): Promise<void>;
  /** Send a message, with `surbs` reply blocks so that it can be answered. Needs the grant `send`. */
  send(
    to: string,
    body: PluginBody,
    options?: { readonly surbs?: number | undefined },
  ): Promise<void>;
  /** Ask a web service. Needs the grant `net` for its host, and for every host that it redirects to. */
  fetch(url: string | URL, init?: PluginFetchInit): Promise<Response>;
}

/** Options as they come when a plugin does not name their types. */
export type PluginOptions = { readonly [key: string]: JsonValue };

/** The keywords of JSON Schema that options are checked by; another one is refused. */
export interface OptionSchema {
  /** What kind of value it is. */
  readonly type:
    | "string"
    | "number"
    | "integer"
    | "boolean"
    | "array"
    | "object";
  /** Shown by `plugin check`. */
  readonly description?: string | undefined;
  /** What it is when the user does not set it. */
  readonly default?: JsonValue | undefined;
  /** The only values it can have. */
  readonly enum?: readonly JsonValue[] | undefined;
  /** For numbers: the least. */
  readonly minimum?: number | undefined;
  /** For numbers: the greatest. */
  readonly maximum?: number | undefined;
  /** For strings: fewest characters. */
  readonly minLength?: number | undefined;
  /** For strings: most characters. */
  readonly maxLength?: number | undefined;
  /** For arrays: what each element is. */
  readonly items?: OptionSchema | undefined;
  /** For arrays: fewest elements. */
  readonly minItems?: number | undefined;
  /** For arrays: most elements. */
  readonly maxItems?: number | undefined;
  /** For objects: what its members are. */
  readonly properties?: { readonly [key: string]: OptionSchema } | undefined;
  /** For objects: members that must be there. */
  readonly required?: readonly string[] | undefined;
  /** For objects: what other members are; `false` for none. @default false */
  readonly additionalProperties?: false | OptionSchema | undefined;
}

/** What can be granted to a plugin. */
export type GrantKind = "net" | "send" | "read" | "write" | "run" | "env";

/** Something that a plugin asks to be granted. */
export interface GrantRequest {
  /**
   * `net`: `host:port` for `context.fetch`. `send`: an address, or `any`, for `context.send`. `read`, `write`: a file or
   * folder. `run`: the full path of a program. `env`: the name of a variable.
   */
  readonly kind: GrantKind;
  /** What for, as the user reads it. */
  readonly why: string;
  /** Exactly what it needs. */
  readonly value?: string | undefined;
  /** The option that says what it needs: a URL for `net`, else as `value`; alone, in an array, or as members of an object. */
  readonly option?: string | undefined;
  /** Whether it can do without. @default false */
  readonly optional?: boolean | undefined;
}

/** Which messages a plugin wants to see; the others pass it by without a call. All that is said must hold. */
export interface PluginMatch {
  /** Only what can be answered (or cannot). Of outgoing messages, always false. */
  readonly answerable?: boolean | undefined;
  /** Only what waited in an inbox (or did not). */
  readonly stored?: boolean | undefined;
  /** Fewest bytes. */
  readonly minSize?: number | undefined;
  /** Most bytes. */
  readonly maxSize?: number | undefined;
  /** The body begins with this text. */
  readonly startsWith?: string | undefined;
  /** The body is a JSON object with these members; `true` for any value. */
  readonly json?:
    | { readonly [key: string]: true | string | number }
    | undefined;
}

/** What a plugin says of itself. */
export interface PluginMeta {
  /** The version of this interface. */
  readonly api: 1;
  /** The name of the file without its ending. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** What it does, in a sentence. */
  readonly description: string;
  /** What can be set: the schema of an object, whose type need not be said. */
  readonly options?:
    | Omit<OptionSchema, "type"> & { readonly type?: "object" | undefined }
    | undefined;
  /** What it asks for. */
  readonly grants?: readonly GrantRequest[] | undefined;
  /** Which messages it wants to see. */
  readonly match?: PluginMatch | undefined;
}

/**
 * A plugin: the default export of its file.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import type { Plugin } from "nymwire";
 *
 * const plugin = {
 *   meta: { api: 1, name: "thanks", version: "1.0.0", description: "Says thanks" },
 *   async message(message, context) {
 *     if (message.senderTag) await context.reply(message, "Thanks!");
 *   },
 * } satisfies Plugin;
 *
 * assertEquals(plugin.meta.api, 1);
 * ```
 */
export interface Plugin<Options extends object = PluginOptions> {
  /** What it says of itself. */
  readonly meta: PluginMeta;
  /** Called once before anything else. */
  start?(context: PluginContext<Options>): void | Promise<void>;
  /** A message arrived. */
  message?(
    message: PluginMessage,
    context: PluginContext<Options>,
  ): VerdictResult;
  /** A message is about to be sent. */
  outgoing?(
    message: PluginMessage,
    context: PluginContext<Options>,
  ): VerdictResult;
  /** A message in its final form, arrived or sent. The result is ignored. */
  observe?(message: PluginMessage, context: PluginContext<Options>): unknown;
  /** Called once at the end. */
  stop?(context: PluginContext<Options>): void | Promise<void>;
}
