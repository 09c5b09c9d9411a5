const MAIN = new URL("../../main.ts", import.meta.url).pathname;

/** What a process has left behind. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The bytes of stdout. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** How a process is started. */
export interface StartOptions {
  /** What it reads on stdin. @default nothing: `/dev/null` */
  stdin?: string | Uint8Array<ArrayBuffer> | undefined;
  /** Variables on top of the folder of homes. */
  env?: Record<string, string> | undefined;
}

/** The program as a user has it: real processes with a folder of homes of their own. */
export class Nymwire implements AsyncDisposable {
  /** The folder of homes. */
  readonly base: string;
  readonly #running = new Set<Running>();

  private constructor(base: string) {
    this.base = base;
  }

  /** Make a folder of homes that is gone at the end. */
  static async create(): Promise<Nymwire> {
    return new Nymwire(await Deno.makeTempDir({ prefix: "nymwire_cli_" }));
  }

  /** Run a command line to its end. */
  async run(args: readonly string[], options?: StartOptions): Promise<Ended> {
    return await this.start(args, options).ended;
  }

  /** Run a shell script in which `nymwire` is the program. */
  async shell(script: string, options: StartOptions = {}): Promise<Ended> {
    const { env = {} } = options;
    return await ended(
      new Deno.Command("bash", {
        args: [
          "-c",
          `nymwire() { ${words().map(quote).join(" ")} "$@"; }\n${script}`,
        ],
        env: { ...this.#env(), ...env },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn(),
    );
  }

  /** Start a command line. */
  start(
    args: readonly string[],
    { stdin, env = {} }: StartOptions = {},
  ): Running {
    const [program, ...before] = words() as [string, ...string[]];
    const child = new Deno.Command(program, {
      args: [...before, ...args],
      env: { ...this.#env(), ...env },
      clearEnv: true,
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const running = new Running(child, stdin);
    this.#running.add(running);
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const running of this.#running) running.kill("SIGKILL");
    await Promise.all([...this.#running].map(({ ended }) => ended));
    await Deno.remove(this.base, { recursive: true });
  }

  #env(): Record<string, string> {
    const { PATH, HOME, DENO_DIR } = Deno.env.toObject();
    return {
      PATH: PATH!,
      // The cache of modules is found below it.
      ...(HOME === undefined ? {} : { HOME }),
      ...(DENO_DIR === undefined ? {} : { DENO_DIR }),
      XDG_CONFIG_HOME: `${this.base}/.config`,
      NYMWIRE_HOME: this.base,
    };
  }
}

/** A process that runs. */
export class Running {
  readonly ended: Promise<Ended>;
  readonly #child: Deno.ChildProcess;
  readonly #lines: ReadableStreamDefaultReader<string>;
  #text = "";

  constructor(
    child: Deno.ChildProcess,
    stdin: string | Uint8Array<ArrayBuffer> | undefined,
  ) {
    this.#child = child;
    const [kept, watched] = child.stdout.tee();
    this.#lines = watched.pipeThrough(new TextDecoderStream()).getReader();
    this.ended = Promise.all([
      child.status,
      bytesOf(kept),
      bytesOf(child.stderr),
      feed(child, stdin),
    ]).then(async ([{ code }, stdout, stderr]) => {
      await this.#lines.cancel();
      return endedOf(code, stdout, stderr);
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The first line on stdout; further ones are not looked at. */
  async firstLine(): Promise<string> {
    const line = await this.line();
    // What follows is read to the end, or the process could not go on writing.
    void this.#drain();
    return line;
  }

  /** The next line on stdout. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line;
      }
      const { done, value } = await this.#lines.read();
      if (done) {
        const { stderr } = await this.ended;
        throw new Error(`It ended without a line: ${stderr}`);
      }
      this.#text += value;
    }
  }

  /** Send it a signal. */
  kill(signal: Deno.Signal): void {
    try {
      this.#child.kill(signal);
    } catch {
      // It has ended.
    }
  }

  async #drain(): Promise<void> {
    while (!(await this.#lines.read()).done);
  }
}

/** The words that start the program. */
export function words(): string[] {
  return [Deno.execPath(), "run", "-A", "--quiet", MAIN];
}

/** A word as a shell takes it. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function ended(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  return endedOf(code, stdout, stderr);
}

function endedOf(
  code: number,
  stdout: Uint8Array<ArrayBuffer>,
  stderr: Uint8Array<ArrayBuffer>,
): Ended {
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    bytes: stdout,
  };
}

async function bytesOf(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function feed(
  child: Deno.ChildProcess,
  stdin: string | Uint8Array<ArrayBuffer> | undefined,
): Promise<void> {
  if (stdin === undefined) return;
  const writer = child.stdin.getWriter();
  try {
    await writer.write(
      typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin,
    );
    await writer.close();
  } catch {
    // It did not read to the end.
  }
}
