import { RootCommand, script } from "@bomb.sh/tab";
import type { CommandUnknownOpts, Option } from "commander";
import type { SHELLS } from "./definitions/care.ts";
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
        if (argument.name() === "file") onFile();
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
    case "--network":
      for (const name of ["mainnet", "sandbox", "local"]) suggest(name, "");
      return;
    default:
      for (const choice of option.argChoices ?? []) suggest(choice, "");
  }
}

/**
 * The script as it comes evaluates the words of an unfinished line and those that are suggested, needs a helper of another
 * package, and cannot be loaded twice.
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
    .replace("complete -F", "complete -o default -F")
    .replace(
      '    _get_comp_words_by_ref -n "=:" cur prev words cword\n',
      `    if declare -F _get_comp_words_by_ref >/dev/null; then
        _get_comp_words_by_ref -n "=:" cur prev words cword
    else
        words=("\${COMP_WORDS[@]}") cword=$COMP_CWORD cur=\${COMP_WORDS[COMP_CWORD]}
    fi
    words=("\${words[@]:0:cword+1}")
`,
    );
}

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
