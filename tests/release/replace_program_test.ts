import { assertEquals } from "@std/assert";
import { filesIn } from "../../lib/release/files.ts";
import { replaceProgram } from "../../lib/release/replace_program.ts";

/** Install a program of these files, each of which holds the name of its program. */
async function put(
  base: string,
  name: string,
  files: readonly string[],
): Promise<void> {
  const fresh = `${base}/${name}`;
  for (const path of files) {
    const file = `${fresh}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, name);
  }
  await replaceProgram(fresh, `${base}/program`);
}

Deno.test("replaceProgram() keeps what the one before may still load, and nothing older", async () => {
  const base = await Deno.makeTempDir({ prefix: "nymwire-replace-" });
  try {
    const there = async () => await filesIn(`${base}/program`);
    await put(base, "first", ["main.js", "chunk-1.js", "plugins/echo.ts"]);
    assertEquals(await there(), [
      "chunk-1.js",
      "files.json",
      "main.js",
      "plugins/echo.ts",
    ]);
    await put(base, "second", ["main.js", "chunk-2.js", "plugins/echo.ts"]);
    assertEquals(await there(), [
      "chunk-1.js",
      "chunk-2.js",
      "files.json",
      "main.js",
      "plugins/echo.ts",
    ]);
    for (const path of ["main.js", "plugins/echo.ts"]) {
      const text = await Deno.readTextFile(`${base}/program/${path}`);
      assertEquals(text, "second");
    }
    await put(base, "third", ["main.js"]);
    assertEquals(await there(), [
      "chunk-2.js",
      "files.json",
      "main.js",
      "plugins/echo.ts",
    ]);
    await put(base, "fourth", ["main.js"]);
    assertEquals(await there(), ["files.json", "main.js"]);
    assertEquals(await filesIn(base), [
      "program/files.json",
      "program/main.js",
    ]);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});
