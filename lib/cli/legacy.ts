import type { CommandContext } from "./context.ts";

/** Warn of flags of old versions. Secrets on a command line are seen by everyone on the machine, even if they are ignored. */
export async function warnOfLegacy(
  legacy: readonly string[],
  { output }: Pick<CommandContext, "output">,
): Promise<void> {
  for (const flag of legacy) {
    const text = `${flag} means nothing here and is ignored`;
    if (flag === "--eth_private_key") {
      await output.alarm(
        `${text}; the key was visible to everyone on this machine, so stop using it`,
      );
    } else await output.warn(text);
  }
}
