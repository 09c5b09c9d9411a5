import { assert, assertEquals, assertRejects } from "@std/assert";
import { EXIT, UsageError } from "../../lib/errors.ts";
import type { ClientConfig } from "../../lib/home/config.ts";
import { decodeConfig, loadConfig } from "../../lib/home/config_read.ts";
import { formatConfig, tomlText } from "../../lib/home/config_template.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { withFastMode, withoutCover } from "../../lib/home/debug_presets.ts";
import { readStrictToml, readToml } from "../../lib/home/toml.ts";
import { plainConfig } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

const PLAIN = formatConfig(plainConfig());
const NEWER = PLAIN.replace("version = '1.1.76'", "version = '1.2.0'");

/** The line that `part` is on, counted from 1. */
function lineOf(part: string): number {
  return PLAIN.slice(0, PLAIN.indexOf(part)).split("\n").length;
}

async function decode(text: string): Promise<ClientConfig> {
  const table = await readStrictToml(text, "config.toml");
  return decodeConfig(table, "config.toml").config;
}

/** The error that reading `text` ends with. */
async function refusal(text: string): Promise<string> {
  const error = await assertRejects(() => decode(text), UsageError);
  assert(error.hint);
  return error.message;
}

Deno.test("formatConfig() writes what decodeConfig() reads", async () => {
  assertEquals(await decode(PLAIN), plainConfig());
});

Deno.test("formatConfig() gives the layout's version, never our own", () => {
  assert(PLAIN.includes("\nversion = '1.1.76'\n"));
});

Deno.test("formatConfig() writes the keys of the official template and no other", async () => {
  const table = await readToml(PLAIN, "config.toml");
  const { given } = decodeConfig(table, "config.toml");
  assertEquals(
    [...given].sort(),
    [
      "client",
      "client.disabled_credentials_mode",
      "client.id",
      "client.nym_api_urls",
      "client.nyxd_urls",
      "client.version",
      "debug",
      "debug.acknowledgements",
      "debug.acknowledgements.average_ack_delay",
      "debug.cover_traffic",
      "debug.cover_traffic.loop_cover_traffic_average_delay",
      "debug.forget_me",
      "debug.forget_me.client",
      "debug.forget_me.stats",
      "debug.stats_reporting",
      "debug.stats_reporting.enabled",
      "debug.stats_reporting.provider_address",
      "debug.stats_reporting.reporting_interval",
      "logging",
      "socket",
      "socket.host",
      "socket.listening_port",
      "socket.socket_type",
      "storage_paths",
      "storage_paths.credentials_database",
      "storage_paths.gateway_registrations",
      "storage_paths.keys",
      "storage_paths.keys.ack_key_file",
      "storage_paths.keys.private_encryption_key_file",
      "storage_paths.keys.private_identity_key_file",
      "storage_paths.keys.public_encryption_key_file",
      "storage_paths.keys.public_identity_key_file",
      "storage_paths.reply_surb_database",
    ],
  );
});

Deno.test("formatConfig() keeps presets, which the official template loses", async () => {
  for (const preset of [withFastMode, withoutCover]) {
    const config = { ...plainConfig(), debug: preset(DEFAULT_DEBUG) };
    assertEquals(await decode(formatConfig(config)), config);
  }
});

Deno.test("formatConfig() writes every setting so that it is read again", async () => {
  const { traffic, replySurbs } = DEFAULT_DEBUG;
  const config: ClientConfig = {
    ...plainConfig(),
    socket: { enabled: false, host: "::1", port: 0 },
    nymApiUrls: [],
    debug: {
      ...DEFAULT_DEBUG,
      traffic: {
        ...traffic,
        messageSendingAverageDelay: 1234.5,
        maximumNumberOfRetransmissions: 7,
        primaryPacketSize: "extended8",
        secondaryPacketSize: "extended32",
        packetType: "outfox",
      },
      coverTraffic: {
        ...DEFAULT_DEBUG.coverTraffic,
        coverTrafficPrimarySizeRatio: 1,
      },
      replySurbs: { ...replySurbs, surbMixHops: 3 },
      rememberMe: { stats: false, sessionType: "Native" },
      statsReporting: {
        ...DEFAULT_DEBUG.statsReporting,
        providerAddress: "a.b@c",
      },
    },
  };
  assertEquals(await decode(formatConfig(config)), config);
});

