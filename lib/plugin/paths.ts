import { dirname, isAbsolute, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The full path of a file or folder without links, and of a missing one as far as its folders exist. */
export async function realPath(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await Deno.realPath(whole);
  } catch (error) {
    const parent = dirname(whole);
    if (!(error instanceof Deno.errors.NotFound) || parent === whole) {
      throw error;
    }
    return resolve(await realPath(parent), relative(parent, whole));
  }
}

/** Whether `path` is `place` itself or lies in it. Both are full paths without links. */
export function isWithin(path: string, place: string): boolean {
  const way = relative(place, path);
  return way === "" || !isAbsolute(way) && !/^\.\.($|[\\/])/.test(way);
}

/** The full path that a `file:` URL or a path means, seen from `folder`. */
export function pathOf(text: string, folder: string): string {
  return text.startsWith("file:") ? fileURLToPath(text) : resolve(folder, text);
}

/** The `file:` URL of a full path. */
export function fileUrl(path: string): string {
  return pathToFileURL(path).href;
}
