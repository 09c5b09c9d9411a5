import { DecodeError } from "../errors.ts";
import { JsonReader } from "../wire/json_reader.ts";
import { lockState } from "./lock.ts";
import { join } from "./paths.ts";
import { removeIfThere, whileThere, writePrivateFile } from "./private_file.ts";

/** The version of the word. */
const VERSION = 1;

/** A word is one line: a longer one is none. */
const MAX_LENGTH = 10_000;

/** Where the embedded network is, for clients on this machine: `<base>/nymwire/network/network.json`. */
export interface NetworkWord {
  /** The url of its directory. */
  readonly apiUrl: string;
  /** The process. */
  readonly pid: number;
  /** When it started, RFC 3339. */
  readonly startedAt: string;
}

/** Where the embedded network of a base keeps its things. */
export interface NetworkPaths {
  /** The folder of its nodes' keys and ports. */
  readonly folder: string;
  /** The word that it leaves for clients. */
  readonly word: string;
  /** The lock that it holds. */
  readonly lock: string;
}

/** What is known about the embedded network of a base. */
export type NetworkWordState =
  | { readonly kind: "none" }
  /** It does not run any more, but was killed before it could take its word back. */
  | { readonly kind: "stale"; readonly word: NetworkWord }
  | { readonly kind: "live"; readonly word: NetworkWord };

/** Where the embedded network of a base keeps its things. */
export function networkPaths(base: string): NetworkPaths {
  const folder = join(base, "nymwire", "network");
  return {
    folder,
    word: join(folder, "network.json"),
    lock: join(folder, "lock"),
  };
}

/** Leave word; whoever does holds the lock and has the folder. */
export async function writeNetworkWord(
  paths: NetworkPaths,
  word: NetworkWord,
): Promise<void> {
  const { apiUrl, pid, startedAt } = word;
  const json = { v: VERSION, apiUrl, pid, startedAt };
  await writePrivateFile(paths.word, `${JSON.stringify(json)}\n`);
}

/** Take the word back; to be done before the lock is let go. */
export async function removeNetworkWord(paths: NetworkPaths): Promise<void> {
  await removeIfThere(paths.word);
}

/** Find out about the embedded network; it is believed to run as long as it holds its lock. */
export async function readNetworkWord(
  paths: NetworkPaths,
): Promise<NetworkWordState> {
  const text = await whileThere(() => Deno.readTextFile(paths.word));
  const word = text === undefined ? undefined : decodeNetworkWord(text);
  if (word === undefined) return { kind: "none" };
  const { kind } = await lockState(paths.lock);
  return { kind: kind === "held" ? "live" : "stale", word };
}

function decodeNetworkWord(text: string): NetworkWord | undefined {
  try {
    const json = JsonReader.parse(text, {
      title: "word of the network",
      maxLength: MAX_LENGTH,
    });
    json.field("v").integer(VERSION, VERSION);
    const apiUrl = json.field("apiUrl").string(200);
    if (!URL.canParse(apiUrl)) return undefined;
    return {
      apiUrl,
      pid: json.field("pid").integer(1, 2 ** 32 - 1),
      startedAt: json.field("startedAt").string(64),
    };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
