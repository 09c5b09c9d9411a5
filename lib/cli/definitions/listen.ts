import { Option } from "commander";
import { UsageError } from "../../errors.ts";
import { parseDuration } from "../parse/duration.ts";
import { type FormatPart, parseFormat } from "../parse/format_string.ts";
import { wholeNumber } from "../parse/number.ts";
import { shellWords } from "../parse/shell_words.ts";
import {
  excludes,
  needs,
  talkCommand,
  valueOption,
  withDefault,
} from "./common.ts";
import {
  grantOption,
  onErrorOption,
  pluginOption,
  setOption,
  trustOption,
  watchOption,
} from "./plugin_options.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** What follows each message. */
export const JOIN_MODES = ["lines", "nul", "none"] as const;

/** Define `listen`. */
export function defineListen() {
  return talkCommand("listen")
    .addOption(joinOption())
    .addOption(rawOption())
    .addOption(formatOption())
    .addOption(
      valueOption(
        "-n, --count <n>",
        "end when n messages are dealt with",
        wholeNumber(1),
      ),
    )
    .addOption(new Option("--first", "the same as -n 1").conflicts(["count"]))
    .addOption(valueOption(
      "--idle <duration>",
      "end when nothing has come for this long, once connected",
      parseDuration,
    ))
    .addOption(outDirOption())
    .addOption(valueOption(
      "--exec <command>",
      "run this for each message, with the message on its stdin; no shell: sh -c '…' is one",
      shellWords,
    ))
    .option("--answer", "send what the command prints back to the sender")
    .addOption(withDefault(
      valueOption(
        "--jobs <n>",
        "run up to n commands at once",
        wholeNumber(1, 256),
      ),
      "1",
    ))
    .addOption(onErrorOption("keep", "a command or plugin fails"))
    .option(
      "--replay <file>",
      "take messages recorded with --json from this file, - for stdin",
    )
    .addOption(pluginOption())
    .addOption(setOption())
    .addOption(grantOption())
    .addOption(trustOption())
    .addOption(watchOption())
    .option("--no-reconnect", "end when the connection is lost");
}

/** The option that says what follows each message. */
export function joinOption() {
  return withDefault(
    new Option("--join <how>", "what follows each message")
      .choices(JOIN_MODES),
    "lines",
  );
}

/** The option for bytes as they are. */
export function rawOption() {
  return new Option("--raw", "the same as --join none");
}

/** The option for lines of one's own making. */
export function formatOption() {
  return valueOption(
    "--format <str>",
    "print this for each message; see: nymwire help format",
    (text): readonly FormatPart[] => parseFormat(text),
  );
}

/** The option for one file per message. */
export function outDirOption() {
  return new Option(
    "--out-dir <dir>",
    "write each message to a new file there; the folder is made if it is missing",
  );
}

/** The command `listen`, as parsed. */
export type ListenCommand = Parsed<"listen", typeof defineListen>;

/** Refuse combinations without meaning. */
export function checkListen(command: ListenCommand): ListenCommand {
  checkFraming(command);
  excludes(command, "--exec", "--out-dir", "--join", "--raw", "--format");
  needs(command, "--answer", "--exec");
  needs(command, "--jobs", "--exec");
  needs(command, "--network", "--ephemeral");
  excludes(
    command,
    "--replay",
    "--url",
    "--ephemeral",
    "--direct",
    "--answer",
    "--idle",
  );
  if (command.replay !== undefined && !command.reconnect) {
    throw new UsageError("Cannot use --replay together with --no-reconnect", {
      hint: "Leave one of them out",
    });
  }
  return command;
}

/** Refuse two ways of printing at once. */
export function checkFraming(
  command: Readonly<Record<string, unknown>>,
): void {
  excludes(command, "--json", "--join", "--raw", "--format");
  excludes(command, "--raw", "--join", "--format");
  excludes(command, "--out-dir", "--join", "--raw", "--format");
}

/** `listen`, from its words to its object. */
export function listenLeaf(): Leaf {
  const listen = defineListen();
  return leaf(
    listen,
    () => ({ kind: "listen", ...listen.opts() }),
    checkListen,
  );
}
