import type { Bytes } from "../bytes/brand.ts";
import type { JsonValue } from "./api.ts";

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
  readonly redelivered: boolean;
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
  | { readonly op: "address" }
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
  /** It wants something; with the id 0 nothing is answered. */
  | {
    readonly kind: "request";
    readonly id: number;
    readonly request: PluginRequest;
  }
  /** It wants something that makes no sense. */
  | {
    readonly kind: "malformed";
    readonly id: number;
    readonly problem: string;
  };
