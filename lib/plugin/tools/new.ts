import { UsageError } from "../../errors.ts";
import { join } from "../../home/paths.ts";
import { PLUGIN_NAME } from "../meta.ts";
import { PLUGIN_TYPES } from "../program_folder.ts";

/** What a plugin imports its types from. */
const MODULE = JSON.stringify("nymwire");

/** Options of {@linkcode newPlugin}. */
export interface NewPluginOptions {
  /** The folder that the plugin's own folder is made in. */
  readonly cwd: string;
}

/**
 * Write a plugin that works, with cases that pass, into a new folder of its name.
 *
 * @returns The files, in the order of reading.
 * @throws {UsageError} If the name cannot be one, or something is there already.
 */
export async function newPlugin(
  name: string,
  { cwd }: NewPluginOptions,
): Promise<string[]> {
  if (!PLUGIN_NAME.test(name)) {
    throw new UsageError(
      `Cannot call a plugin ${
        JSON.stringify(name)
      }: need letters, digits, - and _, beginning with a letter or digit`,
      { hint: "Try for example: nymwire plugin new thanks" },
    );
  }
  const folder = join(cwd, name);
  try {
    await Deno.mkdir(folder);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists)) throw cause;
    throw new UsageError(`Cannot make a plugin in ${folder}: it is there`, {
      cause,
      hint: "Choose another name, or move the folder away",
    });
  }
  const files = [
    [join(folder, `${name}.ts`), source(name)],
    [join(folder, `${name}.cases.ndjson`), CASES],
    [join(folder, "deno.json"), settings()],
  ] as const;
  for (const [path, text] of files) {
    await Deno.writeTextFile(path, text, { createNew: true });
  }
  return files.map(([path]) => path);
}

function source(name: string): string {
  return `import type { Plugin } from ${MODULE};

/** Answers every message that can be answered, and passes all of them on in capitals. */
export default {
  meta: {
    api: 1,
    name: ${JSON.stringify(name)},
    version: "0.1.0",
    description: "Says thanks, and shouts what it hears",
    options: {
      properties: { thanks: { type: "string", default: "Thanks!" } },
    },
  },

  async message(message, context) {
    if (message.senderTag) await context.reply(message, context.options.thanks);
    return { kind: "replace", body: message.text().toUpperCase() };
  },
} satisfies Plugin<{ thanks: string }>;
`;
}

const CASES =
  `// One case per line. What is not mentioned under "expect" stays as it was: run with nymwire plugin test
{"case": "thanks whoever can be thanked", "message": "hello", "expect": {"messages": ["HELLO"], "replies": ["Thanks!"]}}
{"case": "keeps still towards others", "message": {"text": "hello", "answerable": false}, "expect": {"messages": ["HELLO"]}}
{"case": "fails on what is no text", "message": {"base64": "/w=="}, "expect": {"error": "failed", "replies": ["Thanks!"]}}
{"with": {"options": {"thanks": "Danke!"}}}
{"case": "thanks in other words", "message": "hallo", "expect": {"messages": ["HALLO"], "replies": ["Danke!"]}}
`;

/** Tells editors where the types are. The plugin itself needs no settings. */
function settings(): string {
  const imports = { nymwire: PLUGIN_TYPES.href };
  return `${JSON.stringify({ imports }, undefined, 2)}\n`;
}
