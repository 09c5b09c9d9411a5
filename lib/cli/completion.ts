import { RootCommand, script } from "@bomb.sh/tab";
import type { CommandUnknownOpts, Option } from "commander";
import type { SHELLS } from "./definitions/care.ts";
import { SHIPPED } from "./plugins/shipped.ts";
import { buildProgram } from "./program.ts";
import { TOPICS } from "./topics.ts";
import { TREE } from "./tree.ts";

/** Words that only this machine knows, for values of options. */
export interface KnownWords {
  /** The names of the homes. */
  readonly ids: readonly string[];
  /** Addresses of the homes, with their names. */
  readonly addresses: readonly {
    readonly address: string;
    readonly id: string;
  }[];
}

type Suggest = (value: string, description: string) => void;

/** The shell script that asks `nymwire complete` for words. */
export function completionScript(shell: typeof SHELLS[number]): string {
  const text = printed(() => script(shell, "nymwire", "nymwire"));
  return shell === "bash" ? safeForBash(text) : text;
}

/** The words that may stand where the cursor is, one a line with what it means, and how the shell is to treat them. */
export function suggestWords(
  words: readonly string[],
  known: KnownWords,
): string {
  const root = new RootCommand();
  const program = buildProgram({ version: "", write() {}, found() {} });
  let isFile = false;
  describe(root, program, "", known, () => isFile = true);
  const text = printed(() => root.parse([...words]));
  return isFile ? text.replace(/:4\n$/, `:${OR_FILES}\n`) : text;
}

/** Tells the shell to look for files where nothing else fits; `4` tells it not to. */
const OR_FILES = 0;

function describe(
  root: RootCommand,
  command: CommandUnknownOpts,
  path: string,
  known: KnownWords,
  onFile: () => void,
): void {
  const target = path === "" ? root : root.command(path, command.description());
  const help = command.createHelp();
  for (const option of help.visibleOptions(command)) {
    const name = option.long?.slice(2);
    if (name === undefined) continue;
    const description = help.optionDescription(option);
    const short = option.short?.slice(1);
    const takesValue = option.required || option.optional;
    if (takesValue) {
      const values = (suggest: Suggest) =>
        suggestValues(option, known, suggest, onFile);
      target.option(name, description, values, short);
    } else target.option(name, description, short);
  }
  for (const argument of command.registeredArguments) {
    const choices = path === "help"
      ? [
        ...TREE.flatMap(({ name, heading }) => heading ? name : []),
        ...Object.keys(TOPICS),
      ]
      : argument.argChoices ?? [];
    target.argument(
      argument.name(),
      (suggest) => {
        if (argument.name() === "file") {
          onFile();
          suggestShipped(suggest); // the files of commands are plugins
        }
        choices.forEach((choice) => suggest(choice, ""));
      },
      argument.variadic,
    );
  }
  for (const next of help.visibleCommands(command)) {
    describe(root, next, `${path} ${next.name()}`.trim(), known, onFile);
  }
}

function suggestValues(
  option: Option,
  known: KnownWords,
  suggest: Suggest,
  onFile: () => void,
): void {
  if (/<.*(file|dir).*>/.test(option.flags)) onFile();
  switch (option.long) {
    case "--id":
      for (const id of known.ids) suggest(id, "");
      return;
    case "--to":
      suggest("self", "this client");
      for (const { address, id } of known.addresses) suggest(address, id);
      return;
    case "--plugin":
      return suggestShipped(suggest);
    case "--network":
      for (const name of ["mainnet", "sandbox", "local"]) suggest(name, "");
      return;
    default:
      for (const choice of option.argChoices ?? []) suggest(choice, "");
  }
}

function suggestShipped(suggest: Suggest): void {
  for (const name of SHIPPED) suggest(name, "comes with nymwire");
}

/**
 * The script as it comes evaluates the words of an unfinished line and those that are suggested, needs a helper of another
 * package, cannot be loaded twice, suggests nothing behind an equals sign, and either words or files.
 */
function safeForBash(text: string): string {
  return text
    .replaceAll(/^readonly /gm, "")
    .replace(
      'COMPREPLY=( $(compgen -W "${completions[*]}" -- "$cur") )',
      'COMPREPLY=()\n    for comp in "${completions[@]}"; do [[ -z "$comp" || "$comp" != "$cur"* ]] || COMPREPLY+=("$comp"); done',
    )
    .replace(
      '"nymwire complete -- ${words[@]:1}"',
      '"nymwire complete --"\n    local word\n    for word in "${words[@]:1}"; do requestComp+=" $(printf %q "$word")"; done',
    )
    .replace(
      '    # Add an empty parameter if the last parameter is complete\n    if [[ -z "$cur" ]]; then\n        requestComp="$requestComp \'\'"\n    fi\n',
      "",
    )
    .replace(/\n}\n(?=\n# Register)/, `${WORDS_AND_FILES}}\n`)
    .replace("complete -F", "complete -o default -F")
    .replace(
      '    _get_comp_words_by_ref -n "=:" cur prev words cword\n',
      UNBROKEN_WORDS,
    );
}

/** Bash breaks words at "=" and ":", and puts what is suggested in the place of the last piece. */
const UNBROKEN_WORDS = `    local i piece last
    words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        piece=\${COMP_WORDS[i]}
        if ((i > 1)) && [[ $piece == [=:]* || $last == *[=:] ]]; then
            words[\${#words[@]}-1]+=$piece
        else
            words+=("$piece")
        fi
        last=$piece
    done
    cur=\${COMP_WORDS[COMP_CWORD]}
    [[ $cur != [=:] ]] || cur=
`;

/** The shell looks for files by itself only where no word fits. */
const WORDS_AND_FILES = `
    if [[ $directive == 0 && \${#COMPREPLY[@]} -gt 0 ]]; then
        compopt -o filenames
        while read -r comp; do COMPREPLY+=("$comp"); done < <(compgen -f -- "$cur")
    fi
`;

/** What the library prints: it knows no other way to tell. */
function printed(run: () => void): string {
  const lines: string[] = [];
  const sink = globalThis.console;
  const { log } = sink;
  sink.log = (line: string) => void lines.push(line);
  try {
    run();
  } finally {
    sink.log = log;
  }
  return lines.map((line) => `${line}\n`).join("");
}
