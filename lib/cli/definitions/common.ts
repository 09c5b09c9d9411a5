import { Command, Option } from "commander";
import { UsageError } from "../../errors.ts";
import { parsePatience } from "../parse/duration.ts";
import { flagOf } from "../usage_fault.ts";

/** The heading under which help lists what every command understands. */
export const COMMON_GROUP = "Options of every command:";

/** The heading under which help lists what chooses the client. */
export const CLIENT_GROUP = "Which client:";

/** An option whose value `parse` reads; what it throws is told with the option's name. */
export function valueOption<const Flags extends string, T>(
  flags: Flags,
  description: string,
  parse: (text: string) => T,
) {
  return new Option(flags, description).argParser((text: string): T =>
    readValue(flagOf(flags), text, parse)
  );
}

/** An option that may be given several times; its value is the list. */
export function listOption<const Flags extends string>(
  flags: Flags,
  description: string,
) {
  return new Option(flags, description).argParser((
    text: string,
    before: string[] | undefined,
  ): string[] => [...(before ?? []), text]);
}

/** An option that must not be given twice, as the second value would hide the first. */
export function onceOption<const Flags extends string>(
  flags: Flags,
  description: string,
) {
  return new Option(flags, description).argParser((
    text: string,
    before: string | undefined,
  ): string => {
    if (before === undefined) return text;
    throw new UsageError(`Cannot use ${flagOf(flags)} twice: need one value`);
  });
}

/** Let help say what applies where an option is not given. The commands themselves see that it is not. */
export function withDefault<O extends { defaultValueDescription?: string }>(
  option: O,
  text: string,
): O {
  option.defaultValueDescription = text;
  return option;
}

/** Read a value, and say where it came from if it is not one. */
export function readValue<T>(
  origin: string,
  text: string,
  parse: (text: string) => T,
): T {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`Cannot use ${origin}: ${error.message}`, {
      cause: error,
      hint: error.hint,
      exitCode: error.exitCode,
    });
  }
}

/** Start a command with the options that every command understands. */
export function anyCommand(name: string) {
  return new Command(name)
    .optionsGroup(COMMON_GROUP)
    .option("--id <client_id>", "use the home of this name")
    .option("--json", "print one JSON object per line")
    .option("-q, --quiet", "say nothing but results and errors")
    .addOption(
      new Option("-v, --verbose", "tell more; twice for the most")
        .argParser((_: string, before: number | undefined) => (before ?? 0) + 1)
        .preset(""),
    )
    .addOption(withDefault(
      new Option("--color <when>", "when to colour")
        .choices(["auto", "always", "never"] as const),
      "auto",
    ))
    .option(
      "--log-addresses",
      "show addresses and tags in full in what is logged",
    )
    .optionsGroup("Options:");
}

/** Start a command that talks through a client, with the options that choose the client and limit the time, `patience` if nobody says otherwise. */
export function talkCommand(name: string, patience?: string) {
  return anyCommand(name)
    .optionsGroup(CLIENT_GROUP)
    .addOption(
      valueOption(
        "--url <ws://…>",
        "use the client that listens there",
        webSocketUrl,
      )
        .conflicts(["ephemeral", "direct", "network"]),
    )
    .addOption(
      new Option(
        "--ephemeral",
        "use a fresh identity in memory, gone at the end",
      )
        .conflicts(["id", "direct"]),
    )
    .option(
      "--direct",
      "open the home here, whoever listens on its port or holds it",
    )
    .addOption(networkOption("the network of --ephemeral", "mainnet"))
    .optionsGroup("Options:")
    .addOption(timeoutOption(patience));
}

/** The option that limits the time. */
export function timeoutOption(patience = "none") {
  return withDefault(
    valueOption(
      "--timeout <duration>",
      "give up after this time",
      parsePatience,
    ),
    patience,
  );
}

/** The option that names a network. */
export function networkOption(description: string, byDefault: string) {
  return withDefault(
    new Option("--network <name|url|file>", description),
    byDefault,
  );
}

/** Refuse an option that means nothing without another one. */
export function needs(
  options: Readonly<Record<string, unknown>>,
  flag: string,
  other: string,
): void {
  if (given(options, flag) && !given(options, other)) {
    throw new UsageError(`Cannot use ${flag} without ${other}`, {
      hint: `Add ${other}, or leave ${flag} out`,
    });
  }
}

/** Refuse two options that exclude each other. */
export function excludes(
  options: Readonly<Record<string, unknown>>,
  flag: string,
  ...others: string[]
): void {
  if (!given(options, flag)) return;
  for (const other of others) {
    if (given(options, other)) {
      throw new UsageError(`Cannot use ${flag} together with ${other}`, {
        hint: `Leave one of them out`,
      });
    }
  }
}

function given(
  options: Readonly<Record<string, unknown>>,
  flag: string,
): boolean {
  const name = flag.slice(2).replaceAll(
    /-(\w)/g,
    (_, letter: string) => letter.toUpperCase(),
  );
  return options[name] !== undefined && options[name] !== false;
}

/**
 * Read a websocket's url.
 *
 * @throws {UsageError} If it is not one of `ws:` or `wss:`.
 */
export function webSocketUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "ws:" || url?.protocol === "wss:") return text;
  throw new UsageError(
    `need a url such as ws://127.0.0.1:1977, have ${JSON.stringify(text)}`,
  );
}
