import { Argument } from "commander";
import { anyCommand } from "./common.ts";
import type { Parsed } from "./parsed.ts";

/** The shells that completions exist for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** Define `config show`. */
export function defineConfigShow() {
  return anyCommand("show")
    .option("--origin", "name the origin of each value, as is done anyway");
}

/** The command `config show`, as parsed. */
export type ConfigShowCommand =
  & Parsed<"config show", typeof defineConfigShow>
  & {
    /** The options that were given as flags. */
    readonly given: readonly string[];
  };

/** Define `completions`. */
export function defineCompletions() {
  return anyCommand("completions")
    .addArgument(new Argument("<shell>", "the shell").choices(SHELLS));
}

/** The command `completions`, as parsed. */
export type CompletionsCommand =
  & Parsed<"completions", typeof defineCompletions>
  & { readonly shell: typeof SHELLS[number] };

/** Define `help`. */
export function defineHelp() {
  return anyCommand("help")
    .argument(
      "[topic...]",
      "a command, or: clients, exit-codes, format, json, settings, stdin",
    );
}

/** The command `help`, as parsed. */
export type HelpCommand =
  & Parsed<"help", typeof defineHelp>
  & { readonly topic: readonly string[] };

/** Define what completion scripts call: hidden. */
export function defineComplete() {
  return anyCommand("complete")
    .argument("[words...]", "the words so far");
}

/** The command `complete`, as parsed. */
export type CompleteCommand =
  & Parsed<"complete", typeof defineComplete>
  & { readonly words: readonly string[] };
