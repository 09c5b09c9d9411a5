import { type HomePaths, homePaths } from "../../../lib/home/paths.ts";
import { encodePem } from "../../../lib/home/pem.ts";
import { writeKeys } from "../../../lib/home/keys.ts";
import { count, KEYS, writeOpen } from "../support.ts";

const FIXTURES = new URL("../../fixtures/homes/", import.meta.url);

/** Every old layout by the version whose home stands for it, and one that is current but for the version it names. */
export const OLD_HOMES = [
  ["0.11.0", "0.11"],
  ["0.12.1", "0.12"],
  ["1.0.1", "1.0"],
  ["1.1.0", "1.1.0-1.1.3"],
  ["1.1.3", "1.1.0-1.1.3"],
  ["1.1.4", "1.1.4-1.1.13"],
  ["1.1.13", "1.1.4-1.1.13"],
  ["1.1.21", "1.1.14-1.1.21"],
  ["1.1.20-2", "1.1.20-2"],
  ["1.1.22", "1.1.22-1.1.33"],
  ["1.1.34", "1.1.34-1.1.54"],
] as const;

/** The text of a fixture for a home. */
export async function fixtureText(
  version: string,
  paths: HomePaths,
): Promise<string> {
  const text = await Deno.readTextFile(new URL(`${version}.toml`, FIXTURES));
  return text.replaceAll("@HOME@", paths.home).replaceAll(
    "@ROOT@",
    `${paths.base}/clients`,
  );
}

/** Lay out the home of a version as it left it: keys, settings, and what else it had of a gateway. */
export async function layHome(
  base: string,
  version: string,
): Promise<HomePaths> {
  const paths = homePaths(base, "alice");
  await writeOpen(paths.config, await fixtureText(version, paths));
  await Deno.mkdir(paths.dataDir, { recursive: true });
  await writeKeys(paths.storage.keys, KEYS);
  const label = "AES-128-CTR + HMAC-BLAKE3 GATEWAY SHARED KEYS";
  const [major, minor, patch] = version.split(/[.-]/).map(Number);
  const number = major! * 10_000 + minor! * 100 + patch!;
  if (number < 10_134) {
    await writeOpen(
      `${paths.dataDir}/gateway_shared.pem`,
      encodePem(label, count(0x50, 32)),
    );
  }
  if (version === "1.1.22") {
    await writeOpen(
      `${paths.dataDir}/gateway_details.json`,
      await Deno.readTextFile(new URL("gateway_details.json", FIXTURES)),
    );
  }
  return paths;
}
