/** A process that does one of the jobs at the end of this file, and is killed at the latest when it is disposed of. */
export interface OtherProcess extends AsyncDisposable {
  /** Its number. */
  readonly pid: number;
  /** Lines that it has printed since the first, `ready`. */
  readonly lines: AsyncIterableIterator<string>;
  /** Kill it so that it can do nothing about it, and wait until it is gone. */
  kill(): Promise<void>;
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
  async function kill(): Promise<void> {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await process.status;
    for await (const _ of lines) {
      // What it printed last is read to the end, so that the pipe is closed.
    }
  }
  const first = await lines.next();
  if (first.value !== "ready") {
    await kill();
    throw new Error(`Job ${job} did not start: ${first.value}`);
  }
  return { pid: process.pid, lines, kill, [Symbol.asyncDispose]: kill };
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
