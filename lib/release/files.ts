/** The paths of all files in a folder, seen from there, sorted; none if there is no such folder. */
export async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  const rest = [""];
  for (let path = rest.pop(); path !== undefined; path = rest.pop()) {
    try {
      for await (const { name, isDirectory } of Deno.readDir(folder + path)) {
        if (isDirectory) rest.push(`${path}/${name}`);
        else files.push(`${path}/${name}`.slice(1));
      }
    } catch (error) {
      if (path !== "" || !(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return files.toSorted();
}

/** Copy a file, making the folders that it is to lie in. */
export async function copyFile(from: string, to: string): Promise<void> {
  await Deno.mkdir(folderOf(to), { recursive: true });
  await Deno.copyFile(from, to);
}

/** How large files are together, in bytes. */
export async function sizeOf(
  folder: string,
  files: readonly string[],
): Promise<number> {
  let size = 0;
  for (const path of files) size += (await Deno.stat(`${folder}/${path}`)).size;
  return size;
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
