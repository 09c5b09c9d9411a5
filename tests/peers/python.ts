const FOLDER = new URL("./", import.meta.url);

/** An interpreter that has the websockets library: the one on the PATH, or Debian's own. */
export async function interpreter(): Promise<string> {
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-c", "import websockets"],
        stderr: "null",
      }).output();
      if (success) return python;
    } catch {
      // There is none of that name.
    }
  }
  throw new Error(
    "Cannot run this test: no Python has the websockets library (Debian: python3-websockets)",
  );
}

/** A program of this folder, running. */
export class PythonProgram implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #over = false;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#lines = lines(process.stdout);
  }

  /** Start it; what it says on stderr is ours. */
  static async start(
    file: string,
    ...args: readonly string[]
  ): Promise<PythonProgram> {
    const command = new Deno.Command(await interpreter(), {
      args: [new URL(file, FOLDER).pathname, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "inherit",
    });
    return new PythonProgram(command.spawn());
  }

  /** The next line that it prints; none at its end. */
  async line(): Promise<string | undefined> {
    const { done, value } = await this.#lines.next();
    return done ? undefined : value;
  }

  /** Everything that it prints until its end. */
  async rest(): Promise<string[]> {
    const all: string[] = [];
    for (
      let line = await this.line();
      line !== undefined;
      line = await this.line()
    ) all.push(line);
    return all;
  }

  /** End it as `kill -9` does. */
  kill(): void {
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }

  /** Wait for its end. */
  async code(): Promise<number> {
    const { code } = await this.#process.status;
    this.#over = true;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) {
      this.kill();
      await this.#process.status;
    }
    await this.rest();
  }
}

async function* lines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}
