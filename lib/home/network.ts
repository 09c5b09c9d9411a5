import { ConnectionError, EXIT, UsageError } from "../errors.ts";
import { parseEnvFile } from "./env_file.ts";
import { networkPaths, readNetworkWord } from "./network_word.ts";
import { whileThere } from "./private_file.ts";

/** The urls that go into a client's settings. */
export interface NetworkUrls {
  /** Directories, the one to be asked first in front. */
  readonly apiUrls: readonly string[];
  /** Nodes of the chain. */
  readonly nyxdUrls: readonly string[];
}

/** A network that a client can be on. */
export type Network =
  & NetworkUrls
  & (
    | {
      readonly kind: "directory";
      /** What the user called it. */
      readonly name: string;
      /** Whether it is the embedded one of this base, whose url may be another one tomorrow. */
      readonly local: boolean;
    }
    | {
      readonly kind: "topology";
      /** What the user called it. */
      readonly name: string;
      /** The file with the whole network in it, as an absolute path. */
      readonly file: string;
    }
  );

/** The public networks (nymtech/nym, `common/network-defaults/src/mainnet.rs`, `envs/sandbox.env`). */
export const PUBLIC_NETWORKS = {
  mainnet: {
    apiUrls: ["https://validator.nymtech.net/api/"],
    nyxdUrls: ["https://rpc.nymtech.net/"],
  },
  sandbox: {
    apiUrls: ["https://sandbox-nym-api1.nymtech.net/api/"],
    nyxdUrls: ["https://rpc.sandbox.nymtech.net/"],
  },
} as const satisfies Record<string, NetworkUrls>;

const CHOICES =
  "Give mainnet, sandbox, local, the url of a directory, an env file or a topology file";

/** The variables of an env file that matter here, each with its name of old. */
const API_VARIABLES = ["NYM_API", "API_VALIDATOR"];
const CHAIN_VARIABLES = ["NYXD", "NYMD_VALIDATOR"];

/** Env files are a page, topology files a few megabytes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Options of {@linkcode resolveNetwork}. */
export interface ResolveNetworkOptions {
  /** The folder that homes lie under: `local` is the embedded network of this one. */
  base: string;
}

/**
 * Find the network that a user means: a name, the url of a directory, an env file (`KEY=VALUE`, `NYM_API`), or a topology
 * file. Files are told apart by what is in them; a topology file is not read any further here.
 *
 * @throws {UsageError} If it is none of them, or an env file names no directory.
 * @throws {ConnectionError} If it is `local` and no embedded network runs; exit code 3.
 */
export async function resolveNetwork(
  name: string,
  { base }: ResolveNetworkOptions,
): Promise<Network> {
  if (name === "local") return await localNetwork(base);
  if (name === "mainnet" || name === "sandbox") {
    return directory(name, PUBLIC_NETWORKS[name]);
  }
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(name)) {
    return directory(name, {
      apiUrls: name.split(",").map((url) => apiUrl(url.trim(), name)),
      nyxdUrls: PUBLIC_NETWORKS.mainnet.nyxdUrls,
    });
  }
  return await networkOfFile(name);
}

/**
 * The url of a directory as clients use it: with a slash at the end.
 *
 * @throws {UsageError} If it is none; `origin` says where it stands.
 */
export function apiUrl(text: string, origin: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new UsageError(
      `Cannot use ${JSON.stringify(text)} as a network${
        text === origin ? "" : ` (${origin})`
      }: need an http or https url`,
      { hint: CHOICES },
    );
  }
  url.search = "";
  url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url.href;
}

async function localNetwork(base: string): Promise<Network> {
  const paths = networkPaths(base);
  const state = await readNetworkWord(paths);
  if (state.kind === "live") {
    const { nyxdUrls } = PUBLIC_NETWORKS.mainnet;
    const apiUrls = [apiUrl(state.word.apiUrl, paths.word)];
    return { ...directory("local", { apiUrls, nyxdUrls }), local: true };
  }
  throw new ConnectionError(
    state.kind === "none"
      ? `Cannot find the local network: none runs under ${base}`
      : `Cannot find the local network: the one that process ${state.word.pid} ran is gone`,
    { exitCode: EXIT.down, hint: "Start it first: nymwire network up" },
  );
}

async function networkOfFile(name: string): Promise<Network> {
  const text = await readSmallFile(name);
  if (/^\s*\{/.test(text)) {
    const file = await Deno.realPath(name);
    return { kind: "topology", name, file, ...PUBLIC_NETWORKS.mainnet };
  }
  const values = parseEnvFile(text, name);
  const apiUrls = urlsOf(values, API_VARIABLES)
    .map((url) => apiUrl(url, name));
  if (apiUrls.length === 0) {
    throw new UsageError(
      `Cannot use ${name} as a network: it does not set NYM_API`,
      { hint: "Add a line: NYM_API=<url of the directory>" },
    );
  }
  const chain = urlsOf(values, CHAIN_VARIABLES);
  const nyxdUrls = chain.length > 0
    ? chain.map((url) => apiUrl(url, name))
    : PUBLIC_NETWORKS.mainnet.nyxdUrls;
  return directory(name, { apiUrls, nyxdUrls });
}

function directory(
  name: string,
  urls: NetworkUrls,
): Network & { readonly kind: "directory" } {
  return { kind: "directory", name, local: false, ...urls };
}

function urlsOf(
  values: ReadonlyMap<string, string>,
  variables: readonly string[],
): string[] {
  const value = variables.map((name) => values.get(name)).find(Boolean) ?? "";
  return value.split(",").map((url) => url.trim()).filter(Boolean);
}

async function readSmallFile(name: string): Promise<string> {
  try {
    const info = await whileThere(() => Deno.stat(name));
    if (info === undefined) {
      throw new UsageError(
        `Cannot use ${JSON.stringify(name)} as a network: no such name or file`,
        { hint: CHOICES },
      );
    }
    if (!info.isFile || info.size > MAX_FILE_BYTES) {
      throw new UsageError(
        `Cannot use ${name} as a network: it is no file, or too large a one`,
        { hint: CHOICES },
      );
    }
    return await Deno.readTextFile(name);
  } catch (cause) {
    if (!(cause instanceof Deno.errors.PermissionDenied)) throw cause;
    throw new UsageError(`Cannot read ${name}: not permitted`, { cause });
  }
}
