import { homeBase, type HomePaths, join } from "../home/paths.ts";
import type { KeptMailbox } from "../mailbox/kept.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { formatRecipient, type Recipient } from "../message/recipient.ts";
import type { CommandContext, Environment } from "./context.ts";

/** What is ours beside a client that somebody else runs. */
export type OwnPaths = Pick<
  HomePaths,
  "own" | "lock" | "runFile" | "token" | "state"
>;

/** Where that is: in the client's home, or where there is none in a folder for its address. */
export function ownPaths(
  home: HomePaths | undefined,
  address: Recipient,
  env: Environment,
): OwnPaths {
  if (home) return home;
  const inboxes = join(homeBase(env), "nymwire", "inbox");
  const own = join(inboxes, formatRecipient(address));
  return {
    own,
    lock: join(own, "lock"),
    runFile: join(own, "run.json"),
    token: join(own, "token"),
    state: join(own, "state.sqlite"),
  };
}

/** A stock client forgets what it has delivered: whatever comes while somebody has its slot waits on disk until it is taken. */
export async function keepInbox(
  mailbox: Mailbox,
  paths: Pick<OwnPaths, "own" | "state">,
  { clock, output }: CommandContext,
): Promise<KeptMailbox> {
  const { ensurePrivateFolder } = await import("../home/secure_fs.ts");
  const { openState } = await import("../home/state/open_state.ts");
  const { keepMailbox } = await import("../mailbox/kept.ts");
  try {
    await ensurePrivateFolder(paths.own);
    const state = await openState(paths.state, { now: clock.wall() });
    return keepMailbox(mailbox, {
      inbox: state.stores.inbox,
      onClosed: () => state.close(),
      onFull: (reason) => void output.alarm(reason.message),
      clock,
    });
  } catch (error) {
    await mailbox.close();
    throw error;
  }
}
