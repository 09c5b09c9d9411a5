import type { PluginOptions } from "./api.ts";
import type { Grant } from "./grant.ts";

/** What happens to a message that a plugin could not handle. */
export const ERROR_POLICIES = ["keep", "drop", "dead-letter", "fail"] as const;

/** One of {@linkcode ERROR_POLICIES}. */
export type ErrorPolicy = typeof ERROR_POLICIES[number];

/** A plugin as the user asks for it. */
export interface PluginSpec {
  /** What the user calls it: the name of its file without the ending. */
  readonly name: string;
  /** The path of its file. */
  readonly file: string;
  /** Options with their types, as the settings file has them. */
  readonly options?: PluginOptions | undefined;
  /** Options as text, in order, as `--set NAME.key=value` has them; they win. */
  readonly sets?: readonly OptionText[] | undefined;
  /** What it may do. */
  readonly grants?: readonly Grant[] | undefined;
  /** Whether it may do all that we can, without any wall. @default false */
  readonly trusted?: boolean | undefined;
  /**
   * What happens to messages that it could not handle.
   *
   * @default "keep" for what arrives, "fail" for what is about to be sent
   */
  readonly onError?: ErrorPolicy | undefined;
  /** How long it may take for one message, in milliseconds. @default 30_000 */
  readonly timeout?: number | undefined;
  /** How much memory its values may take, in MiB. @default 128 */
  readonly memory?: number | undefined;
}

/** An option as text. */
export interface OptionText {
  readonly key: string;
  readonly text: string;
}
