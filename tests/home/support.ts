import { dirname, storagePaths } from "../../lib/home/paths.ts";
import { newConfig } from "../../lib/home/config.ts";
import type { ClientConfig } from "../../lib/home/config.ts";
import { unhex } from "../support/hex.ts";

/** The permission bits of a file or folder, in octal digits. */
export async function modeOf(path: string): Promise<string> {
  const { mode } = await Deno.lstat(path);
  return (mode! & 0o7777).toString(8);
}

/** Write a file with the folders above it, open to all as the official client leaves some. */
export async function writeOpen(
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true, mode: 0o755 });
  if (typeof content === "string") await Deno.writeTextFile(path, content);
  else await Deno.writeFile(path, content);
}

/** The number of bytes from `first` on that follow one another. */
export function count(first: number, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => first + i);
}

/** The keys that the layouts in `tests/fixtures/homes` have: bytes that count up from zero. */
export const KEYS = {
  identity: {
    secret: count(0x00, 32),
    public: unhex(
      "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8",
    ),
  },
  encryption: {
    secret: count(0x20, 32),
    public: unhex(
      "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254",
    ),
  },
  ackKey: count(0x40, 16),
};

/** The gateway of those layouts. */
export const GATEWAY = "BNjYZPxzcJwczXHHgBxCAyVJKxN6LPteDRrKapxWmexv";

/** A configuration with nothing special in it. */
export function plainConfig(dataDir = "/nowhere/data"): ClientConfig {
  return newConfig({
    id: "alice",
    storage: storagePaths(dataDir),
    nymApiUrls: ["https://validator.nymtech.net/api/"],
    nyxdUrls: ["https://rpc.nymtech.net/"],
  });
}
