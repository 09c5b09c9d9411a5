/** A process that does one of the jobs at the end of this file, and is killed at the latest when it is disposed of. */
export interface OtherProcess extends AsyncDisposable {
  /** Its number. */
  readonly pid: number;
  /** Lines that it prints after the first, `ready`. Leaving the loop does not end them. */
  readonly lines: AsyncIterable<string>;
  /** Kill it so that it can do nothing about it. Returns the lines that nobody has read yet. */
  kill(): Promise<string[]>;
}

/** Start a job of `tests/home/jobs.ts` and wait until it says that it is ready. */
export async function otherProcess(
  job: string,
  args: readonly string[],
): Promise<OtherProcess> {
  const script = new URL("./jobs.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", script, job, ...args],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  const lines = linesOf(process.stdout);
  async function kill(): Promise<string[]> {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    const [rest] = await Promise.all([Array.fromAsync(lines), process.status]);
    return rest;
  }
  const first = await lines.next();
  if (first.value !== "ready") {
    await kill();
    throw new Error(`Job ${job} did not start: ${first.value}`);
  }
  return {
    pid: process.pid,
    lines: { [Symbol.asyncIterator]: () => ({ next: () => lines.next() }) },
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
    },
  };
}

async function* linesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
  return undefined;
}
