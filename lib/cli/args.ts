import { levenshteinDistance } from "@std/text/levenshtein-distance";
import type { CommandUnknownOpts } from "commander";
import { UsageError } from "../errors.ts";
import type { Command } from "./command.ts";
import type { Environment } from "./context.ts";
import { COMMON_GROUP } from "./definitions/common.ts";
import { buildProgram } from "./program.ts";
import type { Settings } from "../home/settings.ts";
import { applySettings } from "./settings.ts";
import { type Branch, TREE } from "./tree.ts";
import { usageFault } from "./usage_fault.ts";

/** How many slips of the hand a word may be away from the one that was meant. */
const MAX_SLIPS = 2;

/** What the words of a command line ask for. */
export type Parsed =
  /** Print this on stdout: help or the version. */
  | { readonly kind: "text"; readonly text: string }
  /** Run a command, once the values that no flag named are filled in. */
  | {
    readonly kind: "command";
    /** Which one. */
    readonly name: Command["kind"];
    /** @throws {UsageError} If the environment or the settings file holds a value that cannot be read. */
    complete(
      env: Environment,
      file: Pick<Settings, "path" | "values"> | undefined,
    ): Command;
  };

/** The version that `--version` prints. */
export interface ParseOptions {
  /** Our version. */
  readonly version: string;
  /** How wide help may be. @default 80 */
  readonly columns?: number | undefined;
}

/**
 * Read a command line: pure, nothing outside `argv` is looked at.
 *
 * @throws {UsageError} If it is not one of ours, with what may have been meant.
 */
export function parseArgs(
  argv: readonly string[],
  options: ParseOptions,
): Parsed {
  let out = "";
  let parsed: Parsed | undefined;
  const program = buildProgram({
    ...options,
    write: (text) => out += text,
    words: argv,
    found: ({ definition, make, check }) => {
      inherit(definition);
      refuseToken(definition);
      check();
      parsed = {
        kind: "command",
        name: make().kind,
        complete(env, file) {
          applySettings(definition, env, file);
          return make();
        },
      };
    },
  });
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== "string" || !code.startsWith("commander.")) {
      throw advised(error, argv);
    }
    if (code === "commander.helpDisplayed" || code === "commander.version") {
      return { kind: "text", text: out };
    }
    if (code === "commander.help") throw noCommand(argv);
    throw usageError(error as Error, argv, program);
  }
  if (parsed) return parsed;
  throw noCommand(argv);
}

/** Options that every command understands may stand before the command's name too. */
function inherit(leaf: CommandUnknownOpts): void {
  for (let above = leaf.parent; above; above = above.parent) {
    for (const option of above.options) {
      const name = option.attributeName();
      const value = above.getOptionValue(name);
      if (option.helpGroupHeading !== COMMON_GROUP || value === undefined) {
        continue;
      }
      const own = leaf.getOptionValue(name);
      if (name === "verbose") {
        leaf.setOptionValueWithSource(
          name,
          Number(value) + Number(own ?? 0),
          "cli",
        );
      } else if (own === undefined) {
        leaf.setOptionValueWithSource(name, value, "cli");
      }
    }
  }
}

/** Everyone on the machine can see a command line, and secrets on it. */
function refuseToken(leaf: CommandUnknownOpts): void {
  const url = leaf.getOptionValue("url");
  if (typeof url !== "string") return;
  if (!new URL(url).searchParams.has("token")) return;
  throw new UsageError(
    "Cannot use --url: its token could be seen by everyone on this machine",
    {
      hint: "Put the url into NYMWIRE_URL or the settings file, without --url",
    },
  );
}

function noCommand(argv: readonly string[]): UsageError {
  return new UsageError("Cannot run: need a command, have none", {
    hint: hintFor(argv),
  });
}

function usageError(
  error: Error,
  argv: readonly string[],
  program: CommandUnknownOpts,
): UsageError {
  const [said = "", suggested] = error.message.replace(/^error: /, "").split(
    /\n(?=\(Did you mean )/,
  );
  const words = commandWords(argv);
  const sentence = usageFault(said, words.join(" "));
  const word = /^Unknown \w+ '(.*)'$/s.exec(sentence)?.[1] ?? "";
  if (isSwitch(word, words, program)) {
    return new UsageError(`Cannot use ${word}: need no value, have one`, {
      cause: error,
      hint: `Write ${word} alone`,
    });
  }
  const meant =
    /^\(Did you mean (?:one of )?(.*)\?\)/.exec(suggested ?? "")?.[1]
      ?.split(", ").filter((other) =>
        levenshteinDistance(word, other) <= MAX_SLIPS
      ) ?? [];
  return new UsageError(sentence, {
    cause: error,
    hint: meant.length > 0
      ? `Did you mean ${meant.join(" or ")}?`
      : sentence.includes(" together with ")
      ? "Leave one of them out"
      : hintFor(argv),
  });
}

/** Whether a command has an option of that name, which then was given a value that it does not take. */
function isSwitch(
  flag: string,
  words: readonly string[],
  program: CommandUnknownOpts,
): boolean {
  let command: CommandUnknownOpts | undefined = program;
  for (const word of words) {
    command = command?.commands.find((next) => next.name() === word);
  }
  return command?.options.some(({ long }) => long === flag) ?? false;
}

/** An error about a value comes without advice, from readers that do not know whose value it is. */
function advised(error: unknown, argv: readonly string[]): unknown {
  if (!(error instanceof UsageError) || error.hint !== undefined) return error;
  const { message, exitCode, cause } = error;
  return new UsageError(message, { cause, exitCode, hint: hintFor(argv) });
}

function hintFor(argv: readonly string[]): string {
  const words = commandWords(argv);
  return words.length === 0
    ? "See what there is with: nymwire help"
    : `See what is possible with: nymwire ${words.join(" ")} --help`;
}

/** The words of a command line that name a command, or a group of commands. */
function commandWords(argv: readonly string[]): string[] {
  const words: string[] = [];
  let branches: readonly Branch[] = TREE;
  for (const word of argv) {
    const branch = branches.find(({ name }) => name === word);
    if (branch === undefined) {
      if (word.startsWith("-")) continue;
      break;
    }
    words.push(word);
    branches = branch.branches ?? [];
  }
  return words;
}
