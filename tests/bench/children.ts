/** Runs `script` of this folder as a process of its own, which writes JSON lines and ends when its stdin does. */
export class BenchProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncGenerator<string>;

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#input = process.stdin.getWriter();
    this.#lines = linesOf(process.stdout);
  }

  /** Start it. */
  static start(
    script: string,
    args: readonly string[] = [],
    flags: readonly string[] = [],
  ): BenchProcess {
    return new BenchProcess(
      new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          "-A",
          ...flags,
          new URL(script, import.meta.url).pathname,
          ...args,
        ],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
    );
  }

  /** Its process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** The next line that it writes, as JSON. Whoever wrote the script knows what it is. */
  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("Cannot go on: a process has ended");
    return JSON.parse(value);
  }

  /** Tell it something: a line on its stdin. */
  async tell(line: string): Promise<void> {
    await this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {});
    for await (const _ of this.#lines);
    await this.#process.status;
  }
}

/** The lines of a stream. */
export async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Write a line of JSON for the process that started this one. */
export function tellParent(value: unknown): void {
  const line = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let rest = line; rest.length > 0;) {
    rest = rest.subarray(Deno.stdout.writeSync(rest));
  }
}

/** The lines that the parent tells, until it wants this process to end. */
export function parentLines(): AsyncGenerator<string> {
  return linesOf(Deno.stdin.readable);
}
