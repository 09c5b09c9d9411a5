import {
  type ConfiguredPacketSize,
  type DebugConfig,
  DEFAULT_DEBUG,
} from "./debug.ts";
import {
  DEBUG_SECTIONS,
  type DebugKind,
  type DebugSection,
  kindsOf,
  rulesOf,
  snakeCase,
} from "./debug_keys.ts";
import { parseDuration } from "./duration.ts";
import type { TableReader } from "./table.ts";
import { isTable } from "./toml.ts";

const PACKET_SIZES: readonly ConfiguredPacketSize[] = [
  "regular",
  "ack",
  "extended8",
  "extended16",
  "extended32",
  "outfox_regular",
  "outfox_ack",
];

const SESSION_TYPES = ["Vpn", "Mixnet", "Wasm", "Native", "Socks5", "Unknown"];

const U8 = 2 ** 8 - 1;
const U32 = 2 ** 32 - 1;

type Values = Record<string, unknown>;

/**
 * Read `[debug]`: what it does not say is the built-in value, what it says too much is refused where the official client
 * refuses it.
 *
 * @throws {UsageError} On a wrong type, value or key, naming it.
 */
export function readDebug(debug: TableReader | undefined): DebugConfig {
  const values = Object.fromEntries(
    DEBUG_SECTIONS.map((section) => [section, readSection(debug, section)]),
  );
  debug?.end();
  // Each section was read by the names and kinds of its own settings.
  const config = values as unknown as DebugConfig;
  const { primaryPacketSize, secondaryPacketSize } = config.traffic;
  if (
    secondaryPacketSize === "ack" || secondaryPacketSize === primaryPacketSize
  ) {
    throw debug!.fault(
      "traffic.secondary_packet_size",
      `need another size than ${primaryPacketSize} and ack, have ${secondaryPacketSize}`,
    );
  }
  return config;
}

function readSection(
  debug: TableReader | undefined,
  section: DebugSection,
): Values {
  const { open, whole } = rulesOf(section);
  const table = debug?.table(snakeCase(section));
  const values: Values = { ...DEFAULT_DEBUG[section] };
  if (table === undefined) return values;
  for (const [name, kind] of kindsOf(section)) {
    const key = snakeCase(name);
    const value = read(table, key, kind);
    if (whole) table.required(key, value);
    if (value !== undefined) values[name] = value;
  }
  // The official client takes an empty address for none, which is the built-in value too.
  if (values.providerAddress === "") values.providerAddress = undefined;
  if (!open) table.end();
  return values;
}

function read(table: TableReader, key: string, kind: DebugKind): unknown {
  switch (kind) {
    case "duration":
      return readDuration(table, key);
    case "secs":
      return readSecs(table, key);
    case "boolean":
      return table.boolean(key);
    case "number":
      return table.number(key);
    case "u8":
      return table.integer(key, { max: U8 });
    case "u32":
      return table.integer(key, { max: U32 });
    case "count":
      return table.integer(key);
    case "packetSize":
      return table.oneOf(key, PACKET_SIZES);
    case "packetType": {
      const word = table.oneOf(key, ["mix", "sphinx", "outfox"]);
      return word === "sphinx" ? "mix" : word;
    }
    case "address":
      return table.string(key);
    case "sessionType":
      return table.oneOf(key, SESSION_TYPES);
    default:
      return kind satisfies never;
  }
}

function readDuration(table: TableReader, key: string): number | undefined {
  const text = table.string(key);
  if (text === undefined) return undefined;
  try {
    return parseDuration(text);
  } catch (cause) {
    throw table.fault(
      key,
      `need a duration such as '200ms', have ${JSON.stringify(text)}`,
      { cause },
    );
  }
}

function readSecs(table: TableReader, key: string): number | undefined {
  const value = table.value(key);
  if (value !== undefined && !isTable(value)) {
    throw table.fault(key, "need { secs = 0, nanos = 15000000 } or the like", {
      hint: "Versions before 1.1.55 wrote it as text: nymwire upgrade",
    });
  }
  const parts = table.table(key);
  if (parts === undefined) return undefined;
  const secs = parts.required("secs", parts.integer("secs"));
  const nanos = parts.required("nanos", parts.integer("nanos", { max: U32 }));
  parts.end();
  return secs * 1000 + nanos / 1e6;
}
