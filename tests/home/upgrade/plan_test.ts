import { assert, assertEquals, assertRejects } from "@std/assert";
import { CryptoError, UsageError } from "../../../lib/errors.ts";
import { loadConfig } from "../../../lib/home/config_read.ts";
import { DEFAULT_DEBUG } from "../../../lib/home/debug.ts";
import { detectLayout } from "../../../lib/home/layout.ts";
import { homePaths } from "../../../lib/home/paths.ts";
import { encodePem } from "../../../lib/home/pem.ts";
import { readStrictToml } from "../../../lib/home/toml.ts";
import {
  describeRemainder,
  describeStep,
} from "../../../lib/home/upgrade/describe.ts";
import {
  planUpgrade,
  type UpgradePlan,
} from "../../../lib/home/upgrade/plan.ts";
import { count, GATEWAY } from "../support.ts";
import { layHome, OLD_HOMES } from "./support.ts";
import { tempFolder } from "../../support/temp_folder.ts";

/** What people would read. */
function told(plan: UpgradePlan): string {
  return [
    ...plan.steps.map(describeStep),
    ...plan.remaining.map((rest) => describeRemainder(rest, plan.id)),
  ].join("\n");
}

Deno.test.each(OLD_HOMES)(
  "detectLayout() knows the home of %s",
  async (version, layout) => {
    await using folder = await tempFolder();
    const paths = await layHome(folder.path, version);
    const text = await Deno.readTextFile(paths.config);
    assertEquals(detectLayout(await readStrictToml(text, "f")), {
      kind: "old",
      layout,
    });
    const error = await assertRejects(
      () => loadConfig(paths.config),
      UsageError,
    );
    assert(error.message.includes(`nym-client ${layout}`));
    assert(error.hint!.includes("nymwire upgrade --id alice"));
  },
);

Deno.test("detectLayout() knows the current layout, whatever version it names", async () => {
  await using folder = await tempFolder();
  const { config } = await layHome(folder.path, "1.1.57");
  const text = await Deno.readTextFile(config);
  const of = async (text: string) =>
    detectLayout(await readStrictToml(text, "f"));
  assertEquals(await of(text), { kind: "current" });
  assertEquals(await of(text.replace("1.1.57", "2.0.0")), { kind: "current" });
});

Deno.test("detectLayout() tells what is newer from what is nothing", () => {
  const of = (client: Record<string, unknown>) => detectLayout({ client });
  assertEquals(of({ version: "1.2.0" }), { kind: "future", version: "1.2.0" });
  assertEquals(of({ version: "1.1.76" }), { kind: "unknown" });
  assertEquals(of({ version: "v1.1.77-rc.1" }).kind, "future");
  assertEquals(of({ version: "soon" }), { kind: "unknown" });
  assertEquals(of({}), { kind: "unknown" });
  assertEquals(detectLayout({ client: 5 }), { kind: "unknown" });
  assertEquals(detectLayout({}), { kind: "unknown" });
});

Deno.test.each(OLD_HOMES)(
  "planUpgrade() brings %s up to date on paper",
  async (version, layout) => {
    await using folder = await tempFolder();
    const paths = await layHome(folder.path, version);
    const before = await Deno.readTextFile(paths.config);
    const plan = await planUpgrade(paths);
    assertEquals([plan.id, plan.from, plan.to], ["alice", layout, "1.1.76"]);
    assertEquals(await Deno.readTextFile(paths.config), before);
    assertEquals(
      plan.steps.filter(({ kind }) => kind !== "setting").map(({ kind }) =>
        kind
      ),
      ["makeGateways"],
    );
    const text = plan.result.config!;
    await Deno.writeTextFile(paths.config, text);
    const { config } = await loadConfig(paths.config);
    assertEquals(config.version, "1.1.76");
    assertEquals(config.id, "alice");
    assert(config.disabledCredentialsMode);
    assertEquals(config.socket, {
      enabled: true,
      host: "127.0.0.1",
      port: 1988,
    });
    assertEquals(config.storage.keys, paths.storage.keys);
    assertEquals(
      config.storage.gatewayRegistrations,
      paths.storage.gatewayRegistrations,
    );
    assertEquals(config.nyxdUrls, ["https://rpc.nymtech.net/"]);
    assertEquals(
      config.nymApiUrls[0]!.replace(/\/$/, ""),
      "https://validator.nymtech.net/api",
    );
    const { traffic, coverTraffic, acknowledgements } = config.debug;
    assertEquals(coverTraffic.loopCoverTrafficAverageDelay, 400);
    assertEquals(traffic.averagePacketDelay, version === "1.1.34" ? 70 : 15);
    assertEquals(acknowledgements.averageAckDelay, 15);
    assertEquals(
      traffic.secondaryPacketSize,
      version === "1.1.13" ? "extended16" : undefined,
    );
  },
);

