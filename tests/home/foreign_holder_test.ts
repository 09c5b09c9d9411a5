import { assert, assertEquals } from "@std/assert";
import { findForeignHolder } from "../../lib/home/foreign_holder.ts";
import { storagePaths } from "../../lib/home/paths.ts";
import { otherProcess } from "./other_process.ts";
import { tempFolder } from "../support/temp_folder.ts";

Deno.test("findForeignHolder() finds a process that has a database open", async () => {
  await using folder = await tempFolder();
  const storage = storagePaths(folder.path);
  assertEquals(await findForeignHolder(storage), undefined);
  await Deno.writeTextFile(storage.replySurbDatabase, "");
  assertEquals(await findForeignHolder(storage), undefined);
  if (Deno.build.os !== "linux") return;
  // The shell opens the database as standard input of a program that waits on a pipe.
  const script = `exec 3<"$0"; echo ready; read line`;
  const child = new Deno.Command("sh", {
    args: ["-c", script, storage.replySurbDatabase],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  await reader.read();
  const found = await findForeignHolder(storage);
  assert(found);
  assertEquals(found.pid, child.pid);
  assert(/sh/.test(found.name));
  assertEquals(await findForeignHolder(storage, [child.pid]), undefined);
  await child.stdin.close();
  await child.status;
  await reader.cancel();
  assertEquals(await findForeignHolder(storage), undefined);
});

Deno.test("findForeignHolder() does not count processes of our own program", async () => {
  await using folder = await tempFolder();
  const storage = storagePaths(folder.path);
  await Deno.writeTextFile(storage.gatewayRegistrations, "");
  await using _other = await otherProcess("open", [
    storage.gatewayRegistrations,
  ]);
  assertEquals(await findForeignHolder(storage), undefined);
});
