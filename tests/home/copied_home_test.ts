import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import { EXIT, UsageError } from "../../lib/errors.ts";
import { loadConfig } from "../../lib/home/config_read.ts";
import { readHomeAddress } from "../../lib/home/home_address.ts";
import { openHome } from "../../lib/home/open_home.ts";
import { type HomePaths, homePaths } from "../../lib/home/paths.ts";
import { planUpgrade } from "../../lib/home/upgrade/plan.ts";
import { applyUpgrade } from "../../lib/home/upgrade/upgrade.ts";
import { HOME_ADDRESS, writeHome } from "../cli/home_fixture.ts";
import { GATEWAY, KEYS } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

/** A home and another one that was made by `cp -r` from it. */
async function copied(base: string): Promise<[HomePaths, HomePaths]> {
  await writeHome(base, "alice");
  const [alice, bob] = [homePaths(base, "alice"), homePaths(base, "bob")];
  const cp = new Deno.Command("cp", { args: ["-r", alice.home, bob.home] });
  assert((await cp.output()).success);
  return [alice, bob];
}

function assertHeld(paths: HomePaths, says: string): Promise<void> {
  return assertRejects(() => openHome(paths), UsageError).then((error) => {
    assertEquals(error.exitCode, EXIT.busy);
    assertEquals(
      error.message,
      `Cannot open home ${paths.id}: process ${Deno.pid} holds ${says}`,
    );
  });
}

Deno.test("openHome() uses the files of a copied home, not those that it was copied from, and tells", async () => {
  await using folder = await tempFolder();
  const [alice, bob] = await copied(folder.path);
  {
    using home = await openHome(bob);
    assertEquals(home.storage, {
      ...bob.storage,
      // These are in neither.
      credentialsDatabase: alice.storage.credentialsDatabase,
      replySurbDatabase: alice.storage.replySurbDatabase,
    });
    assertEquals(
      home.notices.filter(({ kind }) => kind !== "tightened"),
      [{ kind: "copied", of: alice.home }],
    );
    home.gateways.remove(home.gateways.active()!.identity);
  }
  using original = await openHome(alice);
  assertEquals(encodeBase58(original.gateways.active()!.identity), GATEWAY);
  await assertRejects(() => readHomeAddress(bob), UsageError, "no active");
  assertEquals(await readHomeAddress(alice), HOME_ADDRESS);
});

Deno.test("openHome() opens one of a home and its copy at a time, whichever comes first", async () => {
  await using folder = await tempFolder();
  const [alice, bob] = await copied(folder.path);
  {
    using _home = await openHome(alice);
    await assertHeld(bob, `${alice.home}, of which it is a copy`);
  }
  using _home = await openHome(bob);
  await assertHeld(alice, "it");
});

Deno.test("openHome() lets a copy be whose original has become another client", async () => {
  await using folder = await tempFolder();
  const [alice, bob] = await copied(folder.path);
  const { publicIdentity, publicEncryption } = alice.storage.keys;
  await Deno.copyFile(publicEncryption, publicIdentity);
  await Deno.mkdir(alice.own, { mode: 0o700 });
  using lock = await Deno.open(alice.lock, { createNew: true, write: true });
  const exclusive = true;
  assert(await lock.tryLock(exclusive));
  using home = await openHome(bob);
  assertEquals(home.keys, KEYS);
});

Deno.test("upgrade makes a copied home stand on its own, and says what it stays", async () => {
  await using folder = await tempFolder();
  const [alice, bob] = await copied(folder.path);
  const { remaining } = await planUpgrade(bob);
  assertEquals(remaining, [{ kind: "copy", of: alice.home }]);
  await applyUpgrade(bob);
  const { config } = await loadConfig(bob.config);
  assertEquals(config.storage.keys, bob.storage.keys);
  assertEquals(
    config.storage.gatewayRegistrations,
    bob.storage.gatewayRegistrations,
  );
  using home = await openHome(bob);
  assertEquals(home.notices, []);
});

Deno.test("openHome() takes two names of one home for no copy", async () => {
  await using folder = await tempFolder();
  await writeHome(`${folder.path}/real`, "alice");
  await Deno.symlink(`${folder.path}/real`, `${folder.path}/name`);
  using home = await openHome(homePaths(`${folder.path}/name`, "alice"));
  assertEquals(home.notices.filter(({ kind }) => kind !== "tightened"), []);
  home.close();
  await Deno.remove(home.storage.gatewayRegistrations);
  await applyUpgrade(homePaths(`${folder.path}/name`, "alice"));
});

Deno.test("openHome() closes a database that two homes name, wherever it lies", async () => {
  await using folder = await tempFolder();
  const [alice, bob] = await copied(folder.path);
  const elsewhere = `${folder.path}/shared.sqlite`;
  // Within the other home, without one of its own; then outside of both.
  await Deno.remove(bob.storage.gatewayRegistrations);
  {
    using home = await openHome(bob);
    assertEquals(
      home.storage.gatewayRegistrations,
      alice.storage.gatewayRegistrations,
    );
    await assertHeld(alice, "it");
  }
  {
    using _home = await openHome(alice);
    await assertHeld(bob, `${alice.home}, whose database it uses`);
  }
  await Deno.rename(alice.storage.gatewayRegistrations, elsewhere);
  for (const { config } of [alice, bob]) {
    const text = await Deno.readTextFile(config);
    await Deno.writeTextFile(
      config,
      text.replace(alice.storage.gatewayRegistrations, elsewhere),
    );
  }
  await applyUpgrade(bob);
  using _home = await openHome(bob);
  await assertHeld(alice, `its database, ${elsewhere}`);
});
