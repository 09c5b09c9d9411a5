import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { EXIT, UsageError } from "../../../lib/errors.ts";
import { loadConfig } from "../../../lib/home/config_read.ts";
import { openGatewayStore } from "../../../lib/home/gateways.ts";
import {
  createGatewaySchema,
  MIGRATIONS,
} from "../../../lib/home/gateways_schema.ts";
import { acquireLock } from "../../../lib/home/lock.ts";
import { openHome } from "../../../lib/home/open_home.ts";
import { type HomePaths, homePaths } from "../../../lib/home/paths.ts";
import { formatConfig } from "../../../lib/home/config_template.ts";
import {
  applyUpgrade,
  rollbackUpgrade,
} from "../../../lib/home/upgrade/upgrade.ts";
import { planUpgrade } from "../../../lib/home/upgrade/plan.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { otherProcess } from "../other_process.ts";
import { FakeClock } from "../../support/fake_clock.ts";
import { count, GATEWAY, KEYS, modeOf, plainConfig } from "../support.ts";
import { layHome, OLD_HOMES } from "./support.ts";
import { tempFolder } from "../../support/temp_folder.ts";

/** Every file of a home but ours, with a digest of its bytes; databases are brought to rest by whoever closes them. */
async function contents(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (name === "nymwire") continue;
    if (isDirectory) {
      for (const [key, value] of await contents(path)) found.set(key, value);
    } else {
      const bytes = await Deno.readFile(path);
      const digest = await crypto.subtle.digest("SHA-256", bytes);
      found.set(path, new Uint8Array(digest).toHex());
    }
  }
  return found;
}

Deno.test.each(OLD_HOMES)(
  "applyUpgrade() and rollbackUpgrade() take %s there and back",
  async (version, layout) => {
    await using folder = await tempFolder();
    const clock = new FakeClock();
    const paths = await layHome(folder.path, version);
    const before = await contents(paths.home);
    const planned = await planUpgrade(paths);
    const { plan, backup } = await applyUpgrade(paths, { clock });
    assertEquals(plan, planned);
    assertEquals(backup!.from, layout);
    {
      using home = await openHome(paths, { clock });
      assertEquals(home.keys, KEYS);
      assertEquals(home.gateways.active(), undefined);
      assertEquals(home.storage, home.config.storage);
    }
    assertEquals(await modeOf(paths.config), "600");
    assertEquals(await modeOf(paths.home), "700");
    assertEquals(await modeOf(backup!.folder), "700");
    assertEquals(await modeOf(`${backup!.folder}/config.toml`), "600");
    // Again: nothing to do, no second backup.
    const again = await applyUpgrade(paths, { clock });
    assertEquals([again.plan.steps, again.backup], [[], undefined]);
    const restored = await rollbackUpgrade(paths, { clock });
    assertEquals(restored, backup!);
    assertEquals(await contents(paths.home), before);
    await assertRejects(
      () => rollbackUpgrade(paths, { clock }),
      UsageError,
      "no backup",
    );
    // And there once more.
    const third = await applyUpgrade(paths, { clock });
    assertEquals(third.plan, planned);
    await loadConfig(paths.config);
  },
);

/** The tables of an official database before its last migration. */
function layOldGateways(path: string): void {
  using database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL");
  createGatewaySchema(database);
  database.exec(`
    DELETE FROM _sqlx_migrations WHERE version = ${MIGRATIONS.at(-1)!.version};
    DROP TABLE remote_gateway_details;
    CREATE TABLE remote_gateway_details (
      gateway_id_bs58 TEXT NOT NULL UNIQUE PRIMARY KEY REFERENCES registered_gateway (gateway_id_bs58),
      gateway_owner_address TEXT,
      gateway_listener TEXT NOT NULL,
      derived_aes128_ctr_blake3_hmac_keys_bs58 TEXT,
      derived_aes256_gcm_siv_key BLOB
    );
    INSERT INTO registered_gateway VALUES ('${GATEWAY}', '2024-04-24T10:00:00Z', 'remote');
    INSERT INTO remote_gateway_details VALUES ('${GATEWAY}', NULL, 'ws://192.0.2.7:9000/', '6QXY9cM9sX3LioL5m38AvdHbEFFiQiZNhKJjgnWPX3An', NULL);
    INSERT INTO registered_gateway VALUES ('${NEWER}', '2024-11-24T10:00:00.5Z', 'remote');
    UPDATE active_gateway SET active_gateway_id_bs58 = '${GATEWAY}';
  `);
  database.prepare(
    "INSERT INTO remote_gateway_details VALUES (?, NULL, 'ws://192.0.2.8:9000/', NULL, ?)",
  )
    .run(NEWER, count(60, 32));
}

