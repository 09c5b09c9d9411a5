import { assertEquals } from "@std/assert";
import { fileFault, fileOf, programFault } from "../../lib/cli/file_fault.ts";

/** What the runtime throws when it does this. */
async function thrown(act: () => Promise<unknown>): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error("It did not fail");
}

Deno.test("fileFault() says in our words what the runtime says in its own", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/it's`;
  await Deno.writeTextFile(file, "x");
  const cases: [() => Promise<unknown>, string, string | undefined][] = [
    [() => Deno.open(`${file}2`), "it is missing", `${file}2`],
    [() => Deno.readTextFile(folder), "it is a folder", undefined],
    [
      () => Deno.open(`${file}/x`),
      "a part of its path is no folder",
      `${file}/x`,
    ],
    [() => Deno.mkdir(file), "it exists", file],
    [
      () => Deno.writeTextFile("/dev/full", "x"),
      "no space left on device",
      undefined,
    ],
  ];
  for (const [act, fault, path] of cases) {
    const error = await thrown(act);
    assertEquals(fileFault(error), fault);
    if (path !== undefined) assertEquals(fileOf(error), path);
  }
  assertEquals(fileFault(new Error("It has 7 bytes")), "it has 7 bytes");
  assertEquals(
    programFault(await thrown(() => new Deno.Command("no-such").output())),
    "there is no such program",
  );
  await Deno.remove(folder, { recursive: true });
});
