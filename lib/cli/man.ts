import type { CommandUnknownOpts, Option } from "commander";
import { COMMON_GROUP } from "./definitions/common.ts";
import { EXAMPLES } from "./examples.ts";
import { buildProgram } from "./program.ts";
import { TOPICS } from "./topics.ts";

/** The manual page of the program in roff, from the same definitions as its help. */
export function manPage(version: string): string {
  const program = buildProgram({ version, write() {}, found() {} });
  const isCommon = true;
  const lines = [
    `.TH NYMWIRE 1 "" "nymwire ${version}" "User Commands"`,
    ".SH NAME",
    `nymwire \\- ${text(program.description())}`,
    ".SH SYNOPSIS",
    ".B nymwire",
    "[options] command [arguments]",
    ".SH OPTIONS OF EVERY COMMAND",
    ...optionsOf(program, isCommon),
    ".SH COMMANDS",
    ...commandsOf(program, ""),
    ...Object.entries(TOPICS).flatMap(([name, topic]) => [
      `.SH ${text(name.replaceAll("-", " ").toUpperCase())}`,
      ".nf",
      ...topic.trimEnd().split("\n").map(text),
      ".fi",
    ]),
    ".SH FILES",
    ".TP",
    text("~/.nym/clients/<client_id>/"),
    "A home: settings, keys, gateways, as the official client has them; below nymwire/ what is ours alone.",
    ".TP",
    text("~/.config/nymwire/config.toml"),
    "Our settings.",
  ];
  return lines.join("\n") + "\n";
}

function commandsOf(command: CommandUnknownOpts, path: string): string[] {
  return command.createHelp().visibleCommands(command).flatMap((next) => {
    const name = `${path} ${next.name()}`.trim();
    return next.commands.length > 0
      ? commandsOf(next, name)
      : describe(next, name);
  });
}

function describe(command: CommandUnknownOpts, name: string): string[] {
  const usage = command.registeredArguments.map((argument) => {
    const words = argument.variadic ? `${argument.name()}...` : argument.name();
    return argument.required ? `<${words}>` : `[${words}]`;
  });
  const isCommon = false;
  return [
    `.SS ${text([name, ...usage].join(" "))}`,
    `${text(command.description())}.`,
    ...command.registeredArguments.flatMap((argument) => [
      ".TP",
      `.B ${text(argument.name())}`,
      text(argument.description),
    ]),
    ...optionsOf(command, isCommon),
    ...(EXAMPLES[name] ?? []).flatMap(([line, meaning]) => [
      ".PP",
      `${text(meaning)}:`,
      ".PP",
      ".nf",
      `    ${text(line)}`,
      ".fi",
    ]),
  ];
}

/** Options that every command has stand once, at the beginning. */
function optionsOf(command: CommandUnknownOpts, isCommon: boolean): string[] {
  const help = command.createHelp();
  return help.visibleOptions(command)
    .filter(({ helpGroupHeading }) =>
      (helpGroupHeading === COMMON_GROUP) === isCommon
    )
    .flatMap((option: Option) => [
      ".TP",
      `.B ${text(help.optionTerm(option))}`,
      text(help.optionDescription(option)),
    ]);
}

/** Text as roff takes it: hyphens stay hyphens, letters beyond ASCII have their numbers, and no line is a request. */
function text(line: string): string {
  const escaped = line.replaceAll("\\", "\\e").replaceAll("-", "\\-")
    .replaceAll(/[\u0080-\uffff]/g, (letter) => {
      const digits = letter.charCodeAt(0).toString(16).toUpperCase();
      return `\\[u${digits.padStart(4, "0")}]`;
    });
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

if (import.meta.main) {
  const path = new URL("../../deno.json", import.meta.url);
  const { version } = JSON.parse(await Deno.readTextFile(path));
  await Deno.stdout.write(new TextEncoder().encode(manPage(version)));
}
