import { encodeBase58 } from "../../bytes/base58.ts";
import {
  createClient,
  type CreatedClient,
} from "../../client/create_client.ts";
import { EXIT, type ExitCode, UsageError } from "../../errors.ts";
import { DEFAULT_PORT } from "../../home/config.ts";
import { loadConfig } from "../../home/config_read.ts";
import { DEFAULT_DEBUG } from "../../home/debug.ts";
import { withFastMode, withoutCover } from "../../home/debug_presets.ts";
import { openGatewayStore } from "../../home/gateways.ts";
import { LAYOUT_VERSION } from "../../home/layout.ts";
import { locateStorage } from "../../home/locate.ts";
import { resolveNetwork } from "../../home/network.ts";
import { readHomeAddress } from "../../home/home_address.ts";
import { homeBase, type HomePaths, homePaths } from "../../home/paths.ts";
import { exists } from "../../home/private_file.ts";
import { shellWord } from "../../home/shell_word.ts";
import {
  encodeRecipient,
  formatRecipient,
  parseRecipient,
} from "../../message/recipient.ts";
import type { CommandContext } from "../context.ts";
import type { InitCommand } from "../definitions/init.ts";
import { identityKey } from "../gateway_text.ts";
import { listHomes } from "../homes.ts";
import { TimeLimit } from "../interruption.ts";
import { warnOfLegacy } from "../legacy.ts";
import { formatDuration } from "../parse/duration.ts";
import { TimeLimiter } from "../time_limit.ts";

/** How long all of it may take, unless `--timeout` says otherwise. */
const PATIENCE_MS = 60_000;

/** The network that clients are on unless told otherwise. */
const DEFAULT_NETWORK = "mainnet";

/** Run `init`: make keys, pick a gateway, register, write the home. */
export async function runInit(
  command: InitCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { env } = context;
  const id = needId(command.id);
  await warnOfLegacy(command.legacy, context);
  const base = homeBase(env);
  const paths = homePaths(base, id);
  if (command.ifMissing && await exists(paths.config)) {
    const client = await readClient(paths);
    await tell(client, context, { briefly: true });
    return EXIT.ok;
  }
  const created = await makeClient(id, command, context);
  const client = { ...created, port: command.port ?? DEFAULT_PORT };
  if (!command.disableSocket) await tellSharedPort(client, base, context);
  await tell(client, context, { briefly: command.quiet });
  return EXIT.ok;
}

/** Homes have the same port unless told otherwise; of their clients, one can serve programs there. */
async function tellSharedPort(
  { paths: { id }, port }: ToldClient,
  base: string,
  { output }: CommandContext,
): Promise<void> {
  if (!output.isWatched || port === 0) return;
  const ports = new Map<number, string>();
  for (const other of await listHomes(base)) {
    const path = homePaths(base, other).config;
    // What is wrong with another home is told by whoever uses it.
    const { config } = await loadConfig(path, { light: true })
      .catch(() => ({ config: undefined }));
    if (other === id || !config?.socket.enabled) continue;
    ports.set(config.socket.port, other);
  }
  const other = ports.get(port);
  if (other === undefined) return;
  let free = port;
  while (ports.has(free)) free = free % 65_535 + 1;
  await output.say(
    `Client ${other} has port ${port} too, where one of the two can run at a time. Beside it: ` +
      `nymwire run --id ${shellWord(id)} --port ${free}`,
  );
}

/** What there is to tell of a client, whether it was made now or before. */
interface ToldClient extends CreatedClient {
  /** The port of its websocket. */
  readonly port: number;
}

async function readClient(paths: HomePaths): Promise<ToldClient> {
  const { config } = await loadConfig(paths.config);
  const { storage } = await locateStorage(config.storage, paths);
  using store = await openGatewayStore(storage.gatewayRegistrations);
  // Refuses a home without an active gateway in the words of `whoami`.
  const address = parseRecipient(await readHomeAddress(paths));
  return {
    paths,
    address,
    registration: store.active()!,
    port: config.socket.port,
  };
}

/** The options that say what a new client is like. */
export type MakeClientOptions = {
  readonly [
    Option in
      | "network"
      | "gateway"
      | "latencyBasedSelection"
      | "forceTlsGateway"
      | "port"
      | "host"
      | "disableSocket"
      | "fastmode"
      | "cover"
      | "timeout"
  ]?: InitCommand[Option] | undefined;
};

/** Make a client and its home. */
export async function makeClient(
  id: string,
  command: MakeClientOptions,
  context: CommandContext,
): Promise<CreatedClient> {
  const base = homeBase(context.env);
  const limit = command.timeout ?? PATIENCE_MS;
  let doing = "";
  using limiter = new TimeLimiter(context.clock, limit, {
    reason: () =>
      new TimeLimit(`Cannot make client ${id}${doing}`, formatDuration(limit)),
  });
  return await createClient({
    base,
    id,
    network: await resolveNetwork(command.network ?? DEFAULT_NETWORK, { base }),
    gateway: command.gateway === undefined
      ? undefined
      : identityKey(command.gateway),
    byLatency: command.latencyBasedSelection,
    tls: command.forceTlsGateway,
    socket: socketOf(command),
    settings: settingsOf(command),
    onStep: (step) => {
      doing = `, ${step.charAt(0).toLowerCase()}${step.slice(1)}`;
      void context.output.say(step);
    },
    signal: AbortSignal.any([context.signal, limiter.signal]),
    clock: context.clock,
  });
}

function needId(id: string | undefined): string {
  if (id !== undefined) return id;
  throw new UsageError("Cannot make a client: it needs a name", {
    hint: "Give one: nymwire init --id <client_id>",
  });
}

function socketOf({ port, host, disableSocket }: MakeClientOptions) {
  return {
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
    ...(disableSocket ? { enabled: false } : {}),
  };
}

function settingsOf({ fastmode, cover }: MakeClientOptions) {
  const settings = fastmode ? withFastMode(DEFAULT_DEBUG) : DEFAULT_DEBUG;
  return cover === false ? withoutCover(settings) : settings;
}

/** What the official client prints, with the words that people know from older versions last; `briefly` those alone. */
async function tell(
  { address, registration, paths, port }: ToldClient,
  { output }: CommandContext,
  { briefly }: { readonly briefly: boolean | undefined },
): Promise<void> {
  const { listener, fallback, registeredAt } = registration;
  const last = `The address of this client is: ${formatRecipient(address)}`;
  if (output.json) {
    // Names as the official client has them: scripts read them.
    return await output.record("client", {
      version: LAYOUT_VERSION,
      id: paths.id,
      "identity_key": encodeBase58(address.identity),
      "encryption_key": encodeBase58(address.encryption),
      "gateway_id": encodeBase58(address.gateway),
      "gateway_listener": listener,
      "fallback_listener": fallback,
      "gateway_registration": registeredAt.toISOString(),
      address: [...encodeRecipient(address)],
      "client_listening_port": port,
      "client_address": formatRecipient(address),
      home: paths.home,
    });
  }
  if (briefly) return await output.print(last);
  await output.print([
    `Version: ${LAYOUT_VERSION}`,
    `ID: ${paths.id}`,
    `Identity key: ${encodeBase58(address.identity)}`,
    `Encryption: ${encodeBase58(address.encryption)}`,
    `Gateway ID: ${encodeBase58(address.gateway)}`,
    `Gateway: ${listener}`,
    `Registered at: ${registeredAt.toISOString()}`,
    `Client listening port: ${port}`,
    `Home: ${paths.home}`,
    last,
  ].join("\n"));
}
