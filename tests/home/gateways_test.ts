import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { DecodeError, EXIT, UsageError } from "../../lib/errors.ts";
import {
  type GatewayRegistration,
  openGatewayStore,
  readGatewayStore,
} from "../../lib/home/gateways.ts";
import { shortKey } from "../../lib/bytes/short_key.ts";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import { count, modeOf } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

const FIRST: GatewayRegistration = {
  identity: count(1, 32),
  sharedKey: count(100, 32),
  listener: "ws://127.0.0.1:9000/",
  fallback: null,
  registeredAt: new Date("2026-05-16T06:27:52.123Z"),
};
const SECOND: GatewayRegistration = {
  ...FIRST,
  identity: count(2, 32),
  listener: "wss://gateway.example/",
  fallback: "ws://192.0.2.1:9000/",
};

Deno.test("GatewayStore keeps registrations and which of them is active", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/gateways.sqlite`;
  {
    using store = await openGatewayStore(path, { create: true });
    assertEquals(store.active(), undefined);
    store.add(FIRST);
    store.add(SECOND);
    assertEquals(store.active(), undefined);
    store.setActive(SECOND.identity);
  }
  using store = await openGatewayStore(path);
  assertEquals(store.list(), [FIRST, SECOND]);
  assertEquals(store.active(), SECOND);
});

Deno.test("GatewayStore.remove() leaves nothing, and no active gateway that is gone", async () => {
  await using folder = await tempFolder();
  using store = await openGatewayStore(`${folder.path}/g`, { create: true });
  store.add(FIRST);
  store.add(SECOND);
  store.setActive(FIRST.identity);
  store.remove(SECOND.identity);
  assertEquals(store.active(), FIRST);
  store.remove(FIRST.identity);
  assertEquals(store.active(), undefined);
  assertEquals(store.list(), []);
  store.add(FIRST);
});

Deno.test("GatewayStore refuses a gateway twice, and one that it does not have", async () => {
  await using folder = await tempFolder();
  using store = await openGatewayStore(`${folder.path}/g`, { create: true });
  store.add(FIRST);
  assertThrows(() => store.add(FIRST), UsageError, "already");
  const { identity } = SECOND;
  assertThrows(() => store.setActive(identity), UsageError, "not registered");
  assertThrows(() => store.remove(identity), UsageError, "not registered");
});

Deno.test("GatewayStore.setListeners() notes where a gateway has moved", async () => {
  await using folder = await tempFolder();
  using store = await openGatewayStore(`${folder.path}/g`, { create: true });
  store.add(FIRST);
  const { listener, fallback } = SECOND;
  const now = new Date("2026-06-01T00:00:00Z");
  store.setListeners(FIRST.identity, { listener, fallback }, now);
  assertEquals(store.list(), [{ ...FIRST, listener, fallback }]);
});

Deno.test("openGatewayStore() makes files that only their owner may read", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  using store = await openGatewayStore(path, { create: true });
  store.add(FIRST);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    assertEquals(await modeOf(file), "600");
  }
});

Deno.test("openGatewayStore() makes the official schema", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  (await openGatewayStore(path, { create: true })).close();
  using database = new DatabaseSync(path);
  const rows = (sql: string) =>
    database.prepare(sql).all().map((row) => Object.values(row).join("|"));
  assertEquals(rows("PRAGMA journal_mode"), ["wal"]);
  assertEquals(rows("PRAGMA auto_vacuum"), ["2"]);
  // name, type, not null, default, primary key: as the five official migrations leave them.
  const columns = (table: string) =>
    rows(
      `SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info('${table}')`,
    );
  assertEquals(columns("registered_gateway"), [
    "gateway_id_bs58|TEXT|1||1",
    "registration_timestamp|TIMESTAMP WITHOUT TIME ZONE|1||0",
    "gateway_type|TEXT|1|'remote'|0",
  ]);
  assertEquals(columns("active_gateway"), [
    "id|INTEGER|0||1",
    "active_gateway_id_bs58|TEXT|0||0",
  ]);
  assertEquals(columns("custom_gateway_details"), [
    "gateway_id_bs58|TEXT|1||1",
    "data|BLOB|0||0",
  ]);
  assertEquals(columns("remote_gateway_details"), [
    "gateway_id_bs58|TEXT|1||1",
    "derived_aes256_gcm_siv_key|BLOB|1||0",
    "gateway_listener|TEXT|1||0",
    "fallback_listener|TEXT|0||0",
    "expiration_timestamp|DATETIME|1||0",
  ]);
  assertEquals(columns("_sqlx_migrations"), [
    "version|BIGINT|0||1",
    "description|TEXT|1||0",
    "installed_on|TIMESTAMP|1|CURRENT_TIMESTAMP|0",
    "success|BOOLEAN|1||0",
    "checksum|BLOB|1||0",
    "execution_time|BIGINT|1||0",
  ]);
  for (
    const table of [
      "active_gateway",
      "custom_gateway_details",
      "remote_gateway_details",
    ]
  ) {
    const [key] = rows(
      `SELECT "table", "to" FROM pragma_foreign_key_list('${table}')`,
    );
    assertEquals(key, "registered_gateway|gateway_id_bs58");
  }
  assertEquals(rows("SELECT * FROM active_gateway"), ["0|"]);
  assertEquals(
    rows(
      "SELECT version, description, success, length(checksum) FROM _sqlx_migrations",
    ),
    [
      "20240304120000|create initial tables|1|48",
      "20240610120000|nullable gateway owner|1|48",
      "20240828120000|remove wg address|1|48",
      "20240916120000|add aes256 gcm siv key|1|48",
      "20251126120000|remove legacy add fallback|1|48",
    ],
  );
  assertThrows(() =>
    database.exec("INSERT INTO active_gateway (id) VALUES (1)")
  );
  assertThrows(() =>
    database.exec("INSERT INTO registered_gateway VALUES ('x', 'y', 'other')")
  );
  assertThrows(() =>
    database.exec("INSERT INTO custom_gateway_details VALUES ('x', NULL)")
  );
});

Deno.test("openGatewayStore() reads times as the official library and SQLite write them", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  using store = await openGatewayStore(path, { create: true });
  store.add(FIRST);
  using database = new DatabaseSync(path);
  for (
    const [text, iso] of [
      ["2026-05-16T06:27:52.123456789Z", "2026-05-16T06:27:52.123Z"],
      ["2026-05-16T08:27:52+02:00", "2026-05-16T06:27:52.000Z"],
      ["1970-01-01 00:00:00", "1970-01-01T00:00:00.000Z"],
    ]
  ) {
    database.prepare("UPDATE registered_gateway SET registration_timestamp = ?")
      .run(text!);
    assertEquals(store.list()[0]!.registeredAt.toISOString(), iso);
  }
});

Deno.test.each([
  "UPDATE registered_gateway SET registration_timestamp = 'soon'",
  "UPDATE remote_gateway_details SET derived_aes256_gcm_siv_key = x'00'",
  "UPDATE remote_gateway_details SET derived_aes256_gcm_siv_key = 'text'",
  "UPDATE remote_gateway_details SET gateway_listener = x'00'",
  "PRAGMA foreign_keys = OFF; UPDATE registered_gateway SET gateway_id_bs58 = 'short'; UPDATE remote_gateway_details SET gateway_id_bs58 = 'short'",
])("GatewayStore.list() refuses nonsense after %s", async (sql) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  using store = await openGatewayStore(path, { create: true });
  store.add(FIRST);
  using database = new DatabaseSync(path);
  database.exec(sql);
  const error = assertThrows(() => store.list(), DecodeError);
  assert(error.message.includes(path));
  assertEquals(error.exitCode, EXIT.usage);
});

Deno.test("openGatewayStore() says that the file is missing", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  await assertRejects(
    () => openGatewayStore(path),
    UsageError,
    "it is missing",
  );
});

Deno.test("openGatewayStore() fills an empty file only where one is to be made", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  await Deno.writeFile(path, new Uint8Array());
  for (const open of [openGatewayStore, readGatewayStore]) {
    await assertRejects(() => open(path), UsageError, "it is empty");
  }
  using store = await openGatewayStore(path, { create: true });
  assertEquals(store.list(), []);
});

Deno.test("readGatewayStore() sees what another one has just written", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/100% a?b#c`;
  using store = await openGatewayStore(path, { create: true });
  using empty = await readGatewayStore(path);
  assertEquals(empty.list(), []);
  store.add(FIRST);
  using seen = await readGatewayStore(path);
  assertEquals(seen.list(), [FIRST]);
  store.close();
  using later = await readGatewayStore(path);
  assertEquals(later.list(), [FIRST]);
});

