import { assert, assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import {
  exists,
  removeDrafts,
  removeIfThere,
  reservePrivateFile,
  writePrivateFile,
} from "../../lib/home/private_file.ts";
import { modeOf } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

async function names(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
}

Deno.test("writePrivateFile() replaces a file and leaves no draft", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  await writePrivateFile(path, "one");
  await writePrivateFile(path, new TextEncoder().encode("two"));
  assertEquals(await Deno.readTextFile(path), "two");
  assertEquals(await modeOf(path), "600");
  assertEquals(await names(folder.path), ["a"]);
});

Deno.test("writePrivateFile() closes an open file that it replaces", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  await Deno.writeTextFile(path, "open", { mode: 0o644 });
  await writePrivateFile(path, "closed");
  assertEquals(await modeOf(path), "600");
});

Deno.test("writePrivateFile() leaves a file as it is when told not to replace", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  await writePrivateFile(path, "one", { replace: false });
  await assertRejects(
    () => writePrivateFile(path, "two", { replace: false }),
    UsageError,
    "it exists",
  );
  assertEquals(await Deno.readTextFile(path), "one");
  assertEquals(await names(folder.path), ["a"]);
});

Deno.test("writePrivateFile() lets one of many writers win where none may replace", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  const results = await Promise.allSettled(
    Array.from(
      { length: 8 },
      (_, i) => writePrivateFile(path, `${i}`, { replace: false }),
    ),
  );
  assertEquals(
    results.filter(({ status }) => status === "fulfilled").length,
    1,
  );
  assertEquals(await names(folder.path), ["a"]);
});

Deno.test("writePrivateFile() removes its draft when it cannot move it", async () => {
  await using folder = await tempFolder();
  await Deno.mkdir(`${folder.path}/a/full`, { recursive: true });
  await assertRejects(() => writePrivateFile(`${folder.path}/a`, "x"));
  assertEquals(await names(folder.path), ["a"]);
});

Deno.test("reservePrivateFile() makes an empty private file once", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  assert(await reservePrivateFile(path));
  assertEquals(await modeOf(path), "600");
  assert(!await reservePrivateFile(path));
});

Deno.test("removeIfThere() and exists() take an absent file calmly", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/a`;
  await removeIfThere(path);
  assert(!await exists(path));
  await Deno.writeTextFile(path, "");
  assert(await exists(path));
  await removeIfThere(path);
  assert(!await exists(path));
});

Deno.test("removeDrafts() removes what a kill has left half written, and nothing else", async () => {
  await using folder = await tempFolder();
  await writePrivateFile(`${folder.path}/a.toml`, "x");
  const id = crypto.randomUUID();
  for (const name of [`.a.toml.${id}.tmp`, ".a.tmp", `a.${id}.tmp`]) {
    await Deno.writeTextFile(`${folder.path}/${name}`, "");
  }
  await removeDrafts(folder.path);
  assertEquals((await names(folder.path)).toSorted(), [
    ".a.tmp",
    `a.${id}.tmp`,
    "a.toml",
  ]);
});
