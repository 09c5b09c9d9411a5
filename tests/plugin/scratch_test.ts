import { assert, assertFalse } from "@std/assert";
import { makeScratch } from "../../lib/plugin/scratch.ts";
import { exists } from "../../lib/home/private_file.ts";

Deno.test("makeScratch() removes what killed processes have left, and nothing of those that live", async () => {
  const alive = await makeScratch();
  const orphan = await Deno.makeTempDir({ prefix: "nymwire-plugins-" });
  await Deno.writeTextFile(`${orphan}/lock`, "1\n");
  const young = await Deno.makeTempDir({ prefix: "nymwire-plugins-" });
  await Deno.writeTextFile(`${young}/lock`, "");
  const foreign = await Deno.makeTempDir({ prefix: "nymwire-plugins-" });
  const other = await makeScratch();
  assertFalse(await exists(orphan));
  for (const { path } of [alive, other]) assert(await exists(path));
  for (const path of [young, foreign]) {
    assert(await exists(path));
    await Deno.remove(path, { recursive: true });
  }
  await alive.remove();
  await other.remove();
  assertFalse(await exists(alive.path));
});
