import { assertEquals, assertStringIncludes } from "@std/assert";
import { folderOf, message, pluginSource, stage } from "./support.ts";

const FILES = {
  "where.ts": pluginSource(
    "where",
    `message: async (m, c) => ({ kind: "replace", body: await c.address() })`,
  ),
};

Deno.test("a variable that is granted and not set is said, before the plugin stumbles over it", async () => {
  await using folder = await folderOf({
    "key.ts": pluginSource("key", "message() {}", {
      meta: `grants: [{ kind: "env", value: "A_KEY", why: "to sign" }]`,
    }),
  });
  await using scene = await stage([{
    name: "key",
    file: `${folder.path}/key.ts`,
    grants: [{ kind: "env", value: "A_KEY" }],
  }]);
  assertEquals(scene.log(), "the variable A_KEY is granted, but not set");
});

Deno.test("message.text() says what is wrong with the message", async () => {
  await using folder = await folderOf({
    "reader.ts": pluginSource("reader", "message: (m) => void m.text()"),
  });
  const specs = [{ name: "reader", file: `${folder.path}/reader.ts` }];
  await using scene = await stage(specs);
  await scene.chain.incoming(message(Uint8Array.of(255)));
  assertStringIncludes(
    scene.log(),
    "Cannot read the message as text: it is not UTF-8 (reader.ts:4:",
  );
});

Deno.test("context.address() is that of the client, and rejects while there is none", async () => {
  await using folder = await folderOf(FILES);
  const specs = [{ name: "where", file: `${folder.path}/where.ts` }];
  await using scene = await stage(specs);
  assertEquals(await scene.arrive("x"), ["me"]);
  await using alone = await stage(specs, { mailbox: () => undefined });
  assertEquals(await alone.arrive("x"), ["x"]);
  assertStringIncludes(
    alone.log(),
    "where failed in message: Cannot tell the address: there is no client at the moment",
  );
});
