import { assert, assertEquals } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import { newConfig } from "../../lib/home/config.ts";
import { decodeConfig } from "../../lib/home/config_read.ts";
import { formatConfig } from "../../lib/home/config_template.ts";
import { homePaths } from "../../lib/home/paths.ts";
import { readStrictToml } from "../../lib/home/toml.ts";

const FILE = "/base/clients/alice/config/config.toml";

Deno.test("a config.toml that breaks off anywhere is refused, or all of it is there but its last section", async () => {
  const config = newConfig({
    id: "alice",
    storage: homePaths("/base", "alice").storage,
    nymApiUrls: ["http://127.0.0.1:9/api/"],
    nyxdUrls: [],
    socket: { port: 12_345 },
  });
  const text = formatConfig(config);
  const debug = text.indexOf("[debug");
  let refused = 0;
  for (let length = 0; length < text.length; length++) {
    const half = text.slice(0, length);
    try {
      const table = await readStrictToml(half, FILE);
      const { config: read } = decodeConfig(table, FILE, half);
      assertEquals({ ...read, debug: config.debug }, config);
    } catch (error) {
      assert(error instanceof UsageError, half);
      assert(error.message.includes(FILE), error.message);
      refused++;
    }
  }
  assert(refused > debug / 2, `${refused} of ${text.length}`);
});
