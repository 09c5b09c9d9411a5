import { dirname, homeBase, type HomePaths, join } from "../home/paths.ts";
import type { KeptMailbox } from "../mailbox/kept.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import {
  formatRecipient,
  parseRecipient,
  type Recipient,
} from "../message/recipient.ts";
import type { ClientChoice } from "./choice.ts";
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
  const own = join(inboxes(env), formatRecipient(address));
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

/** Deal with what waits for a client that cannot be reached, unless another process of ours does. */
export async function takeKept(
  paths: OwnPaths,
  take: NonNullable<ClientChoice["early"]>,
  { clock }: Pick<CommandContext, "clock">,
): Promise<void> {
  const { exists } = await import("../home/private_file.ts");
  const { acquireLock, LockedError } = await import("../home/lock.ts");
  const { openState } = await import("../home/state/open_state.ts");
  const { waitingIn } = await import("../mailbox/deliveries.ts");
  if (!await exists(paths.state)) return;
  const options = { title: paths.own, clock };
  using lock = await acquireLock(paths.lock, options).catch((error) => {
    if (error instanceof LockedError) return undefined;
    throw error;
  });
  if (!lock) return;
  using state = await openState(paths.state, { now: clock.wall() });
  await take(waitingIn(state.stores.inbox, { clock }));
}

/** Note whose client listens at `url`: what waits for it is found when it does not answer. */
export async function rememberClient(
  url: string,
  address: Recipient,
  env: Environment,
): Promise<void> {
  const { ensurePrivateFolder } = await import("../home/secure_fs.ts");
  const { writePrivateFile } = await import("../home/private_file.ts");
  const path = await noteOf(url, env);
  const text = formatRecipient(address);
  if (await readNote(path) === text) return;
  await ensurePrivateFolder(dirname(path));
  await writePrivateFile(path, text);
}

/** Where what waits for the client is that listened at `url` the last time; nothing if none did. */
export async function recallClient(
  url: string,
  env: Environment,
): Promise<OwnPaths | undefined> {
  const text = await readNote(await noteOf(url, env));
  if (text === undefined) return undefined;
  return ownPaths(undefined, parseRecipient(text), env);
}

async function readNote(path: string): Promise<string | undefined> {
  const { whileThere } = await import("../home/private_file.ts");
  return await whileThere(() => Deno.readTextFile(path));
}

/** An url can hold what no file name can, and a token: its digest stands for it. */
async function noteOf(url: string, env: Environment): Promise<string> {
  const bytes = new TextEncoder().encode(url);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return join(inboxes(env), "urls", new Uint8Array(digest).toHex());
}

function inboxes(env: Environment): string {
  return join(homeBase(env), "nymwire", "inbox");
}
