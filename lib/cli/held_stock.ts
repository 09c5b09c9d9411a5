import { MessageHub } from "../daemon/hub.ts";
import { SharedMailbox } from "../daemon/shared_mailbox.ts";
import { acquireLock } from "../home/lock.ts";
import { removeRunFile, writeRunFile } from "../home/run_file.ts";
import type { KeptMailbox } from "../mailbox/kept.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { formatRecipient } from "../message/recipient.ts";
import type { CommandContext } from "./context.ts";
import type { HeldClient } from "./held_client.ts";
import { keepInbox, type OwnPaths } from "./kept_inbox.ts";
import { patience, serveOwnChannel } from "./own_channel.ts";
import { describe } from "./report.ts";

/** A client that somebody else runs, which this process uses and other processes of ours join. */
export interface HeldStock extends HeldClient {
  /** What arrives waits here on disk until it is taken. */
  readonly mailbox: KeptMailbox;
}

/** Options of {@linkcode holdStock}. */
export interface HoldStockOptions {
  /** What is held, as an error names it. */
  title: string;
  /** Stops waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Hold the one connection to a client for all processes of ours. Whatever happens, `client` is closed in the end.
 *
 * @throws {UsageError} If another process does; exit code 4.
 */
export async function holdStock(
  client: Mailbox,
  paths: OwnPaths,
  { title, signal }: HoldStockOptions,
  context: CommandContext,
): Promise<HeldStock> {
  const { output, clock } = context;
  const tell = (reason: unknown) => void output.alarm(describe(reason).message);
  await using stack = new AsyncDisposableStack();
  stack.use(client);
  const lock = stack.use(
    await acquireLock(paths.lock, { title, clock, signal }),
  );
  let isHeld = true;
  // Once it is let go, another process may have written its own.
  const retract = async () => {
    if (isHeld) await removeRunFile(paths);
  };
  await retract();
  stack.defer(retract);
  const mailbox = stack.use(await keepInbox(client, paths, context));
  const hub = stack.use(
    new MessageHub({
      mailbox,
      onFailure: tell,
    }),
  );
  const channel = stack.use(
    await serveOwnChannel(paths, { mailbox, hub }, context),
  );
  const resources = stack.move();
  client.closed.catch(letGo).catch(tell);
  let closing: Promise<void> | undefined;
  return {
    mailbox,
    hub,
    channel,
    async announce(url) {
      if (!isHeld) return;
      await writeRunFile(paths, {
        pid: Deno.pid,
        startedAt: new Date(clock.wall()).toISOString(),
        address: formatRecipient(client.address),
        url,
        channel: channel.where,
      });
    },
    retract,
    close: ({ drain = 0 } = {}) => closing ??= close(drain),
    [Symbol.asyncDispose]: () => closing ??= close(0),
  };

  /** The client is lost: whoever finds it again holds it, while what has arrived can still be taken here. */
  async function letGo(): Promise<void> {
    await retract();
    await channel[Symbol.asyncDispose]();
    isHeld = false;
    lock.release();
  }

  async function close(drain: number): Promise<void> {
    await retract();
    await channel.close(Math.max(drain, patience(context)));
    await hub.close();
    await mailbox.close({ drain });
    await resources.disposeAsync();
  }
}

/** The client as a command of the process that holds it sees it; closing it lets go of the client. */
export function heldStockMailbox(
  { mailbox, hub, close }: HeldStock,
  group: string | undefined,
): Mailbox {
  return new SharedMailbox({ mailbox, hub, group, onClose: close });
}
