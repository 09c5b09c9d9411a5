/**
 * The numbers of all processes that have `TEST_MARK=mark` in their environment, which those that they start take over. Where
 * there is no `/proc` none is found.
 */
export async function listMarked(mark: string): Promise<number[]> {
  const found: number[] = [];
  try {
    for await (const { name } of Deno.readDir("/proc")) {
      if (/^\d+$/.test(name) && await isMarked(name, mark)) {
        found.push(Number(name));
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return found;
}

async function isMarked(pid: string, mark: string): Promise<boolean> {
  try {
    const text = await Deno.readTextFile(`/proc/${pid}/environ`);
    return text.split("\0").includes(`TEST_MARK=${mark}`);
  } catch {
    return false; // It has ended meanwhile, or belongs to somebody else.
  }
}
