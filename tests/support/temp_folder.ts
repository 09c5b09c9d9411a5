/** A folder that is gone at the end of the test. */
export interface TempFolder extends AsyncDisposable {
  /** Where it is, without links. */
  readonly path: string;
}

/** Make a folder for one test. */
export async function tempFolder(): Promise<TempFolder> {
  const path = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "nymwire-test-" }),
  );
  return {
    path,
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}
