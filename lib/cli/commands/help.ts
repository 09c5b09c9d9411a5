import type { CommandUnknownOpts } from "commander";
import { EXIT, type ExitCode, UsageError } from "../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { HelpCommand } from "../definitions/care.ts";
import { buildProgram } from "../program.ts";
import { TOPICS } from "../topics.ts";

/** Run `help`: explain a command or a topic, or say what there is. */
export async function runHelp(
  { topic }: HelpCommand,
  { output, columns }: CommandContext,
): Promise<ExitCode> {
  const name = topic.join(" ");
  const text = TOPICS[name] ?? commandHelp(topic, columns);
  if (text === undefined) {
    throw new UsageError(`Cannot explain ${JSON.stringify(name)}`, {
      hint: `Choose a command, or one of: ${Object.keys(TOPICS).join(", ")}`,
    });
  }
  await output.write(new TextEncoder().encode(text));
  return EXIT.ok;
}

function commandHelp(
  words: readonly string[],
  columns: number | undefined,
): string | undefined {
  let text = "";
  let command: CommandUnknownOpts | undefined = buildProgram({
    version: "",
    columns,
    write: (part) => text += part,
    found() {},
  });
  for (const word of words) {
    command = command.commands.find((command) => command.name() === word);
    if (command === undefined) return undefined;
  }
  command.outputHelp();
  if (words.length > 0) return text;
  return `${text}\nTopics: ${Object.keys(TOPICS).join(", ")}\n`;
}
