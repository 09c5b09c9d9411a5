/** What the library says of a command line, by its pattern, and how we say it of a command. */
const SENTENCES: readonly (readonly [
  RegExp,
  (command: string, ...parts: string[]) => string,
])[] = [
  [
    /^option '(.*?)' argument missing$/,
    (_, flags) =>
      `Cannot use ${flagOf(flags)}: need ${valueOf(flags)}, have nothing`,
  ],
  [
    /^option '(.*?)' argument '(.*)' is invalid\. Allowed choices are (.*)\.$/s,
    (_, flags, value, choices) =>
      `Cannot use ${flagOf(flags)}: need one of ${choices}, have ${
        JSON.stringify(value)
      }`,
  ],
  [
    /^command-argument value '(.*)' is invalid for .*\. Allowed choices are (.*)\.$/s,
    (command, value, choices) =>
      `Cannot run ${command}: need one of ${choices}, have ${
        JSON.stringify(value)
      }`,
  ],
  [
    /^option '(.*?)' cannot be used with option '(.*)'$/,
    (_, one, other) =>
      `Cannot use ${flagOf(one)} together with ${flagOf(other)}`,
  ],
  [
    /^missing required argument '(.*)'$/,
    (command, name) => `Cannot run ${command}: need <${name}>, have nothing`,
  ],
  [
    /^too many arguments.* Expected (\d+) .* got (\d+): (.*)\.$/s,
    (command, need, have, words) =>
      `Cannot run ${command}: need ${
        need === "0" ? "no word" : `no more than ${need} word`
      } after it, have ${have}: ${words}`,
  ],
  [
    // What stands behind an equals sign may be a secret in the wrong place.
    /^unknown (option|command) '(--[\w-]+(?==)|.*(?='$))/s,
    (_, what, word) => `Unknown ${what} '${word}'`,
  ],
];

/** Put what the library says of the words of `command` into a sentence of ours. */
export function usageFault(said: string, command: string): string {
  for (const [pattern, sentence] of SENTENCES) {
    const match = pattern.exec(said);
    if (match) return sentence(command, ...match.slice(1));
  }
  return said;
}

/** An option's long name, out of `-n, --count <n>`. */
export function flagOf(flags: string): string {
  return /--[\w-]+/.exec(flags)?.[0] ?? flags;
}

function valueOf(flags: string): string {
  return /<.*>/.exec(flags)?.[0] ?? "a value";
}
