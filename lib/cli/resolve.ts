import { sleep } from "../async/clock.ts";
import { ConnectionError, CryptoError, EXIT, UsageError } from "../errors.ts";
import { loadConfig } from "../home/config_read.ts";
import { readHomeAddress } from "../home/home_address.ts";
import { homeBase, type HomePaths } from "../home/paths.ts";
import { readRunState, type RunFile } from "../home/run_file.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { openStock } from "../mailbox/stock.ts";
import { AddressError } from "../message/address_error.ts";
import { parseRecipient, type Recipient } from "../message/recipient.ts";
import type { ClientChoice } from "./choice.ts";
import type { CommandContext } from "./context.ts";
import { findHome } from "./homes.ts";

/** Where a nym-client listens unless told otherwise. */
const DEFAULT_URL = "ws://127.0.0.1:1977";

/** How long a process that holds a home may take to say where it listens, or to end. */
const SILENCE_MS = 10_000;

/** A nym-client that somebody else runs. */
interface StockClient {
  readonly url: string;
  /** Its home, if that is known. */
  readonly home: HomePaths | undefined;
}

/** How often is looked whether it has. */
const LOOK_MS = 100;

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
  const { url, id, ephemeral, receives } = choice;
  if (ephemeral) return await openEphemeral(choice, context, signal);
  if (url !== undefined) {
    const home = id === undefined ? undefined : await findHome(id, context.env);
    const expect = home && await ownerOf(home);
    const mailbox = await openStock({ url, expect, receives, signal })
      .catch((error) => rethrow(error, { url, home }, choice, context));
    if (choice.unkept) return mailbox;
    return await kept(mailbox, { url, home }, context);
  }
  const home = await findHome(id, context.env);
  if (home) return await useHome(home, choice, context, signal);
  const client = { url: DEFAULT_URL, home };
  try {
    const mailbox = await openStock({ url: DEFAULT_URL, receives, signal })
      .catch((error) => rethrow(error, client, choice, context));
    return await kept(mailbox, client, context);
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
  const run = await liveProcess(home, context, signal);
  if (run) return await joinProcess(home, run, signal);
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
    early: early && (async (inbox) => {
      const { waitingIn } = await import("../mailbox/deliveries.ts");
      await early(waitingIn(inbox, context));
    }),
  });
  const nowhere = null;
  await held.announce(nowhere);
  return heldMailbox(held);
}

/** What our own process that holds a home tells; one that is about to start or to end is given time. */
async function liveProcess(
  home: HomePaths,
  { clock }: CommandContext,
  signal: AbortSignal,
): Promise<RunFile | undefined> {
  const deadline = clock.now() + SILENCE_MS;
  for (;;) {
    const state = await readRunState(home);
    switch (state.kind) {
      case "live":
        return state.run;
      case "none":
      case "stale":
        return undefined;
      case "silent":
        if (clock.now() >= deadline) throw held(home, state.pid);
    }
    await sleep(clock, LOOK_MS, signal);
  }
}

/** Join our own process that holds the home: over its channel, or its stock websocket if it serves no channel. */
async function joinProcess(
  home: HomePaths,
  { pid, url, address, channel }: RunFile,
  signal: AbortSignal,
): Promise<Mailbox> {
  const expect = parseRecipient(address);
  if (channel === null) {
    if (url === null) throw held(home, pid);
    return await openStock({ url, expect, signal });
  }
  const { openChannel } = await import("../mailbox/channel.ts");
  const token = await Deno.readTextFile(channel.tokenFile);
  return await openChannel({ url: channel.url, token, expect, signal });
}

/** A client on the home's port, if there is one and it is the home's. */
async function findOnPort(
  home: HomePaths,
  { receives }: ClientChoice,
  context: CommandContext,
  signal: AbortSignal,
): Promise<Mailbox | undefined> {
  const { config } = await loadConfig(home.config, { light: true });
  if (!config.socket.enabled || config.socket.port === 0) return undefined;
  const { host, port } = config.socket;
  const url = `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
  try {
    const expect = await ownerOf(home);
    const mailbox = await openStock({ url, expect, receives, signal });
    return await kept(mailbox, { url, home }, context);
  } catch (error) {
    if (!isDown(error)) throw error;
    await context.output.detail(
      `no client on ${url}: ${(error as Error).message}`,
    );
    return undefined;
  }
}

/** What comes while a command has the slot of a stock client waits on disk for the next one. */
async function kept(
  mailbox: Mailbox,
  { url, home }: StockClient,
  context: CommandContext,
): Promise<Mailbox> {
  const { keepInbox, ownPaths, rememberClient } = await import(
    "./kept_inbox.ts"
  );
  if (!home) await rememberClient(url, mailbox.address, context.env);
  const paths = ownPaths(home, mailbox.address, context.env);
  return await keepInbox(mailbox, paths, context);
}

/** A client that cannot be reached does not keep what waits here from whoever wants it. */
async function rethrow(
  error: unknown,
  { url, home }: StockClient,
  { early }: ClientChoice,
  context: CommandContext,
): Promise<never> {
  if (early && isDown(error)) {
    const { takeKept, recallClient } = await import("./kept_inbox.ts");
    const paths = home ?? await recallClient(url, context.env);
    if (paths) await takeKept(paths, early, context);
  }
  throw error;
}

async function openEphemeral(
  { network }: ClientChoice,
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

function isDown(error: unknown): boolean {
  return error instanceof ConnectionError && error.exitCode === EXIT.down;
}

function held({ id }: HomePaths, pid: number | undefined): UsageError {
  const by = pid === undefined ? "another process" : `process ${pid}`;
  return new UsageError(`Cannot use home ${id}: ${by} holds it`, {
    exitCode: EXIT.busy,
    hint: "Wait until it has ended, or end it",
  });
}

function notRunning({ id }: HomePaths): ConnectionError {
  return new ConnectionError(`Cannot ask client ${id}: it does not run`, {
    exitCode: EXIT.down,
    hint: `Start it: nymwire run --id ${id}`,
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
