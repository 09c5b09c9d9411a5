import { concat } from "../../lib/bytes/concat.ts";
import { CLI, patient } from "./cli_process.ts";

/** A `pipe` as a process, with its two ends in the hands of the test. */
export class PipeProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #output: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #listening: Promise<void>;
  #change = Promise.withResolvers<void>();
  #told = "";

  /** Run a command line that begins with `pipe`, or a shell's line in which `nymwire` is the program. */
  constructor(
    words: readonly string[] | string,
    env: Readonly<Record<string, string>>,
  ) {
    const [program, ...args] = typeof words === "string"
      ? ["bash", "-c", words]
      : [...CLI, "pipe", ...words];
    this.#child = new Deno.Command(program!, {
      args,
      env: { ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {}); // it may end before its input
    this.#output = this.#child.stdout.getReader();
    this.#listening = this.#listen();
  }

  /** What it has told people. */
  get told(): string {
    return this.#told;
  }

  /** Its exit code. */
  get code(): Promise<number> {
    return patient(
      this.#child.status.then(({ code }) => code),
      () => new Error(`It does not end: ${this.#told}`),
    );
  }

  /** Give it bytes. */
  async write(bytes: Uint8Array<ArrayBuffer> | string): Promise<void> {
    const encoder = new TextEncoder();
    await this.#input.write(
      typeof bytes === "string" ? encoder.encode(bytes) : bytes,
    );
  }

  /** Give it the last bytes. */
  async end(bytes: Uint8Array<ArrayBuffer> | string = ""): Promise<void> {
    if (bytes.length > 0) await this.write(bytes);
    await this.#input.close();
  }

  /** The next bytes that it prints; none at the end. */
  async read(): Promise<Uint8Array> {
    const { value } = await patient(
      this.#output.read(),
      () => new Error(`It prints nothing: ${this.#told}`),
    );
    return value ?? new Uint8Array();
  }

  /** What it prints until that fits. */
  async readUntil(pattern: RegExp): Promise<string> {
    const decoder = new TextDecoder();
    for (let text = "";;) {
      const part = await this.read();
      text += decoder.decode(part, { stream: true });
      if (pattern.test(text)) return text;
      if (part.length === 0) {
        throw new Error(`It has ended without ${pattern}: ${text}`);
      }
    }
  }

  /** All that it prints until the end. */
  async readAll(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (;;) {
      const part = await this.read();
      if (part.length === 0) return concat(...parts);
      parts.push(part);
    }
  }

  /** The same as text. */
  async readText(): Promise<string> {
    return new TextDecoder().decode(await this.readAll());
  }

  /** Read nothing more. */
  async closeOutput(): Promise<void> {
    await this.#output.cancel();
  }

  /** Wait until it has told people something that fits. */
  async tells(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const change = this.#change.promise;
      const found = pattern.exec(this.#told);
      if (found) return found;
      await patient(
        Promise.race([
          change,
          this.#listening.then(() => {
            if (pattern.test(this.#told)) return;
            throw new Error(`It ended without ${pattern}: ${this.#told}`);
          }),
        ]),
        () => new Error(`Waited too long for ${pattern}: ${this.#told}`),
      );
    }
  }

  /** Send it a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.#child.status;
    await this.#input.abort().catch(() => {});
    await this.#output.cancel().catch(() => {});
    await this.#listening;
  }

  async #listen(): Promise<void> {
    const decoder = new TextDecoderStream();
    for await (const text of this.#child.stderr.pipeThrough(decoder)) {
      this.#told += text;
      this.#change.resolve();
      this.#change = Promise.withResolvers();
    }
  }
}
