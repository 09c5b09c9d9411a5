import { Command, type CommandUnknownOpts, type Option } from "commander";
import { anyCommand, COMMON_GROUP } from "./definitions/common.ts";
import { examplesText } from "./examples.ts";
import type { Leaf } from "./definitions/leaf.ts";
import { type Branch, TREE } from "./tree.ts";

/** What {@linkcode buildProgram} needs. */
export interface ProgramOptions {
  /** What `--version` prints. */
  readonly version: string;
  /** How wide help may be. @default 80 */
  readonly columns?: number | undefined;
  /** The words of the command line: what they do not name is defined by its name alone. @default all is defined */
  readonly words?: readonly string[] | undefined;
  /** Takes the text of help and of the version. */
  write(text: string): void;
  /** Hears which command was named. */
  found(leaf: Leaf): void;
}

/** Define the whole command line. What commands do is loaded when one runs. */
export function buildProgram(options: ProgramOptions): CommandUnknownOpts {
  const program = anyCommand("nymwire").description(
    "Messages over the Nym mixnet",
  );
  configure(program, options);
  // A command that comes first is all that is needed; definitions cost more than the rest of a short command.
  const only = TREE.find(({ name }) => name === options.words?.[0]);
  for (const branch of only ? [only] : TREE) {
    grow(program, branch, [], options);
  }
  return program;
}

function grow(
  parent: CommandUnknownOpts,
  branch: Branch,
  above: readonly string[],
  options: ProgramOptions,
): void {
  const { name, summary, heading, branches = [] } = branch;
  const named = options.words?.includes(name) ?? true;
  const leaf = named ? branch.leaf?.() : undefined;
  const command = leaf?.definition ??
    (named ? anyCommand(name) : new Command(name));
  command.name(name).description(summary);
  if (heading) command.helpGroup(heading);
  if (named) configure(command, options);
  parent.addCommand(command, { hidden: heading === undefined });
  const path = [...above, name];
  const examples = examplesText(path.join(" "));
  if (examples) command.addHelpText("after", examples);
  if (leaf) command.action(() => options.found(leaf));
  for (const next of branches) {
    grow(command, next, path, named ? options : { ...options, words: [] });
  }
}

function configure(
  command: CommandUnknownOpts,
  { version, columns = 80, write }: ProgramOptions,
): void {
  const noHelpCommand = false; // ours knows topics too
  command
    .helpCommand(noHelpCommand)
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .optionsGroup(COMMON_GROUP)
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain this command")
    .configureOutput({
      writeOut: write,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => columns,
      getOutHasColors: () => false,
    })
    .configureHelp({
      subcommandTerm: (command) => {
        const within = command.createHelp().visibleCommands(command);
        const names = within.map((sub) => sub.name()).join("|");
        return `${command.name()} ${names}`.trimEnd();
      },
      optionDescription: describeOption,
      groupItems: commonLast,
    });
}

/** What an option is for, what it may be, and what applies without it. */
function describeOption(
  { description, argChoices, defaultValueDescription }: Option,
): string {
  const more = [
    ...argChoices ? [argChoices.join(", ")] : [],
    ...defaultValueDescription ? [`default: ${defaultValueDescription}`] : [],
  ];
  return more.length > 0 ? `${description} (${more.join("; ")})` : description;
}

/** Group help items as commander does, with what every command has at the end. */
function commonLast<T>(
  _unsorted: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = Map.groupBy(visible, groupOf);
  const common = groups.get(COMMON_GROUP);
  if (common) {
    groups.delete(COMMON_GROUP);
    groups.set(COMMON_GROUP, common);
  }
  return groups;
}