Deno.test.each(OLD_HOMES)(
  "planUpgrade() keeps every comment of %s",
  async (version, _layout) => {
    await using folder = await tempFolder();
    const paths = await layHome(folder.path, version);
    const before = await Deno.readTextFile(paths.config);
    const after = (await planUpgrade(paths)).result.config!;
    for (const [comment] of before.matchAll(/#.*$/gm)) {
      assert(after.includes(comment), `${comment} is gone`);
    }
    // What stood above a setting stands above it still.
    for (
      const [above, below] of [
        ["(note of the user)", "listening_port = 1988"],
        ["(note of the user)", "loop_cover_traffic_average_delay = '400ms'"],
        ["# The secret half of the identity.", "private_identity_key_file = "],
        ["# The key of acknowledgements.", "ack_key_file = "],
      ]
    ) {
      const lines = after.split("\n");
      const index = lines.findIndex((line) => line.includes(below!));
      assert(
        lines[index - 1]!.includes(above!),
        `${lines[index - 1]} above ${below}`,
      );
    }
    // Settings that are gone can still be read about.
    for (const gone of ["gateway_shared_key_file", "gateway_id", "vpn_mode"]) {
      if (before.includes(gone)) assert(after.includes(gone));
    }
  },
);

Deno.test.each(OLD_HOMES)(
  "planUpgrade() writes TOML for %s that the official client's parser reads",
  async (version, _layout) => {
    await using folder = await tempFolder();
    const paths = await layHome(folder.path, version);
    const text = (await planUpgrade(paths)).result.config!;
    // TOML 1.0 knows neither commas at the end of inline tables nor line breaks in them.
    for (const [table] of text.matchAll(/\{[^}]*\}/g)) {
      assert(!/,\s*\}|\n/.test(table), table);
    }
    assert(!text.includes("\r"));
  },
);

Deno.test("planUpgrade() has nothing to do for a home that is up to date", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.57");
  const plan = await planUpgrade(paths);
  assertEquals(plan.from, "1.1.76");
  assertEquals(plan.steps.map(({ kind }) => kind), ["makeGateways"]);
  assertEquals(plan.result.config, undefined);
});

Deno.test.each(["0.11.0", "0.12.1", "1.0.1", "1.1.21", "1.1.20-2", "1.1.22"])(
  "planUpgrade() says that %s has no gateway left, and which it was",
  async (version) => {
    await using folder = await tempFolder();
    const plan = await planUpgrade(await layHome(folder.path, version));
    assertEquals(plan.remaining, [{ kind: "register", gateway: GATEWAY }]);
    const text = told(plan);
    assert(
      text.includes(`nymwire gateways add --id alice --gateway ${GATEWAY}`),
    );
    assert(text.includes("the last part of the address will change"));
  },
);

Deno.test("planUpgrade() tells every change, and no secret", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.0.1");
  const text = told(await planUpgrade(paths));
  assert(
    text.includes(
      "move client.ack_key_file to storage_paths.keys.ack_key_file",
    ),
  );
  assert(text.includes("set client.version = '1.1.76' (was '1.0.1')"));
  assert(text.includes("drop client.eth_private_key (was a secret)"));
  assert(text.includes("drop debug.average_packet_delay (was '50ms')"));
  assert(!text.includes("00000001"));
});

