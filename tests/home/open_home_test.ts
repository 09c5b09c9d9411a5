import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { EXIT, UsageError } from "../../lib/errors.ts";
import { decodeBase58 } from "../../lib/bytes/base58.ts";
import { listConfig } from "../../lib/home/config_origins.ts";
import { loadConfig } from "../../lib/home/config_read.ts";
import { createHome, type NewHome } from "../../lib/home/create_home.ts";
import { acquireLock, lockState } from "../../lib/home/lock.ts";
import { resolveNetwork } from "../../lib/home/network.ts";
import { openHome } from "../../lib/home/open_home.ts";
import { type HomePaths, homePaths } from "../../lib/home/paths.ts";
import { count, GATEWAY, KEYS, modeOf, plainConfig } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

async function newHome(paths: HomePaths): Promise<NewHome> {
  return {
    config: { ...plainConfig(), storage: paths.storage },
    keys: KEYS,
    registration: {
      identity: decodeBase58(GATEWAY),
      sharedKey: count(80, 32),
      listener: "ws://127.0.0.1:9000/",
      fallback: null,
      registeredAt: new Date("2026-05-16T06:27:52Z"),
    },
    network: await resolveNetwork("mainnet", { base: "/nowhere" }),
  };
}

async function* walk(folder: string): AsyncGenerator<string> {
  yield folder;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* walk(`${folder}/${name}`);
    else yield `${folder}/${name}`;
  }
}

Deno.test("createHome() makes a private home that openHome() opens", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(`${folder.path}/base`, "alice");
  const home = await newHome(paths);
  await createHome(paths, home);
  const names = (await Array.fromAsync(walk(paths.home))).sort();
  assertEquals(names.map((name) => name.slice(paths.home.length)), [
    "",
    "/config",
    "/config/config.toml",
    "/data",
    "/data/ack_key.pem",
    "/data/gateways_registrations.sqlite",
    "/data/private_encryption.pem",
    "/data/private_identity.pem",
    "/data/public_encryption.pem",
    "/data/public_identity.pem",
    "/nymwire",
  ]);
  for (const name of names) {
    const isFile = /\.[a-z]+$/.test(name);
    assertEquals(await modeOf(name), isFile ? "600" : "700", name);
  }
  using open = await openHome(paths);
  assertEquals(open.config, home.config);
  assertEquals(open.keys, KEYS);
  assertEquals(open.gateways.active(), home.registration);
  assertEquals(open.state.stores.inbox.waiting(0, 1), []);
  assertEquals(open.notices, []);
  for await (const name of walk(paths.home)) {
    const mode = await modeOf(name);
    assert(mode === "600" || mode === "700", `${name} ${mode}`);
  }
});

Deno.test("createHome() never overwrites anything, and leaves no draft", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  const home = await newHome(paths);
  await createHome(paths, home);
  const before = await Deno.readTextFile(paths.config);
  const error = await assertRejects(() => createHome(paths, home), UsageError);
  assert(error.message.includes("exists"));
  assertEquals(await Deno.readTextFile(paths.config), before);
  const drafts = `${folder.path}/nymwire/drafts/clients`;
  assertEquals(await Array.fromAsync(Deno.readDir(drafts)), []);
});

Deno.test("createHome() lets one of several win", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  const home = await newHome(paths);
  const results = await Promise.allSettled(
    [1, 2, 3, 4].map(() => createHome(paths, home)),
  );
  const made = results.filter(({ status }) => status === "fulfilled");
  assertEquals(made.length, 1);
  const drafts = `${folder.path}/nymwire/drafts/clients`;
  assertEquals(await Array.fromAsync(Deno.readDir(drafts)), []);
  using _open = await openHome(paths);
});

Deno.test("createHome() leaves nothing when it fails", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  const home = await newHome(paths);
  const registration = { ...home.registration, sharedKey: undefined as never };
  await assertRejects(() => createHome(paths, { ...home, registration }));
  const left = await Array.fromAsync(walk(folder.path));
  assert(!left.some((name) => /\.(pem|toml)$/.test(name)), left.join("\n"));
});

Deno.test("openHome() holds the home, and lets go when it fails", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  {
    using _open = await openHome(paths);
    const error = await assertRejects(() => openHome(paths), UsageError);
    assertEquals(error.exitCode, EXIT.busy);
    assert(error.message.includes("home alice"));
  }
  await Deno.remove(paths.storage.keys.ackKey);
  await assertRejects(
    () => openHome(paths),
    UsageError,
    paths.storage.keys.ackKey,
  );
  assertEquals(await lockState(paths.lock), { kind: "free" });
});

