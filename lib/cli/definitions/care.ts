import { Argument, type CommandUnknownOpts } from "commander";
import { anyCommand } from "./common.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

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

/** `config show`, from its words to its object. */
export function configShowLeaf(): Leaf {
  const show = defineConfigShow();
  return leaf(show, () => ({
    kind: "config show",
    given: flagsOf(show),
    ...show.opts(),
  }));
}

/** `completions`, from its words to its object. */
export function completionsLeaf(): Leaf {
  const completions = defineCompletions();
  return leaf(completions, () => ({
    kind: "completions",
    shell: completions.processedArgs[0],
    ...completions.opts(),
  }));
}

/** `help`, from its words to its object. */
export function helpLeaf(): Leaf {
  const help = defineHelp();
  return leaf(
    help,
    () => ({ kind: "help", topic: help.processedArgs[0], ...help.opts() }),
  );
}

/** `complete`, from its words to its object. */
export function completeLeaf(): Leaf {
  const complete = defineComplete();
  return leaf(complete, () => ({
    kind: "complete",
    words: complete.processedArgs[0],
    ...complete.opts(),
  }));
}

/** The options that were given as flags, before or after the command's name. */
function flagsOf(command: CommandUnknownOpts): string[] {
  return command.options.map((option) => option.attributeName())
    .filter((name) => command.getOptionValueSource(name) === "cli");
}
