import { assertEquals, assertRejects } from "@std/assert";
import { decodeBase58 } from "../../lib/bytes/base58.ts";
import { CryptoError, EXIT, UsageError } from "../../lib/errors.ts";
import { createHome } from "../../lib/home/create_home.ts";
import { openGatewayStore } from "../../lib/home/gateways.ts";
import { readHomeAddress } from "../../lib/home/home_address.ts";
import { resolveNetwork } from "../../lib/home/network.ts";
import { openHome } from "../../lib/home/open_home.ts";
import { type HomePaths, homePaths } from "../../lib/home/paths.ts";
import { encodePem } from "../../lib/home/pem.ts";
import { count, GATEWAY, KEYS, plainConfig } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

const ADDRESS =
  "FAe4sisG95oZ42w7buUn5qEE4TAnfTTFPiguZUHmhiF.4brD6b6jnoZn36Ae1YmC86Do4it3FoEFhv5Qzy8VbTWj@BNjYZPxzcJwczXHHgBxCAyVJKxN6LPteDRrKapxWmexv";

async function make(base: string): Promise<HomePaths> {
  const paths = homePaths(base, "alice");
  await createHome(paths, {
    config: { ...plainConfig(), storage: paths.storage },
    keys: KEYS,
    registration: {
      identity: decodeBase58(GATEWAY),
      sharedKey: count(80, 32),
      listener: "ws://127.0.0.1:9000/",
      fallback: null,
      registeredAt: new Date("2026-05-16T06:27:52Z"),
    },
    network: await resolveNetwork("mainnet", { base }),
  });
  return paths;
}

Deno.test("readHomeAddress() tells the address that the keys and the gateway make", async () => {
  await using folder = await tempFolder();
  const paths = await make(folder.path);
  assertEquals(await readHomeAddress(paths), ADDRESS);
  using _open = await openHome(paths);
  assertEquals(await readHomeAddress(paths), ADDRESS);
});

Deno.test("readHomeAddress() tells it of a home that was moved", async () => {
  await using folder = await tempFolder();
  await make(`${folder.path}/old`);
  await Deno.rename(`${folder.path}/old`, `${folder.path}/new`);
  assertEquals(
    await readHomeAddress(homePaths(`${folder.path}/new`, "alice")),
    ADDRESS,
  );
});

Deno.test("readHomeAddress() says that no gateway is active", async () => {
  await using folder = await tempFolder();
  const paths = await make(folder.path);
  {
    using store = await openGatewayStore(paths.storage.gatewayRegistrations);
    store.remove(decodeBase58(GATEWAY));
  }
  await assertRejects(
    () => readHomeAddress(paths),
    UsageError,
    "no active gateway",
  );
});

Deno.test("readHomeAddress() leaves nothing behind, and reads where nothing can be written", async () => {
  await using folder = await tempFolder();
  const paths = await make(folder.path);
  const names = async () =>
    (await Array.fromAsync(Deno.readDir(paths.dataDir))).map(({ name }) => name)
      .sort();
  const before = [
    await names(),
    await Deno.readFile(paths.storage.gatewayRegistrations),
  ];
  await Deno.chmod(paths.dataDir, 0o500);
  assertEquals(await readHomeAddress(paths), ADDRESS);
  await Deno.chmod(paths.dataDir, 0o700);
  assertEquals([
    await names(),
    await Deno.readFile(paths.storage.gatewayRegistrations),
  ], before);
});

Deno.test("readHomeAddress() refuses key halves that do not belong together", async () => {
  await using folder = await tempFolder();
  const paths = await make(folder.path);
  const { publicIdentity, privateIdentity } = paths.storage.keys;
  await Deno.writeTextFile(
    publicIdentity,
    encodePem("ED25519 PUBLIC KEY", count(1, 32)),
  );
  const error = await assertRejects(() => readHomeAddress(paths), CryptoError);
  assertEquals(error.exitCode, EXIT.integrity);
  assertEquals(
    error.message,
    `Cannot use keys: ${publicIdentity} does not belong to ${privateIdentity}`,
  );
});
