import { type Clock, systemClock } from "../async/clock.ts";
import { UsageError } from "../errors.ts";
import type { ClientConfig } from "../home/config.ts";
import type { DebugConfig } from "../home/debug.ts";
import { directoryCache } from "../home/directory_cache.ts";
import type { GatewayRegistration, GatewayStore } from "../home/gateways.ts";
import { type HomeNotice, openHome } from "../home/open_home.ts";
import type { HomePaths } from "../home/paths.ts";
import { removeRunFile, type RunFile, writeRunFile } from "../home/run_file.ts";
import type { InboxStore } from "../home/stores.ts";
import { formatRecipient } from "../message/recipient.ts";
import type { MixnetClient } from "./client.ts";
import { homeNetworkSource } from "./home_network_source.ts";
import { startClient } from "./start_client.ts";
import { shellWord } from "../home/shell_word.ts";

/** How a home is held and its client is run. */
export interface HomeClientOptions {
  /** Gives up opening when it fires. */
  readonly signal?: AbortSignal | undefined;
  /** Open the home even if the official client seems to hold it. */
  readonly direct?: boolean | undefined;
  /** Changes what `config.toml` says about traffic. */
  readonly change?: ((debug: DebugConfig) => DebugConfig) | undefined;
  /** Another network than the home's, in the words of `--network`. */
  readonly network?: string | undefined;
  /** Hears what the user of the home should know, though it stops nothing. @default nobody */
  readonly onNotice?:
    | ((notice: HomeNotice) => void | Promise<void>)
    | undefined;
  /** Hears what is waited for, in words after "waiting for". @default nobody */
  readonly onWait?: ((what: string) => void) | undefined;
  /** Where time comes from. @default the system's */
  readonly clock?: Clock | undefined;
}

/** Options of {@linkcode startHomeClient}. */
export interface StartHomeClientOptions extends HomeClientOptions {
  /** Is given the inbox while the client is being connected; the home is not let go before it resolves. Never rejects. */
  readonly early?: ((inbox: InboxStore) => Promise<void>) | undefined;
}

/** A home that this process holds, with its client running. */
export interface HomeClient extends AsyncDisposable {
  /** Where everything of the home is. */
  readonly paths: HomePaths;
  /** What its `config.toml` says. */
  readonly config: ClientConfig;
  /** Its client, running. */
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
 * @throws What `openClient` throws.
 */
export async function startHomeClient(
  paths: HomePaths,
  options: StartHomeClientOptions = {},
): Promise<HomeClient> {
  const { signal, direct = false, clock = systemClock } = options;
  const { change = (debug) => debug, onNotice = () => {} } = options;
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await openHome(paths, { direct, clock, signal }));
  for (const notice of home.notices) await onNotice(notice);
  // Whatever a process that was killed has left there is not true any more.
  await removeRunFile(paths);
  stack.defer(() => removeRunFile(paths));
  const { config, gateways, keys, state } = home;
  const early = options.early?.(state.stores.inbox);
  stack.defer(() => early);
  const registration = activeGateway(gateways, paths);
  let recalled: HomeNotice | undefined;
  const client = stack.use(
    await startClient({
      network: await homeNetworkSource(paths, config, {
        clock,
        memory: directoryCache(paths),
        instead: options.network,
      }),
      keys,
      registration,
      // Who has registered over TLS wants nothing else.
      tls: registration.listener.startsWith("wss:"),
      onRegistered: (registration) => keepRegistration(gateways, registration),
      settings: change(config.debug),
      stores: state.stores,
      onRecalled: ({ network, age, failure }) =>
        recalled = {
          kind: "recalled",
          network,
          age,
          failure: failure instanceof Error ? failure.message : undefined,
        },
      onWait: options.onWait,
      signal,
      clock,
    }),
  );
  if (recalled !== undefined) await onNotice(recalled);
  const startedAt = new Date(clock.wall()).toISOString();
  const address = formatRecipient(client.address);
  const resources = stack.move();
  let closing: Promise<void> | undefined;
  async function close(drain: number): Promise<void> {
    await client.close({ drain });
    await resources.disposeAsync();
  }
  return {
    paths,
    config,
    client,
    announce: (where) =>
      writeRunFile(paths, { pid: Deno.pid, startedAt, address, ...where }),
    close: ({ drain = 0 } = {}) => closing ??= close(drain),
    [Symbol.asyncDispose]: () => closing ??= close(0),
  };
}

function activeGateway(
  store: GatewayStore,
  { id }: HomePaths,
): GatewayRegistration {
  const active = store.active();
  if (active !== undefined) return active;
  throw new UsageError(`Cannot open home ${id}: it has no active gateway`, {
    hint: `Add one: nymwire gateways add --id ${shellWord(id)}`,
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