const NEWER = "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF";

/** A home of 1.1.34 or a current one with gateways of the time before the keys of today. */
async function layWithGateways(
  base: string,
  version: "1.1.34" | "1.1.57",
): Promise<HomePaths> {
  const paths = await layHome(base, version);
  layOldGateways(paths.storage.gatewayRegistrations);
  return paths;
}

Deno.test.each(["1.1.34", "1.1.57"] as const)(
  "applyUpgrade() keeps the gateways of %s whose keys are still good",
  async (version) => {
    await using folder = await tempFolder();
    const paths = await layWithGateways(folder.path, version);
    const before = await contents(paths.home);
    await assertRejects(
      () => openGatewayStore(paths.storage.gatewayRegistrations),
      UsageError,
      "earlier nym-client",
    );
    const { plan } = await applyUpgrade(paths);
    const file = paths.storage.gatewayRegistrations;
    assertEquals(plan.steps.at(-1), {
      kind: "renewGateways",
      file,
      kept: [NEWER],
      lost: [GATEWAY],
    });
    assertEquals(plan.remaining, [{ kind: "switch", gateways: [NEWER] }]);
    assertEquals(await modeOf(file), "600");
    {
      using store = await openGatewayStore(file);
      assertEquals(store.active(), undefined);
      assertEquals(store.list(), [{
        identity: KEYS.identity.public,
        sharedKey: count(60, 32),
        listener: "ws://192.0.2.8:9000/",
        fallback: null,
        registeredAt: new Date("2024-11-24T10:00:00.500Z"),
      }]);
      store.setActive(KEYS.identity.public);
    }
    const { backup } = await applyUpgrade(paths);
    assertEquals(backup, undefined);
    const { folder: saved } = await rollbackUpgrade(paths);
    assertEquals(await contents(paths.home), before);
    // What was done since is not lost.
    using undone = await openGatewayStore(
      `${saved}/undone/gateways_registrations.sqlite`,
    );
    assertEquals(undone.active()?.sharedKey, count(60, 32));
  },
);

Deno.test("applyUpgrade() keeps the active gateway when its key is still good", async () => {
  await using folder = await tempFolder();
  const paths = await layWithGateways(folder.path, "1.1.34");
  {
    using database = new DatabaseSync(paths.storage.gatewayRegistrations);
    database.exec(
      `UPDATE active_gateway SET active_gateway_id_bs58 = '${NEWER}'`,
    );
  }
  const { plan } = await applyUpgrade(paths);
  assertEquals(plan.remaining, []);
  using home = await openHome(paths);
  assertEquals(home.gateways.active()?.sharedKey, count(60, 32));
});

Deno.test("applyUpgrade() goes on where one was killed between its two files", async () => {
  await using folder = await tempFolder();
  const paths = await layWithGateways(folder.path, "1.1.34");
  const text = await Deno.readTextFile(paths.config);
  await applyUpgrade(paths);
  await Deno.writeTextFile(paths.config, text);
  await Deno.writeTextFile(
    `${paths.storage.gatewayRegistrations}.draft`,
    "half",
  );
  const { plan } = await applyUpgrade(paths);
  assert(plan.steps.every(({ kind }) => kind === "setting"));
  (await openHome(paths)).close();
});

Deno.test("applyUpgrade() leaves the home as it is when another process holds it", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "0.11.0");
  const before = await contents(paths.home);
  using _held = await acquireLock(paths.lock, { title: "home alice" });
  for (const change of [applyUpgrade, rollbackUpgrade]) {
    const error = await assertRejects(() => change(paths), UsageError);
    if (change === applyUpgrade) assertEquals(error.exitCode, EXIT.busy);
  }
  assertEquals(await contents(paths.home), before);
});

