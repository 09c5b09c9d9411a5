import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { PluginError } from "../../lib/errors.ts";
import { openStore } from "../../lib/plugin/services/store.ts";
import { folderOf } from "./support.ts";

Deno.test("Store keeps values on disk, for nobody else to read", async () => {
  await using folder = await folderOf({});
  const place = `${folder.path}/plugins/echo`;
  {
    using store = await openStore(place);
    store.set("a", '"first"');
    store.set("a", '"second"');
    store.set("b", "{}");
    assert(store.delete("b"));
    assertFalse(store.delete("b"));
  }
  using store = await openStore(place);
  assertEquals(store.get("a"), '"second"');
  assertEquals(store.get("b"), undefined);
  const { mode } = await Deno.stat(`${place}/store.sqlite`);
  if (Deno.build.os !== "windows") assertEquals(mode! & 0o777, 0o600);
});

Deno.test("Store counts every byte against the quota, and gives back what is deleted", async () => {
  await using folder = await folderOf({});
  {
    using store = await openStore(folder.path, { quota: 1000 });
    store.set("a", "x".repeat(800));
    assertThrows(() => store.set("b", "x".repeat(200)), PluginError, "1000");
    store.set("a", "x".repeat(10));
    store.set("b", "x".repeat(700));
    // Entries that are almost empty count too.
    assertThrows(() => {
      for (let i = 0; i < 100; i++) store.set(`${i}`, "");
    }, PluginError);
  }
  using store = await openStore(folder.path, { quota: 1000 });
  assertThrows(() => store.set("c", "x".repeat(300)), PluginError);
  store.delete("b");
  store.set("c", "x".repeat(300));
});

Deno.test("Store tells keys by prefix, in order, page by page", async () => {
  using store = await openStore(undefined);
  for (let i = 0; i < 1100; i++) store.set(`k${1000 + i}`, "1");
  for (const key of ["%", "_", "k", "é1"]) store.set(key, "1");
  const first = store.keys("k1", "");
  assertEquals(first.length, 1000);
  assertEquals(first.slice(0, 2), ["k1000", "k1001"]);
  assertEquals(store.keys("k", first.at(-1)!).length, 100);
  assertEquals(store.keys("%", ""), ["%"]);
  assertEquals(store.keys("é", ""), ["é1"]);
  assertEquals(store.keys("x", ""), []);
});
