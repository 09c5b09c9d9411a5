import { CLI } from "../support/cli_process.ts";

/** A line of `--json`. */
export interface Line {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A command with `--json`, from its start to its death. */
export class CommandLife {
  /** Resolves when all that it said was heard. */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #listeners: ((line: Line) => void)[] = [];
  #killed = false;

  /** Start it. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const [command, ...before] = CLI;
    this.#process = new Deno.Command(command, {
      args: [...before, ...args],
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#process.stdin.getWriter();
    this.ended = this.#live();
  }

  /** Whether it was killed, so that its exit code says nothing. */
  get killed(): boolean {
    return this.#killed;
  }

  /** Hear every line that it prints. */
  listen(listener: (line: Line) => void): void {
    this.#listeners.push(listener);
  }

  /** Have it read something. */
  write(text: string): void {
    // One that was killed reads no more.
    this.#writer.write(new TextEncoder().encode(text)).catch(() => {});
  }

  /** End it, and hear what it has said before. */
  async end(signal: Deno.Signal): Promise<void> {
    this.#killed ||= signal === "SIGKILL";
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended by itself.
    }
    await this.ended;
  }

  async #live(): Promise<{ code: number; stderr: string }> {
    const [{ code }, stderr] = await Promise.all([
      this.#process.status,
      new Response(this.#process.stderr).text(),
      this.#hear(),
    ]);
    await this.#writer.close().catch(() => {});
    return { code, stderr };
  }

  async #hear(): Promise<void> {
    let rest = "";
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      const lines = (rest + chunk).split("\n");
      // Half a line of one that was killed counts as none.
      rest = lines.pop()!;
      for (const line of lines) {
        for (const listener of this.#listeners) listener(JSON.parse(line));
      }
    }
  }
}
