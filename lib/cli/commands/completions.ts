import { EXIT, type ExitCode, NymError } from "../../errors.ts";
import { readHomeAddress } from "../../home/home_address.ts";
import { homeBase, homePaths } from "../../home/paths.ts";
import {
  completionScript,
  type KnownWords,
  suggestWords,
} from "../completion.ts";
import type { CommandContext } from "../context.ts";
import type {
  CompleteCommand,
  CompletionsCommand,
} from "../definitions/care.ts";
import { listHomes } from "../homes.ts";

/** Run `completions`: print the script for a shell. */
export async function runCompletions(
  { shell }: CompletionsCommand,
  { output }: CommandContext,
): Promise<ExitCode> {
  await output.write(new TextEncoder().encode(completionScript(shell)));
  return EXIT.ok;
}

/** Run `complete`, which that script calls: print the words that fit. */
export async function runComplete(
  { words }: CompleteCommand,
  { env, output }: CommandContext,
): Promise<ExitCode> {
  const text = suggestWords(words, await knownWords(env));
  await output.write(new TextEncoder().encode(text));
  return EXIT.ok;
}

async function knownWords(env: CommandContext["env"]): Promise<KnownWords> {
  const base = homeBase(env);
  const ids = await listHomes(base);
  const addresses: { address: string; id: string }[] = [];
  for (const id of ids) {
    try {
      const address = await readHomeAddress(homePaths(base, id));
      addresses.push({ address, id });
    } catch (error) {
      // A home that is broken has no address to suggest.
      if (!(error instanceof NymError)) throw error;
    }
  }
  return { ids, addresses };
}
