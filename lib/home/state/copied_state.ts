import { type DatabaseSync, durably } from "../sqlite.ts";

/** Under this name the state remembers which file it is. */
const NOTE = "file";

/**
 * Give up the reply blocks in a state that is another file than it was: a copy, or one out of a backup. They may have been used
 * since, by whoever has the other file, and a block is good for one packet alone. A file that is moved stays the same.
 *
 * @returns How many there were.
 */
export async function giveUpCopied(
  path: string,
  database: DatabaseSync,
): Promise<number> {
  const file = String((await Deno.stat(path)).ino ?? "");
  const noted = database.prepare("SELECT value FROM note WHERE name = ?")
    .get(NOTE)?.value;
  if (noted === file) return 0;
  return durably(database, () => {
    database.prepare("INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)")
      .run(NOTE, file);
    if (noted === undefined) return 0;
    return Number(database.prepare("DELETE FROM surb").run().changes);
  });
}
