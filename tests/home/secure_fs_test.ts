import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import {
  assertSafeParent,
  ensurePrivateFolder,
  tightenTree,
} from "../../lib/home/secure_fs.ts";
import { modeOf, writeOpen } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

Deno.test("ensurePrivateFolder() makes every folder on the way private", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a/b/c`;
  assertEquals(await ensurePrivateFolder(path), undefined);
  assertEquals(await modeOf(`${folder.path}/a`), "700");
  assertEquals(await modeOf(path), "700");
});

Deno.test("ensurePrivateFolder() closes a folder that others may read, and says so", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  await Deno.mkdir(path, { mode: 0o755 });
  await Deno.chmod(path, 0o755);
  assertEquals(await ensurePrivateFolder(path), {
    path,
    from: 0o755,
    to: 0o700,
  });
  assertEquals(await modeOf(path), "700");
});

Deno.test("ensurePrivateFolder() refuses a file in the folder's place", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/file`;
  await Deno.writeTextFile(path, "");
  await assertRejects(() => ensurePrivateFolder(path), UsageError, "a file");
});

Deno.test("ensurePrivateFolder() refuses a folder that others may write", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  await Deno.mkdir(path);
  await Deno.chmod(path, 0o777);
  await assertRejects(() => ensurePrivateFolder(path), UsageError, "mode 777");
  assertEquals(await modeOf(path), "777");
});

Deno.test({
  name: "ensurePrivateFolder() refuses a folder of another user",
  // Only root may give a folder away, and only where users have numbers.
  fn: async () => {
    await using folder = await tempFolder();
    if (Deno.uid() !== 0) return;
    const path = `${folder.path}/a`;
    await Deno.mkdir(path);
    await Deno.chown(path, 12345, 12345);
    await assertRejects(
      () => ensurePrivateFolder(path),
      UsageError,
      "belongs to user 12345",
    );
  },
});

Deno.test("tightenTree() closes what the official client leaves open, and only that", async () => {
  await using folder = await tempFolder();
  const home = `${folder.path}/alice`;
  await writeOpen(`${home}/data/db.sqlite`, "x");
  await writeOpen(`${home}/data/key.pem`, "y");
  await writeOpen(`${home}/data/reply_key_store/db`, "z");
  await writeOpen(`${folder.path}/elsewhere`, "w");
  await Deno.symlink(`${folder.path}/elsewhere`, `${home}/data/link`);
  await Deno.chmod(`${home}/data/key.pem`, 0o400);
  const found = await tightenTree(home);
  assertEquals(found.map(({ path }) => path.slice(home.length)).sort(), [
    "",
    "/data",
    "/data/db.sqlite",
    "/data/reply_key_store",
    "/data/reply_key_store/db",
  ]);
  assertEquals(await modeOf(`${home}/data/db.sqlite`), "600");
  assertEquals(await modeOf(`${home}/data/key.pem`), "400");
  assertEquals(await modeOf(`${folder.path}/elsewhere`), "644");
  assertEquals(await tightenTree(home), []);
});

Deno.test("assertSafeParent() takes a sticky folder and refuses an open one", async () => {
  await using folder = await tempFolder();
  await Deno.chmod(folder.path, 0o1777);
  await assertSafeParent(folder.path);
  await Deno.chmod(folder.path, 0o777);
  await assertRejects(() => assertSafeParent(folder.path), UsageError);
});