Deno.test("planUpgrade() says what has become of vpn mode", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "0.11.0");
  const text = await Deno.readTextFile(paths.config);
  await Deno.writeTextFile(
    paths.config,
    text.replace("vpn_mode = false", "vpn_mode = true"),
  );
  assert(told(await planUpgrade(paths)).includes("--no-cover"));
});

Deno.test("planUpgrade() puts the urls of another network in the place of old ones", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.22");
  const urls = {
    apiUrls: ["http://127.0.0.1:8000/api/"],
    nyxdUrls: ["http://127.0.0.1:1/"],
  };
  const plan = await planUpgrade(paths, { urls });
  await Deno.writeTextFile(paths.config, plan.result.config!);
  const { config } = await loadConfig(paths.config);
  assertEquals([config.nymApiUrls, config.nyxdUrls], [
    urls.apiUrls,
    urls.nyxdUrls,
  ]);
});

Deno.test("planUpgrade() refuses another network for a home that is up to date, and takes its own", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.22");
  const urls = { apiUrls: ["http://127.0.0.1:8000/api/"], nyxdUrls: [] };
  const { result } = await planUpgrade(paths, { urls });
  await Deno.writeTextFile(paths.config, result.config!);
  await planUpgrade(paths, { urls });
  const error = await assertRejects(
    () => planUpgrade(paths, { urls: { ...urls, apiUrls: ["http://other"] } }),
    UsageError,
    "on the network of http://127.0.0.1:8000/api/",
  );
  assertEquals(error.exitCode ?? 2, 2);
});

Deno.test("planUpgrade() reads the numbers of the oldest files as milliseconds", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "0.11.0");
  const text = await Deno.readTextFile(paths.config);
  await Deno.writeTextFile(
    paths.config,
    text.replace("average_packet_delay = '50ms'", "average_packet_delay = 60")
      .replace("'400ms'", "500") +
      "gateway_response_timeout = 1500\nvpn_key_reuse_limit = 9\n",
  );
  const plan = await planUpgrade(paths);
  await Deno.writeTextFile(paths.config, plan.result.config!);
  const { config } = await loadConfig(paths.config);
  assertEquals(config.debug.traffic.averagePacketDelay, 60);
  assertEquals(config.debug.coverTraffic.loopCoverTrafficAverageDelay, 500);
  assertEquals(config.debug.gatewayConnection.gatewayResponseTimeout, 1500);
  assertEquals(config.debug.replySurbs, DEFAULT_DEBUG.replySurbs);
});

Deno.test("planUpgrade() finds the files of a home that was moved", async () => {
  await using folder = await tempFolder();
  const old = await layHome(`${folder.path}/old`, "1.1.22");
  await Deno.rename(`${folder.path}/old`, `${folder.path}/new`);
  const paths = homePaths(`${folder.path}/new`, "alice");
  const plan = await planUpgrade(paths);
  await Deno.writeTextFile(paths.config, plan.result.config!);
  const { config } = await loadConfig(paths.config);
  assertEquals(config.storage, paths.storage);
  assertEquals(plan.remaining, [{ kind: "register", gateway: GATEWAY }]);
  assert(!plan.result.config!.includes(`file = '${old.home}/data/ack`));
});

Deno.test("planUpgrade() corrects the paths of a current home that was moved, and nothing else", async () => {
  await using folder = await tempFolder();
  await layHome(`${folder.path}/old`, "1.1.57");
  await Deno.rename(`${folder.path}/old`, `${folder.path}/new`);
  const paths = homePaths(`${folder.path}/new`, "alice");
  const before = await Deno.readTextFile(paths.config);
  const plan = await planUpgrade(paths);
  assertEquals(plan.steps.filter(({ kind }) => kind === "setting").length, 8);
  assertEquals(
    plan.result.config!.replaceAll(
      `${folder.path}/new/`,
      `${folder.path}/old/`,
    ),
    before,
  );
});

