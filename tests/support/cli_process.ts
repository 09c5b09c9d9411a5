const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** What has not come by then never will: machines can be slow, but not this slow. In milliseconds. */
const PATIENCE_MS = 240_000;

/** What would change how the program behaves is not taken over from whoever runs the tests. */
const FOREIGN =
  /^(NYMWIRE_|NYM_|XDG_|NO_COLOR$|TERM$|NOTIFY_SOCKET$|WATCHDOG_)/;

/** How the command line is run: the program and its first arguments. */
export const CLI: readonly [string, ...string[]] = [
  Deno.execPath(),
  "run",
  "-A",
  "--quiet",
  MAIN,
];

/** How a process is started. */
export interface CliOptions {
  /** Variables on top of the environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What it reads; `piped` leaves that to the test. @default nothing, as from `/dev/null` */
  readonly stdin?: string | "piped" | undefined;
}

/** How a process ended. */
export interface Outcome {
  /** Its exit code; 128 and the signal's number if a signal ended it. */
  readonly code: number;
  /** What it printed. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same as text. */
  readonly stdout: string;
  /** What it told people. */
  readonly stderr: string;
}

/** A process of the command line. Disposing of it kills it, if it has not ended. */
export class CliProcess implements AsyncDisposable {
  readonly #args: readonly string[];
  readonly #process: Deno.ChildProcess;
  readonly #stdout: Recorder;
  readonly #stderr: Recorder;
  readonly #feeding: Promise<void>;
  #change = Promise.withResolvers<void>();

  /** Start it. */
  constructor(args: readonly string[], { env, stdin }: CliOptions = {}) {
    this.#args = args;
    const [command, ...before] = CLI;
    this.#process = new Deno.Command(command, {
      args: [...before, ...args],
      env: environment(env),
      clearEnv: true,
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const onChange = () => {
      this.#change.resolve();
      this.#change = Promise.withResolvers();
    };
    this.#stdout = new Recorder(this.#process.stdout, onChange);
    this.#stderr = new Recorder(this.#process.stderr, onChange);
    this.#feeding = stdin === undefined || stdin === "piped"
      ? Promise.resolve()
      : this.#feed(stdin);
  }

  /** The number of the process. */
  get pid(): number {
    return this.#process.pid;
  }

  /** What it printed so far. */
  get printed(): string {
    return this.#stdout.text;
  }

  /** What it told people so far. */
  get told(): string {
    return this.#stderr.text;
  }

  /** Its standard input, for one that was started with `piped`. */
  get stdin(): WritableStream<Uint8Array<ArrayBuffer>> {
    return this.#process.stdin;
  }

  /** The first line that it prints. */
  async firstLine(): Promise<string> {
    return (await this.prints(/^(.*)\n/))[1]!;
  }

  /** Wait until it has printed something that fits. */
  async prints(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#find(pattern, () => this.printed);
  }

  /** Wait until it has told people something that fits. */
  async tells(pattern: RegExp): Promise<RegExpExecArray> {
    return await this.#find(pattern, () => this.told);
  }

  /** Read no more of what it prints, as whoever stands behind a pipe and leaves. */
  async closeStdout(): Promise<void> {
    await this.#stdout.cancel();
  }

  /** Send it a signal. */
  kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended.
    }
  }

  /** Wait until it has ended. */
  async outcome(): Promise<Outcome> {
    const { code } = await patient(
      this.#process.status,
      () => this.#story("Waited too long for it to end"),
    );
    await Promise.all([
      this.#feeding,
      this.#stdout.finished,
      this.#stderr.finished,
    ]);
    const { bytes, text } = this.#stdout;
    return { code, bytes, stdout: text, stderr: this.told };
  }

  /** Ask it to end, and wait until it has. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<Outcome> {
    this.kill(signal);
    return await this.outcome();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.#process.status;
    await Promise.all([
      this.#feeding,
      this.#stdout.cancel(),
      this.#stderr.cancel(),
    ]);
  }

  async #feed(text: string): Promise<void> {
    const writer = this.#process.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
    } catch {
      // It has ended without reading: that is its business.
    }
  }

  async #find(pattern: RegExp, text: () => string): Promise<RegExpExecArray> {
    for (;;) {
      const change = this.#change.promise;
      const over = this.#stdout.over && this.#stderr.over;
      const found = pattern.exec(text());
      if (found !== null) return found;
      if (over) throw this.#story(`It ended without a word like ${pattern}`);
      await patient(
        change,
        () => this.#story(`Waited too long for ${pattern}`),
      );
    }
  }

  #story(what: string): Error {
    const words = `nymwire ${this.#args.join(" ")}`;
    return new Error(
      `${what}: ${words}\nprinted: ${this.printed}\ntold: ${this.told}`,
    );
  }
}

/** Run the command line to its end. */
export async function cli(
  args: readonly string[],
  options?: CliOptions,
): Promise<Outcome> {
  await using process = new CliProcess(args, options);
  return await process.outcome();
}

/** Wait for something that a test is sure of, but not for ever. */
export async function patient<T>(
  promise: Promise<T>,
  late: () => Error,
): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), PATIENCE_MS);
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

/** All that comes out of a stream. */
class Recorder {
  readonly finished: Promise<void>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #onChange: () => void;
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #over = false;

  constructor(
    stream: ReadableStream<Uint8Array<ArrayBuffer>>,
    onChange: () => void,
  ) {
    this.#reader = stream.getReader();
    this.#onChange = onChange;
    this.finished = this.#record();
  }

  /** Whether nothing more will come. */
  get over(): boolean {
    return this.#over;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0);
    const all = new Uint8Array(length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    this.#parts = [all];
    return all;
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
    await this.finished;
  }

  async #record(): Promise<void> {
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) this.#over = true;
      else this.#parts.push(value);
      this.#onChange();
      if (done) return;
    }
  }
}

function environment(
  more: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const kept = Object.entries(Deno.env.toObject()).filter(([name]) =>
    !FOREIGN.test(name)
  );
  return { ...Object.fromEntries(kept), ...more };
}