Deno.test("tomlText() writes odd paths so that they are read again", async () => {
  for (
    const text of ["/o'brien", "a\\b", "tab\t", "line\nbreak", "\x7f", "é"]
  ) {
    assertEquals(await readStrictToml(`a = ${tomlText(text)}`, "f"), {
      a: text,
    });
  }
});

Deno.test("decodeConfig() fills in what the file does not say", async () => {
  const short = PLAIN.replace(/\[debug\][^]*$/, "").replace(
    /\[socket\][^[]*/,
    "[socket]\n",
  );
  const config = await decode(short);
  assertEquals(config.debug, DEFAULT_DEBUG);
  assertEquals(config.socket, plainConfig().socket);
  const silent = await decode(
    short.replace(/disabled_credentials_mode.*\n/, ""),
  );
  assert(!silent.disabledCredentialsMode);
});

Deno.test("decodeConfig() takes the old names of the urls, and normalises", async () => {
  const text = PLAIN.replace("nyxd_urls", "validator_urls")
    .replace("nym_api_urls", "validator_api_urls")
    .replace("https://rpc.nymtech.net/", "https://RPC.nymtech.net");
  const { nyxdUrls, nymApiUrls } = await decode(text);
  assertEquals(nyxdUrls, ["https://rpc.nymtech.net/"]);
  assertEquals(nymApiUrls, ["https://validator.nymtech.net/api/"]);
});

Deno.test("decodeConfig() lets pass what the official client lets pass", async () => {
  await decode(`${PLAIN}\n[something]\nelse = 1\n`);
  await decode(PLAIN.replace("[storage_paths]", "[storage_paths]\nmore = 1"));
  await decode(`${PLAIN}\n[debug.topology]\ntopology_structure = 'NymApi'\n`);
  await decode(PLAIN.replace("[debug.forget_me]", "[debug.forget_me]\nx = 1"));
});

Deno.test.each([
  ["[client]", "[client]\nours = 1", "client.ours: there is no such setting"],
  ["[socket]", "[socket]\nport = 1", "socket.port: there is no such setting"],
  ["[logging]", "[logging]\nlevel = 1", "logging.level"],
  ["[debug]\n", "[debug]\nx = 1\n", "debug.x"],
  [
    "[debug.acknowledgements]",
    "[debug.acknowledgements]\ny = 1",
    "debug.acknowledgements.y",
  ],
  ["id = 'alice'", "id = 5", "client.id: need text in quotes, have 5"],
  ["id = 'alice'", "", "client.id: it is missing"],
  [
    "= 1977",
    "= 70000",
    "socket.listening_port: need a whole number from 0 to 65535",
  ],
  ["= 1977", "= '1977'", "socket.listening_port"],
  [
    "= 'WebSocket'",
    "= 'websocket'",
    "socket.socket_type: need WebSocket or None",
  ],
  ["'127.0.0.1'", "'localhost'", "socket.host: need an IP address"],
  ["'15ms'", "15", "debug.acknowledgements.average_ack_delay: need text"],
  [
    "'15ms'",
    "'15'",
    "debug.acknowledgements.average_ack_delay: need a duration",
  ],
  [
    "client = false",
    "client = 0",
    "debug.forget_me.client: need true or false",
  ],
  ["client = false", "", "debug.forget_me.client: it is missing"],
  ["'https://rpc.nymtech.net/'", "'rpc'", "client.nyxd_urls[0]: need a URL"],
  ["'https://rpc.nymtech.net/'", "5", "client.nyxd_urls: need a list of texts"],
  ["[socket]", "[sockets]", "socket: it is missing"],
  ["[logging]", "", "logging: it is missing"],
])("decodeConfig() refuses %s as %s", async (from, to, message) => {
  assert(PLAIN.includes(from));
  const said = await refusal(PLAIN.replace(from, to));
  assert(said.startsWith(`Cannot read config.toml: ${message}`), said);
});

Deno.test.each([
  [
    "average_packet_delay = { secs = 0 }",
    "debug.traffic.average_packet_delay.nanos: it is missing",
  ],
  [
    "average_packet_delay = { secs = 0, nanos = 1, x = 1 }",
    "debug.traffic.average_packet_delay.x",
  ],
  [
    "average_packet_delay = 15",
    "debug.traffic.average_packet_delay: need { secs",
  ],
  [
    "primary_packet_size = 'big'",
    "debug.traffic.primary_packet_size: need regular or",
  ],
  [
    "secondary_packet_size = 'regular'",
    "debug.traffic.secondary_packet_size: need another size",
  ],
  [
    "secondary_packet_size = 'ack'",
    "debug.traffic.secondary_packet_size: need another size",
  ],
  [
    "maximum_number_of_retransmissions = -1",
    "debug.traffic.maximum_number_of_retransmissions",
  ],
])("decodeConfig() refuses [debug.traffic] %s", async (line, message) => {
  const said = await refusal(`${PLAIN}\n[debug.traffic]\n${line}\n`);
  assert(said.startsWith(`Cannot read config.toml: ${message}`), said);
});

Deno.test("decodeConfig() reads delays as seconds and nanoseconds", async () => {
  const { debug } = await decode(
    `${PLAIN}\n[debug.traffic]\naverage_packet_delay = { secs = 1, nanos = 500000 }\n`,
  );
  assertEquals(debug.traffic.averagePacketDelay, 1000.5);
});

Deno.test("decodeConfig() blames a newer version for keys that it does not know", async () => {
  const said = await refusal(
    NEWER.replace("[client]", "[client]\nnew = 1"),
  );
  assert(said.includes("client.new"), said);
  assert(said.includes("nym-client 1.2.0"), said);
});

Deno.test("decodeConfig() takes a newer version whose layout it knows", async () => {
  assertEquals(
    (await decode(NEWER)).version,
    "1.2.0",
  );
});

Deno.test("loadConfig() says which file is missing, and what to do", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/config.toml`;
  const error = await assertRejects(() => loadConfig(path), UsageError);
  assertEquals(error.message, `Cannot read ${path}: it is missing`);
  assert(error.hint!.includes("nymwire init"));
});

Deno.test.each([
  ["id = 'alice'", "id = 'alice", 0, 12],
  ["id = 'alice'", "id = alice", 0, 6],
  ["id = 'alice'", "id 'alice'", 0, 4],
  ["[socket]", "[socket", 0, 8],
])(
  "loadConfig() gives line and column of a broken file: %s → %s",
  async (from, to, down, column) => {
    await using folder = await tempFolder();
    const path = `${folder.path}/config.toml`;
    await Deno.writeTextFile(path, PLAIN.replace(from, to));
    for (const light of [true, false]) {
      const error = await assertRejects(
        () => loadConfig(path, { light }),
        UsageError,
      );
      assertEquals(error.exitCode ?? EXIT.usage, EXIT.usage);
      assert(
        error.message.startsWith(
          `Cannot read ${path}:${lineOf(from) + down}:${column}:`,
        ),
        error.message,
      );
    }
  },
);

Deno.test("loadConfig() refuses a key given twice, as the official client does", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/config.toml`;
  await Deno.writeTextFile(
    path,
    PLAIN.replace("[client]", "[client]\nid = 'bob'"),
  );
  const error = await assertRejects(() => loadConfig(path), UsageError);
  assert(
    error.message.startsWith(`Cannot read ${path}:${lineOf("id = '") + 1}:1:`),
    error.message,
  );
});

Deno.test("loadConfig() never takes half a file for a whole one", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/config.toml`;
  const end = PLAIN.indexOf("[debug]");
  for (let length = 0; length < end; length += 17) {
    await Deno.writeTextFile(path, PLAIN.slice(0, length));
    const cutAfterLogging = length > PLAIN.indexOf("[logging]") + 9;
    if (cutAfterLogging) continue;
    await assertRejects(() => loadConfig(path), UsageError);
  }
});