Deno.test("planUpgrade() copes with a file in a style of its own", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.22");
  const { keys } = paths.storage;
  await Deno.writeTextFile(
    paths.config,
    `# one line for everything
client = { version = "1.1.30", id = "alice", nyxd_urls = ["https://rpc.nymtech.net"], "nym_api_urls" = ["https://validator.nymtech.net/api/"] }
socket.listening_port = 1988
logging = {}
[storage_paths.keys] # mine
private_identity_key_file = "${keys.privateIdentity}"
public_identity_key_file = "${keys.publicIdentity}"
private_encryption_key_file = """${keys.privateEncryption}"""
public_encryption_key_file = '''${keys.publicEncryption}'''
gateway_shared_key_file = "${paths.dataDir}/gateway_shared.pem"
ack_key_file = "${keys.ackKey}"
[storage_paths]
credentials_database = "${paths.dataDir}/c.db"
reply_surb_database = "${paths.dataDir}/r.sqlite"
gateway_details = "${paths.dataDir}/gateway_details.json"
[debug]
traffic = { average_packet_delay = "60ms" } # why not
`,
  );
  const plan = await planUpgrade(paths);
  const text = plan.result.config!;
  for (const comment of ["# one line for everything", "# mine", "# why not"]) {
    assert(text.includes(comment), text);
  }
  await Deno.writeTextFile(paths.config, text);
  const { config } = await loadConfig(paths.config);
  assertEquals(config.debug.traffic.averagePacketDelay, 60);
  assertEquals(config.storage.keys, keys);
});

Deno.test("planUpgrade() keeps the line ends of Windows readable", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.21");
  const text = await Deno.readTextFile(paths.config);
  await Deno.writeTextFile(paths.config, text.replaceAll("\n", "\r\n"));
  const plan = await planUpgrade(paths);
  await Deno.writeTextFile(paths.config, plan.result.config!);
  await loadConfig(paths.config);
});

Deno.test.each([
  ["no home", undefined, "it is missing"],
  [
    "a newer version",
    "[client]\nversion = '9.0.0'\n",
    "newer than this nymwire",
  ],
  ["half a file", "[client]\nversion = '1.1.22'\nid = 'a", ":3:"],
  ["something else", "[mixnode]\nversion = '1.1.22'\n", "not, or not all of"],
])("planUpgrade() refuses %s", async (_, text, message) => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.22");
  if (text === undefined) await Deno.remove(paths.config);
  else await Deno.writeTextFile(paths.config, text);
  await assertRejects(() => planUpgrade(paths), UsageError, message);
});

Deno.test.each([
  [
    "average_packet_delay = '50ms'",
    "average_packet_delay = 'soon'",
    "debug.traffic.average_packet_delay: need a duration",
  ],
  [
    "average_packet_delay = '50ms'",
    "average_packet_delays = '50ms'",
    "there is no such setting",
  ],
  ["listening_port = 1988", "listening_port = 'x'", "socket.listening_port"],
])(
  "planUpgrade() refuses a setting that never made sense: %s → %s",
  async (from, to, message) => {
    await using folder = await tempFolder();
    const paths = await layHome(folder.path, "1.1.22");
    const text = await Deno.readTextFile(paths.config);
    await Deno.writeTextFile(paths.config, text.replace(from, to));
    await assertRejects(() => planUpgrade(paths), UsageError, message);
  },
);

Deno.test("planUpgrade() refuses a home without its keys, or with keys that disagree", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "0.11.0");
  const { privateIdentity } = paths.storage.keys;
  await Deno.writeTextFile(
    privateIdentity,
    encodePem("ED25519 PRIVATE KEY", count(9, 32)),
  );
  await assertRejects(() => planUpgrade(paths), CryptoError);
  await Deno.remove(privateIdentity);
  await assertRejects(() => planUpgrade(paths), UsageError, privateIdentity);
});