Deno.test("applyUpgrade() leaves the home as it is when it cannot be upgraded", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.34");
  await Deno.writeFile(paths.storage.gatewayRegistrations, count(1, 6000));
  const before = await contents(paths.home);
  await assertRejects(
    () => applyUpgrade(paths),
    UsageError,
    "no sound SQLite database",
  );
  assertEquals(await contents(paths.home), before);
  await Deno.remove(paths.storage.gatewayRegistrations);
  {
    using database = new DatabaseSync(paths.storage.gatewayRegistrations);
    database.exec("CREATE TABLE other (x)");
  }
  await assertRejects(
    () => applyUpgrade(paths),
    UsageError,
    "no database of gateways",
  );
});

Deno.test("applyUpgrade() puts the home back when the result cannot be read", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.22");
  // A folder stands where the database is to be: it is found missing, and cannot be made.
  const text = await Deno.readTextFile(paths.config);
  const broken = `${paths.storage.gatewayRegistrations}.draft`;
  await Deno.mkdir(`${broken}/full`, { recursive: true });
  await assertRejects(() => applyUpgrade(paths));
  assertEquals(await Deno.readTextFile(paths.config), text);
  await Deno.remove(broken, { recursive: true });
  await applyUpgrade(paths);
  (await openHome(paths)).close();
});

Deno.test("applyUpgrade() and rollbackUpgrade() are whole or not there when the process is killed", async () => {
  await using folder = await tempFolder();
  const paths = await layWithGateways(folder.path, "1.1.34");
  const old = await Deno.readTextFile(paths.config);
  const { config } = (await planUpgrade(paths)).result;
  const random = seededRandom(8);
  for (let i = 0; i < 8; i++) {
    const instant = random(1)[0]! % 5;
    await using writer = await otherProcess("swing", [folder.path]);
    let seen = 0;
    if (instant > 0) {
      for await (const _ of writer.lines) if (++seen === instant) break;
    }
    await writer.kill();
    assert([old, config].includes(await Deno.readTextFile(paths.config)));
    await applyUpgrade(paths);
    {
      using home = await openHome(paths);
      assertEquals(home.keys, KEYS);
      assertEquals(home.gateways.list().map(({ sharedKey }) => sharedKey), [
        count(60, 32),
      ]);
    }
    // As the process found it, for the next round.
    await rollbackUpgrade(paths).catch(() => {});
    if (await Deno.readTextFile(paths.config) !== old) {
      await rollbackUpgrade(paths);
    }
  }
});

Deno.test("rollbackUpgrade() takes the newest whole backup", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.22");
  await applyUpgrade(paths);
  const half = `${paths.backups}/99990101T000000000Z-from-1.1.22`;
  await Deno.mkdir(half);
  await assertRejects(
    () => Deno.stat(`${half}/manifest.json`),
    Deno.errors.NotFound,
  );
  await Deno.mkdir(`${half}.2`);
  await Deno.writeTextFile(`${half}.2/manifest.json`, "{");
  assertEquals((await rollbackUpgrade(paths)).from, "1.1.22-1.1.33");
});

Deno.test("rollbackUpgrade() works in a home that was moved since", async () => {
  await using folder = await tempFolder();
  const old = await layHome(`${folder.path}/old`, "1.1.22");
  const text = await Deno.readTextFile(old.config);
  await applyUpgrade(old);
  await Deno.rename(`${folder.path}/old`, `${folder.path}/new`);
  const paths = homePaths(`${folder.path}/new`, "alice");
  await rollbackUpgrade(paths);
  assertEquals(await Deno.readTextFile(paths.config), text);
});

Deno.test("applyUpgrade() makes nothing where there is no home, and nothing in one that is up to date", async () => {
  await using folder = await tempFolder();
  const paths = await layHome(folder.path, "1.1.57");
  await Deno.writeTextFile(
    paths.config,
    formatConfig({ ...plainConfig(), storage: paths.storage }),
  );
  (await openGatewayStore(paths.storage.gatewayRegistrations, { create: true }))
    .close();
  const { plan, backup } = await applyUpgrade(paths);
  assertEquals([plan.steps, backup], [[], undefined]);
  assertEquals(plan.remaining, [{ kind: "register", gateway: undefined }]);
  await assertRejects(() => Deno.stat(paths.own), Deno.errors.NotFound);
  const none = homePaths(folder.path, "nobody");
  await assertRejects(() => applyUpgrade(none), UsageError, "it is missing");
  await assertRejects(() => Deno.stat(none.home), Deno.errors.NotFound);
});
