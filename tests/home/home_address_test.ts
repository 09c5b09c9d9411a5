import { assertEquals, assertRejects } from "@std/assert";
import { decodeBase58 } from "../../lib/bytes/base58.ts";
import { UsageError } from "../../lib/errors.ts";
import { createHome } from "../../lib/home/create_home.ts";
import { openGatewayStore } from "../../lib/home/gateways.ts";
import {
  readActiveGateway,
  readHomeAddress,
} from "../../lib/home/home_address.ts";
import { resolveNetwork } from "../../lib/home/network.ts";
import { openHome } from "../../lib/home/open_home.ts";
import { type HomePaths, homePaths } from "../../lib/home/paths.ts";
import { count, GATEWAY, KEYS, plainConfig, tempFolder } from "./support.ts";

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

Deno.test("readActiveGateway() refuses what is no such database", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/g`;
  await assertRejects(
    () => readActiveGateway(path),
    UsageError,
    "it is missing",
  );
  await Deno.writeFile(path, count(0, 5000));
  await assertRejects(() => readActiveGateway(path), UsageError, "no sound");
});