Deno.test.each(
  [
    ["noise", count(7, 9000), "no sound SQLite database"],
    [
      "text",
      new TextEncoder().encode("-----BEGIN"),
      "no sound SQLite database",
    ],
  ] as const,
)("openGatewayStore() leaves %s as it is", async (_, bytes, message) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  await Deno.writeFile(path, bytes);
  for (const create of [true, false]) {
    await assertRejects(
      () => openGatewayStore(path, { create }),
      UsageError,
      message,
    );
  }
  assertEquals(await Deno.readFile(path), bytes);
});

Deno.test("openGatewayStore() finds damage within a database", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  {
    using store = await openGatewayStore(path, { create: true });
    store.add(FIRST);
  }
  const bytes = await Deno.readFile(path);
  bytes.fill(0xa5, 4096 * 2, 4096 * 3);
  await Deno.writeFile(path, bytes);
  await assertRejects(() => openGatewayStore(path), UsageError, "no sound");
});

Deno.test.each(
  [
    ["CREATE TABLE other (x)", "no database of gateways"],
    [
      "DELETE FROM _sqlx_migrations WHERE version > 20250000000000",
      "earlier nym-client",
    ],
    [
      "INSERT INTO _sqlx_migrations VALUES (20990101000000, 'x', '', 1, x'00', 0)",
      "newer",
    ],
    [
      "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 20240610120000",
      "no database of gateways",
    ],
    ["UPDATE _sqlx_migrations SET success = 0", "no database of gateways"],
    ["DROP TABLE remote_gateway_details", "no database of gateways"],
  ] as const,
)("openGatewayStore() refuses another schema: %s", async (sql, message) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  if (!sql.startsWith("CREATE")) {
    (await openGatewayStore(path, { create: true })).close();
  }
  {
    using database = new DatabaseSync(path);
    database.exec(sql);
  }
  await assertRejects(() => openGatewayStore(path), UsageError, message);
});

Deno.test("GatewayStore names gateways in base58", async () => {
  await using folder = await tempFolder();
  using store = await openGatewayStore(`${folder.path}/g`, { create: true });
  const error = assertThrows(() => store.remove(FIRST.identity), UsageError);
  assert(error.message.includes(shortKey(FIRST.identity)), error.message);
  assert(error.hint?.includes(encodeBase58(FIRST.identity)), error.hint);
});
