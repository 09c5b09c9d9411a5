import { folderOf } from "../support.ts";

/** What no plugin may learn: it stands in the user's keys, in the environment, and behind a server on loopback. */
export const MARKER = "7f3a-the-secret-9c1e";

/** What hostile plugins are after. */
export interface Place extends AsyncDisposable {
  /** Holds everything. */
  readonly root: string;
  /** Where the keys are: `key.json`, `key.txt`, `key.ts` hold the marker. */
  readonly keys: string;
  /** Where the plugins are. */
  readonly plugins: string;
  /** A folder that can be granted. */
  readonly drop: string;
  /** A folder with a link to the keys, and one to where keys may come to be. */
  readonly linked: string;
  /** A server that answers with the marker. */
  readonly port: number;
  /** How often anyone has connected to it. */
  visits(): number;
  /** Every file of the place with its content, but for `drop`. */
  files(): Promise<Record<string, string>>;
}

/** Build the place. */
export async function openPlace(): Promise<Place> {
  const folder = await folderOf({
    "home/.nym/key.json": JSON.stringify({ key: MARKER }),
    "home/.nym/key.txt": MARKER,
    "home/.nym/key.ts": `export default "${MARKER}";`,
    "plugins/package.json": "{}",
    "drop/mine.txt": "mine",
    "linked/neighbour.txt": MARKER,
  });
  const root = folder.path;
  const keys = `${root}/home/.nym`;
  await Deno.symlink(keys, `${root}/linked/link`);
  await Deno.symlink("../home/.nym/later", `${root}/linked/later`);
  let visits = 0;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => {
      visits++;
      return new Response(MARKER);
    },
  );
  Deno.env.set("ESCAPE_SECRET", MARKER);
  return {
    root,
    keys,
    plugins: `${root}/plugins`,
    drop: `${root}/drop`,
    linked: `${root}/linked`,
    port: server.addr.port,
    visits: () => visits,
    files: () => filesIn(root),
    async [Symbol.asyncDispose]() {
      Deno.env.delete("ESCAPE_SECRET");
      await server.shutdown();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isSymlink || entry.name === "drop") continue;
    if (entry.isDirectory) Object.assign(found, await filesIn(path));
    else found[path] = await Deno.readTextFile(path);
  }
  return found;
}
