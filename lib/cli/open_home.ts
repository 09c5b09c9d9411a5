import type { MixnetClient } from "../client/client.ts";
import { openClient } from "../client/open.ts";
import { EXIT, UsageError } from "../errors.ts";
import type { ClientConfig } from "../home/config.ts";
import { loadConfig } from "../home/config_read.ts";
import type { DebugConfig } from "../home/debug.ts";
import { findForeignHolder } from "../home/foreign_holder.ts";
import {
  type GatewayRegistration,
  type GatewayStore,
  openGatewayStore,
} from "../home/gateways.ts";
import { readKeys } from "../home/keys.ts";
import { acquireLock } from "../home/lock.ts";
import type { HomePaths } from "../home/paths.ts";
import { removeRunFile, type RunFile, writeRunFile } from "../home/run_file.ts";
import { ensurePrivateFolder } from "../home/secure_fs.ts";
import { formatRecipient } from "../message/recipient.ts";
import { openState } from "../home/state/open_state.ts";
import type { CommandContext } from "./context.ts";
import { homeNetworkSource } from "./home_network_source.ts";

/** Options of {@linkcode openHome}. */
export interface OpenHomeOptions {
  /** Gives up opening when it fires. */
  readonly signal: AbortSignal;
  /** Open it even if the official client holds it. */
  readonly direct?: boolean | undefined;
  /** Changes what `config.toml` says about traffic. */
  readonly change?: ((debug: DebugConfig) => DebugConfig) | undefined;
}

/** A home that this process holds, with its client running. */
export interface OpenedHome extends AsyncDisposable {
  readonly paths: HomePaths;
  readonly config: ClientConfig;
  readonly client: MixnetClient;
  /** Tell other processes where this client can be reached. */
  announce(where: Pick<RunFile, "url" | "channel">): Promise<void>;
  /** Let go of client and home. */
  close(options?: { drain?: number | undefined }): Promise<void>;
}

/**
 * Hold a home and run its client in this process.
 *
 * @throws {UsageError} If another process holds it (exit code 4), or a file of it is missing or unreadable (2).
 * @throws {CryptoError} If its key halves disagree (12).
 * @throws What {@linkcode openClient} throws.
 */
export async function openHome(
  paths: HomePaths,
  { clock, output }: CommandContext,
  { signal, direct = false, change = (debug) => debug }: OpenHomeOptions,
): Promise<OpenedHome> {
  const { config } = await loadConfig(paths.config);
  await using stack = new AsyncDisposableStack();
  await ensurePrivateFolder(paths.own);
  const title = `home ${paths.id}`;
  stack.use(await acquireLock(paths.lock, { title, clock, signal }));
  // Whatever a process that was killed has left there is not true any more.
  await removeRunFile(paths);
  stack.defer(() => removeRunFile(paths));
  if (!direct) await assertNotHeld(paths, config);
  const keys = await readKeys(config.storage.keys);
  const store = stack.use(
    await openGatewayStore(config.storage.gatewayRegistrations),
  );
  const registration = activeGateway(store, paths);
  const state = stack.use(await openState(paths.state, { now: clock.wall() }));
  if (state.setAside !== undefined) {
    await output.warn(
      `what ${paths.id} kept between runs was damaged: it is now in ${state.setAside}`,
    );
  }
  const client = stack.use(
    await openClient({
      network: await homeNetworkSource(paths, config, clock),
      keys,
      registration,
      onRegistered: (registration) => keepRegistration(store, registration),
      settings: change(config.debug),
      stores: state.stores,
      signal,
      clock,
    }),
  );
  const resources = stack.move();
  let closing: Promise<void> | undefined;
  async function close(drain: number): Promise<void> {
    await client.close({ drain });
    await resources.disposeAsync();
  }
  const startedAt = new Date(clock.wall()).toISOString();
  return {
    paths,
    config,
    client,
    announce: (where) =>
      writeRunFile(paths, {
        pid: Deno.pid,
        startedAt,
        address: formatRecipient(client.address),
        ...where,
      }),
    close: ({ drain = 0 } = {}) => closing ??= close(drain),
    [Symbol.asyncDispose]: () => closing ??= close(0),
  };
}

async function assertNotHeld(
  paths: HomePaths,
  config: ClientConfig,
): Promise<void> {
  const holder = await findForeignHolder(config.storage);
  if (holder === undefined) return;
  throw new UsageError(
    `Cannot open home ${paths.id}: ${holder.name} (process ${holder.pid}) holds it`,
    {
      exitCode: EXIT.busy,
      hint: `End that process, or open the home all the same with --direct`,
    },
  );
}

function activeGateway(
  store: GatewayStore,
  { id }: HomePaths,
): GatewayRegistration {
  const active = store.active();
  if (active !== undefined) return active;
  throw new UsageError(`Cannot open home ${id}: it has no active gateway`, {
    hint: `Add one: nymwire gateways add --id ${id}`,
  });
}

/** A gateway that had forgotten the client knows it again, under a new key. */
function keepRegistration(
  store: GatewayStore,
  registration: GatewayRegistration,
): void {
  store.remove(registration.identity);
  store.add(registration);
  store.setActive(registration.identity);
}
