import { EXIT } from "../errors.ts";
import { JsonReader } from "../wire/json_reader.ts";
import type { Network } from "./network.ts";
import { type HomePaths, join } from "./paths.ts";
import { removeIfThere, whileThere, writePrivateFile } from "./private_file.ts";

/** The version of the file. */
const VERSION = 1;

/** What a home remembers of its network beyond the urls of its `config.toml`, which has no place for it. */
export type HomeNetwork =
  /** The embedded network of its base, wherever that is today. */
  | { readonly kind: "local" }
  /** A file with the whole network in it. */
  | { readonly kind: "topology"; readonly file: string };

/** Remember the network of a home: `<home>/nymwire/network.json`, if `config.toml` alone does not say it. */
export async function writeHomeNetwork(
  paths: Pick<HomePaths, "own">,
  network: Network,
): Promise<void> {
  const file = fileOf(paths);
  const json = toJson(network);
  if (json === undefined) await removeIfThere(file);
  else {
    await writePrivateFile(
      file,
      `${JSON.stringify({ v: VERSION, ...json })}\n`,
    );
  }
}

/**
 * What a home remembers of its network; nothing if `config.toml` says it all.
 *
 * @throws {DecodeError} If the file is not ours; exit code 2.
 */
export async function readHomeNetwork(
  paths: Pick<HomePaths, "own">,
): Promise<HomeNetwork | undefined> {
  const file = fileOf(paths);
  const text = await whileThere(() => Deno.readTextFile(file));
  if (text === undefined) return undefined;
  const json = JsonReader.parse(text, {
    title: file,
    maxLength: 10_000,
    exitCode: EXIT.usage,
    hint: "Remove the file, and say --network again",
  });
  json.field("v").integer(VERSION, VERSION);
  const kind = json.field("kind");
  switch (kind.string(20)) {
    case "local":
      return { kind: "local" };
    case "topology":
      return { kind: "topology", file: json.field("file").string(4096) };
    default:
      throw kind.error("need local or topology, have other text");
  }
}

function toJson(network: Network): HomeNetwork | undefined {
  if (network.kind === "topology") {
    return { kind: "topology", file: network.file };
  }
  return network.local ? { kind: "local" } : undefined;
}

function fileOf({ own }: Pick<HomePaths, "own">): string {
  return join(own, "network.json");
}
