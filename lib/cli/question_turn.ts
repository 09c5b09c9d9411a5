import { sleep } from "../async/clock.ts";
import { acquireLock, LockedError } from "../home/lock.ts";
import { join } from "../home/paths.ts";
import type { Recipient } from "../message/recipient.ts";
import type { ClientChoice } from "./choice.ts";
import type { CommandContext } from "./context.ts";
import { findHome } from "./homes.ts";
import { ownPaths } from "./kept_inbox.ts";

/** How often is looked whether another question is over, in milliseconds. */
const LOOK_MS = 100;

/**
 * Wait until no other question is asked through the same client, and keep others waiting until this is disposed of: not
 * every client tells which question an answer is for, and none does of questions from before it was started. An ephemeral
 * client has no other.
 *
 * @throws The signal's reason.
 */
export async function questionTurn(
  { id, url, ephemeral, onWait }: ClientChoice,
  address: Recipient,
  { env, clock }: Pick<CommandContext, "env" | "clock">,
  signal: AbortSignal,
): Promise<Disposable | undefined> {
  if (ephemeral) return undefined;
  const home = url === undefined || id !== undefined
    ? await findHome(id, env)
    : undefined;
  const { own } = ownPaths(home, address, env);
  for (;;) {
    try {
      const title = "the right to ask";
      return await acquireLock(join(own, "question"), { title, clock, signal });
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
    }
    onWait?.("the answer to another question of this client");
    await sleep(clock, LOOK_MS, signal);
  }
}
