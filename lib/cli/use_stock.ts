import { ConnectionError, EXIT } from "../errors.ts";
import { LockedError } from "../home/lock.ts";
import type { HomePaths } from "../home/paths.ts";
import { ClientBusyError } from "../mailbox/client_busy.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { openStock } from "../mailbox/stock.ts";
import type { StockMailbox } from "../mailbox/stock_mailbox.ts";
import type { Recipient } from "../message/recipient.ts";
import type { ClientChoice } from "./choice.ts";
import type { CommandContext } from "./context.ts";
import {
  type HeldPlace,
  type JoinOptions,
  joinProcess,
} from "./join_process.ts";
import type { HeldStock } from "./held_stock.ts";
import type { OwnPaths } from "./kept_inbox.ts";

/** A nym-client that somebody else runs. */
export interface StockClient {
  readonly url: string;
  /** Its home, if that is known. */
  readonly home: HomePaths | undefined;
  /** Whose client it must be. */
  readonly expect?: Recipient | undefined;
}

/**
 * Use a nym-client that somebody else runs. What comes while this process has its slot waits on disk for the next one; whoever
 * wants what arrives is joined by other processes of ours on the same client, so that each message is kept once.
 *
 * @throws {ConnectionError} If there is none (3), or it is busy or another one (4).
 */
export async function useStock(
  client: StockClient,
  choice: ClientChoice,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Mailbox> {
  const { url, home, expect } = client;
  const { receives = true, onWait, unkept } = choice;
  const options: JoinOptions = { group: groupOf(url), signal };
  onWait?.(`the client at ${url}`);
  let mailbox: StockMailbox;
  try {
    mailbox = await openStock({
      url,
      expect,
      receives: receives ? "whenAsked" : "never",
      signal,
    });
  } catch (error) {
    const joined = unkept
      ? undefined
      : await instead(error, client, choice, options, context);
    if (joined === undefined) throw error;
    return joined;
  }
  // What `run` does with it is its own affair.
  if (unkept) {
    await mailbox.receive();
    return mailbox;
  }
  const { keepInbox, ownPaths, rememberClient } = await import(
    "./kept_inbox.ts"
  );
  try {
    if (!home) await rememberClient(url, mailbox.address, context.env);
  } catch (error) {
    await mailbox.close();
    throw error;
  }
  const paths = ownPaths(home, mailbox.address, context.env);
  if (!receives) return await keepInbox(mailbox, paths, context);
  const place = placeOf(client, paths);
  return await holdOrJoin(mailbox, place, options, context) ??
    await useStock(client, choice, context, signal);
}

/** Have the client for all processes of ours, unless another one has. Nothing if that one has let go of it meanwhile. */
async function holdOrJoin(
  mailbox: StockMailbox,
  place: OwnPaths & HeldPlace,
  options: JoinOptions,
  context: CommandContext,
): Promise<Mailbox | undefined> {
  const { holdStock, heldStockMailbox } = await import("./held_stock.ts");
  const { title } = place;
  const { signal, group } = options;
  let held: HeldStock;
  try {
    held = await holdStock(mailbox, place, { title, signal }, context);
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    await keepRest(mailbox, place, context);
    return await joinProcess(place, options, context);
  }
  try {
    const nowhere = null;
    await held.announce(nowhere);
    await mailbox.receive();
    return heldStockMailbox(held, group);
  } catch (error) {
    await held.close();
    throw error;
  }
}

/** What a stock client has pushed unasked to a connection that is not needed after all. */
async function keepRest(
  mailbox: StockMailbox,
  paths: OwnPaths,
  context: CommandContext,
): Promise<void> {
  if (mailbox.waiting === 0) return;
  const { keepInbox } = await import("./kept_inbox.ts");
  const kept = await keepInbox(mailbox, paths, context);
  await kept.close();
}

/**
 * What there is instead of a client that cannot be used: where it serves a process of ours, that process. What waits here of one
 * that is down goes to whoever wants it all the same.
 */
async function instead(
  error: unknown,
  client: StockClient,
  { early }: ClientChoice,
  options: JoinOptions,
  context: CommandContext,
): Promise<Mailbox | undefined> {
  const isBusy = error instanceof ClientBusyError;
  if (!isBusy && !(early && isDown(error))) return undefined;
  const { recallClient, takeKept } = await import("./kept_inbox.ts");
  const paths = client.home ?? await recallClient(client.url, context.env);
  if (paths === undefined) return undefined;
  if (isBusy) {
    return await joinProcess(placeOf(client, paths), options, context);
  }
  await takeKept(paths, early!, context);
  return undefined;
}

function placeOf(
  { url, home }: StockClient,
  paths: OwnPaths,
): OwnPaths & HeldPlace {
  const title = home ? `home ${home.id}` : `the client at ${url}`;
  return { ...paths, title };
}

/** The group that an address asks to share with: see docs/local-websocket.md. */
function groupOf(url: string): string | undefined {
  const asked = URL.parse(url)?.searchParams;
  if (asked?.get("receive") !== "shared") return undefined;
  return asked.get("group") ?? "default";
}

/** Whether nobody could be reached. */
export function isDown(error: unknown): boolean {
  return error instanceof ConnectionError && error.exitCode === EXIT.down;
}
