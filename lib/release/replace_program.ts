import { filesIn } from "./files.ts";

/** Where a program keeps the list of its files. */
const LIST = "files.json";

/**
 * Put a program in the place of an older one. What runs of the older one still finds the modules that it has not loaded
 * yet: they go with the next replacement.
 *
 * @param fresh The folder of the new one, on the same file system; it is used up.
 * @param place The folder of the older one, if there is one.
 */
export async function replaceProgram(
  fresh: string,
  place: string,
): Promise<void> {
  const files = await filesIn(fresh);
  await Deno.writeTextFile(`${fresh}/${LIST}`, JSON.stringify(files));
  const keep = new Set([...files, ...await listOf(place), LIST]);
  // The main module last: until then it is the older program that starts.
  const last = ["main.js", LIST];
  const first = files.filter((path) => !last.includes(path));
  for (const path of [...first, ...last]) {
    const to = `${place}/${path}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await Deno.rename(`${fresh}/${path}`, to);
  }
  await Deno.remove(fresh, { recursive: true });
  for (const path of await filesIn(place)) {
    if (!keep.has(path)) await Deno.remove(`${place}/${path}`);
  }
}

async function listOf(place: string): Promise<readonly string[]> {
  try {
    return JSON.parse(await Deno.readTextFile(`${place}/${LIST}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
