import { dirname, resolve } from "node:path";
import { join } from "../home/paths.ts";
import { isWithin, realPath } from "./paths.ts";

/** A link, and where it leads. */
export interface Link {
  readonly link: string;
  readonly target: string;
}

/** Options of {@linkcode linkOutOf}. */
export interface LinkOutOfOptions {
  /** Look at no more files and folders than this. @default Infinity */
  readonly limit?: number | undefined;
}

/**
 * Find a link in a folder that leads out of it. The runtime checks a right by the path that is asked for and then follows
 * links, so whoever may read a folder reads what its links lead to.
 *
 * @returns The first such link; nothing if there is none; `"too many"` if there is more to look at than the limit.
 */
export async function linkOutOf(
  folder: string,
  { limit = Infinity }: LinkOutOfOptions = {},
): Promise<Link | "too many" | undefined> {
  const waiting = [folder];
  let seen = 0;
  for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
    for await (const entry of entriesOf(place)) {
      if (++seen > limit) return "too many";
      const path = join(place, entry.name);
      if (entry.isDirectory) waiting.push(path);
      if (!entry.isSymlink) continue;
      const target = await targetOf(path);
      if (target !== undefined && !isWithin(target, folder)) {
        return { link: path, target };
      }
    }
  }
  return undefined;
}

async function* entriesOf(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    // What we cannot look into, nobody whom we start can.
    if (error instanceof Deno.errors.PermissionDenied) return;
    // A file was meant, or it has gone meanwhile.
    if (error instanceof Deno.errors.NotADirectory) return;
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
}

/** Where a link leads, or would lead if that existed. */
async function targetOf(link: string): Promise<string | undefined> {
  try {
    return await realPath(resolve(dirname(link), await Deno.readLink(link)));
  } catch {
    // It leads in a circle, or where we cannot go, and nobody whom we start can.
    return undefined;
  }
}
