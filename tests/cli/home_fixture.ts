import { decodeBase58 } from "../../lib/bytes/base58.ts";
import { newConfig } from "../../lib/home/config.ts";
import { formatConfig } from "../../lib/home/config_template.ts";
import { openGatewayStore } from "../../lib/home/gateways.ts";
import { writeKeys } from "../../lib/home/keys.ts";
import { homePaths } from "../../lib/home/paths.ts";
import { ensurePrivateFolder } from "../../lib/home/secure_fs.ts";
import { count, GATEWAY, KEYS } from "../home/support.ts";

/** The address of the homes that {@linkcode writeHome} makes. */
export const HOME_ADDRESS =
  `FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF.4brD6b6jnoZn36Ae1YmC86Do4it3FoEFhv5Qzy8VbTWj@${GATEWAY}`;

/** Options of {@linkcode writeHome}. */
export interface WriteHomeOptions {
  /** The port of its websocket. @default 0: nobody else can be there */
  port?: number;
  /** The directories of its network. */
  nymApiUrls?: readonly string[];
}

/** Write a home of the current layout below `base`, with keys that count up and one gateway. */
export async function writeHome(
  base: string,
  id: string,
  options: WriteHomeOptions = {},
): Promise<void> {
  const paths = homePaths(base, id);
  for (const folder of [paths.home, paths.configDir, paths.dataDir]) {
    await ensurePrivateFolder(folder);
  }
  const config = newConfig({
    id,
    storage: paths.storage,
    nymApiUrls: options.nymApiUrls ?? ["http://127.0.0.1:9/api/"],
    nyxdUrls: [],
    socket: { port: options.port ?? 0 },
  });
  await Deno.writeTextFile(paths.config, formatConfig(config));
  await writeKeys(paths.storage.keys, KEYS);
  using store = await openGatewayStore(paths.storage.gatewayRegistrations, {
    create: true,
  });
  const identity = decodeBase58(GATEWAY);
  store.add({
    identity,
    sharedKey: count(0x60, 32),
    listener: "ws://127.0.0.1:9/",
    fallback: null,
    registeredAt: new Date(0),
  });
  store.setActive(identity);
}

if (import.meta.main) await writeHome(Deno.args[0]!, Deno.args[1]!);
