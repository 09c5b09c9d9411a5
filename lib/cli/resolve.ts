import { ConnectionError, CryptoError, EXIT } from "../errors.ts";
import { loadConfig } from "../home/config_read.ts";
import { readHomeAddress } from "../home/home_address.ts";
import { LockedError } from "../home/lock.ts";
import { homeBase, type HomePaths } from "../home/paths.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { AddressError } from "../message/address_error.ts";
import { parseRecipient, type Recipient } from "../message/recipient.ts";
import type { ClientChoice } from "./choice.ts";
import type { CommandContext } from "./context.ts";
import { findHome } from "./homes.ts";
import { joinProcess } from "./join_process.ts";
import { isDown, useStock } from "./use_stock.ts";
import { shellWord } from "../home/shell_word.ts";

/** Where a nym-client listens unless told otherwise. */
const DEFAULT_URL = "ws://127.0.0.1:1977";

/** How often other processes may be faster to open a home. */
const RACES = 20;

/**
 * Open the client that a talking command uses, in the order that `help clients` shows.
 *
 * @throws {UsageError} If several homes could be meant (exit code 2), or the home is held (4).
 * @throws {ConnectionError} If there is no client (3), or it is busy or another one (4).
 */
export async function connect(
  choice: ClientChoice,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Mailbox> {
  const { url, id, ephemeral } = choice;
  if (ephemeral) return await openEphemeral(choice, context, signal);
  if (url !== undefined) {
    const home = id === undefined ? undefined : await findHome(id, context.env);
    const expect = home && await ownerOf(home);
    return await useStock({ url, home, expect }, choice, context, signal);
  }
  const home = await findHome(id, context.env);
  if (home) return await useHome(home, choice, context, signal);
  const client = { url: DEFAULT_URL, home };
  try {
    return await useStock(client, choice, context, signal);
  } catch (error) {
    if (isDown(error)) throw noClient(homeBase(context.env), error);
    throw error;
  }
}

async function useHome(
  home: HomePaths,
  choice: ClientChoice,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Mailbox> {
  for (let attempt = 1;; attempt++) {
    try {
      return await joinOrHold(home, choice, context, signal);
    } catch (error) {
      const isRace = error instanceof LockedError && error.path === home.lock;
      if (!isRace || attempt === RACES) throw error;
      // Another process was faster, and can be joined.
    }
  }
}

async function joinOrHold(
  home: HomePaths,
  choice: ClientChoice,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Mailbox> {
  const { onWait } = choice;
  onWait?.(`the process that holds home ${home.id}`);
  const place = { ...home, title: `home ${home.id}` };
  const joined = await joinProcess(place, { signal }, context);
  if (joined) return joined;
  const found = choice.direct
    ? undefined
    : await findOnPort(home, choice, context, signal);
  if (found) return found;
  if (choice.running) throw notRunning(home);
  const { heldMailbox, holdHome } = await import("./held_home.ts");
  const { direct, early } = choice;
  const held = await holdHome(home, context, {
    signal,
    direct,
    onWait,
    early: early && (async (inbox) => {
      const { waitingIn } = await import("../mailbox/deliveries.ts");
      await early(waitingIn(inbox, context));
    }),
  });
  const nowhere = null;
  await held.announce(nowhere);
  return heldMailbox(held);
}

/** A client on the home's port, if there is one and it is the home's. */
async function findOnPort(
  home: HomePaths,
  choice: ClientChoice,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Mailbox | undefined> {
  const { config } = await loadConfig(home.config, { light: true });
  if (!config.socket.enabled || config.socket.port === 0) return undefined;
  const { host, port } = config.socket;
  const url = `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
  try {
    const expect = await ownerOf(home);
    // What waits in a home is met again when it is opened.
    const { early: _, ...later } = choice;
    return await useStock({ url, home, expect }, later, context, signal);
  } catch (error) {
    if (!isDown(error)) throw error;
    await context.output.detail(
      `no client on ${url}: ${(error as Error).message}`,
    );
    return undefined;
  }
}

async function openEphemeral(
  { network, onWait }: ClientChoice,
  { env, clock }: CommandContext,
  signal: AbortSignal,
): Promise<Mailbox> {
  const { startClient } = await import("../client/start_client.ts");
  const { resolveNetwork } = await import("../home/network.ts");
  const { DEFAULT_DEBUG } = await import("../home/debug.ts");
  const { networkSource } = await import("../client/network_source.ts");
  const named = await resolveNetwork(network ?? "mainnet", {
    base: homeBase(env),
  });
  return await startClient({
    network: await networkSource(named, {
      settings: DEFAULT_DEBUG.topology,
      clock,
    }),
    onWait,
    signal,
    clock,
  });
}

/** Whose home it is. Keys that make no address are damaged, whatever else is wrong with them. */
async function ownerOf(home: HomePaths): Promise<Recipient> {
  try {
    return parseRecipient(await readHomeAddress(home));
  } catch (cause) {
    if (!(cause instanceof AddressError)) throw cause;
    const fault = cause.message.replace(/^Cannot read address: /, "");
    throw new CryptoError(`Cannot use the keys of ${home.id}: ${fault}`, {
      cause,
      exitCode: EXIT.integrity,
      hint: "Restore the key files from a backup",
    });
  }
}

function notRunning({ id }: HomePaths): ConnectionError {
  return new ConnectionError(`Cannot ask client ${id}: it does not run`, {
    exitCode: EXIT.down,
    hint: `Start it: nymwire run --id ${shellWord(id)}`,
  });
}

function noClient(base: string, cause: unknown): ConnectionError {
  return new ConnectionError(
    `Cannot find a client: there is no home in ${base}, and none listens on ${DEFAULT_URL}`,
    {
      cause,
      exitCode: EXIT.down,
      hint:
        "Make one and start it: nymwire init --id <client_id>, then nymwire run --id <client_id>",
    },
  );
}
