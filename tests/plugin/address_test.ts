import { assertEquals, assertStringIncludes } from "@std/assert";
import { folderOf, pluginSource, stage } from "./support.ts";

const FILES = {
  "where.ts": pluginSource(
    "where",
    `message: async (m, c) => ({ kind: "replace", body: await c.address() })`,
  ),
};

Deno.test("context.address() is that of the client, and rejects while there is none", async () => {
  await using folder = await folderOf(FILES);
  const specs = [{ name: "where", file: `${folder.path}/where.ts` }];
  await using scene = await stage(specs);
  assertEquals(await scene.arrive("x"), ["me"]);
  await using alone = await stage(specs, { mailbox: () => undefined });
  assertEquals(await alone.arrive("x"), ["x"]);
  assertStringIncludes(
    alone.log(),
    "where failed: Cannot tell the address: there is no client at the moment",
  );
});