Deno.test("openHome() wipes the secrets when the home is closed", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  const open = await openHome(paths);
  const { identity, encryption, ackKey } = open.keys;
  open.close();
  open.close();
  for (const secret of [identity.secret, encryption.secret, ackKey]) {
    assert(secret.every((byte) => byte === 0));
  }
});

Deno.test("openHome() makes nothing where there is no home", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await assertRejects(() => openHome(paths), UsageError, "it is missing");
  assertEquals(await Array.fromAsync(Deno.readDir(folder.path)), []);
});

Deno.test("openHome() finds the files of a home that was moved", async () => {
  await using folder = await tempFolder();
  const old = homePaths(`${folder.path}/old`, "alice");
  await createHome(old, await newHome(old));
  const paths = homePaths(`${folder.path}/new`, "bob");
  await Deno.mkdir(`${folder.path}/new/clients`, { recursive: true });
  await Deno.rename(old.home, paths.home);
  using open = await openHome(paths);
  assertEquals(open.storage, paths.storage);
  const [notice, ...others] = open.notices;
  assert(notice?.kind === "moved");
  assertEquals([notice.paths.length, others], [8, []]);
  assertEquals(notice.paths[0], {
    key: "storage_paths.keys.private_identity_key_file",
    from: old.storage.keys.privateIdentity,
    to: paths.storage.keys.privateIdentity,
  });
});

Deno.test("openHome() closes what the official client left open, and tells", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  await Deno.writeTextFile(paths.storage.credentialsDatabase, "");
  await Deno.chmod(paths.storage.credentialsDatabase, 0o644);
  await Deno.chmod(paths.home, 0o755);
  using open = await openHome(paths);
  assertEquals(
    open.notices.map((notice) =>
      notice.kind === "tightened" && notice.tightened.path
    ),
    [paths.home, paths.storage.credentialsDatabase],
  );
});

Deno.test("openHome() keeps a damaged state aside, and tells", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  await Deno.writeFile(paths.state, count(0, 5000), { mode: 0o600 });
  using open = await openHome(paths);
  const [notice] = open.notices;
  assert(notice?.kind === "setAside");
  assertEquals(await Deno.readFile(notice.path), count(0, 5000));
});

Deno.test("openHome() leaves a damaged official database of replies as it is", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  const path = paths.storage.replySurbDatabase;
  await Deno.writeFile(path, count(0, 5000), { mode: 0o600 });
  using open = await openHome(paths);
  assertEquals(open.notices, [{ kind: "damagedReplies", path }]);
  assertEquals(await Deno.readFile(path), count(0, 5000));
});

Deno.test("openHome() refuses a home that the official client uses, unless told to insist", async () => {
  if (Deno.build.os !== "linux") return;
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `exec 3<"$0"; echo ready; read line`,
      paths.storage.gatewayRegistrations,
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const error = await assertRejects(() => openHome(paths), UsageError);
  assertEquals(error.exitCode, EXIT.busy);
  assert(error.message.includes(`process ${child.pid}`));
  (await openHome(paths, { direct: true })).close();
  await child.stdin.close();
  await child.status;
  await reader.cancel();
  (await openHome(paths)).close();
});

Deno.test("openHome() refuses a database of gateways of another schema", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  {
    using database = new DatabaseSync(paths.storage.gatewayRegistrations);
    database.exec("DROP TABLE _sqlx_migrations");
  }
  await assertRejects(
    () => openHome(paths),
    UsageError,
    "no database of gateways",
  );
  (await acquireLock(paths.lock, { title: "home" })).release();
});

Deno.test("listConfig() says of each value where it is from", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await createHome(paths, await newHome(paths));
  const values = listConfig(await loadConfig(paths.config));
  const of = (key: string) => values.find((value) => value.key === key);
  assertEquals(of("client.id"), {
    key: "client.id",
    value: "'alice'",
    origin: "client",
  });
  assertEquals(of("debug.traffic.average_packet_delay"), {
    key: "debug.traffic.average_packet_delay",
    value: "{ secs = 0, nanos = 15000000 }",
    origin: "default",
  });
  assertEquals(
    of("debug.acknowledgements.average_ack_delay")?.origin,
    "client",
  );
  assertEquals(of("debug.traffic.secondary_packet_size"), undefined);
  assertEquals(new Set(values.map(({ key }) => key)).size, values.length);
});
