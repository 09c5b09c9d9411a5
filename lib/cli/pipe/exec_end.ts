import { sleep } from "../../async/clock.ts";
import { EXIT, NymError } from "../../errors.ts";
import type { CommandContext } from "../context.ts";
import { programFault } from "../file_fault.ts";
import { ClosedOutput } from "../interruption.ts";
import { abortableChunks } from "./chunks.ts";
import type { PipeEnd } from "./end.ts";

/** How long a program may take to end once it is asked to, in milliseconds. */
const GRACE_MS = 2000;

/**
 * A program whose standard input and output are the stream; its standard error goes to ours.
 *
 * @throws {NymError} With exit code 9 if it cannot be started.
 */
export function execEnd(
  words: readonly string[],
  context: Pick<CommandContext, "env" | "output" | "clock">,
): PipeEnd {
  const [program, ...args] = words as [string, ...string[]];
  try {
    const child = new Deno.Command(program, {
      args,
      env: context.env.toObject(),
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new ExecEnd(program, child, context);
  } catch (cause) {
    throw failed(
      program,
      `cannot be started: ${programFault(cause)}`,
      cause,
    );
  }
}

class ExecEnd implements PipeEnd {
  readonly #program: string;
  readonly #child: Deno.ChildProcess;
  readonly #context: Pick<CommandContext, "output" | "clock">;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #talk: Promise<void>;
  #status: Deno.CommandStatus | undefined;
  /** Whether it has closed its input before the peer's end. */
  #hasStopped = false;
  #isRead = false;

  constructor(
    program: string,
    child: Deno.ChildProcess,
    context: Pick<CommandContext, "output" | "clock">,
  ) {
    this.#program = program;
    this.#child = child;
    this.#context = context;
    this.#stdin = child.stdin.getWriter();
    this.#stdin.closed.catch(() => {}); // a program need not read
    this.#talk = this.#forwardTalk();
  }

  chunks(signal: AbortSignal): AsyncIterable<Uint8Array> {
    this.#isRead = true;
    return abortableChunks(this.#child.stdout, signal);
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#hasStopped) return;
    try {
      await this.#stdin.write(chunk);
    } catch {
      // What it says still matters; that it did not want to hear everything is told when it has said it.
      this.#hasStopped = true;
    }
  }

  async end(): Promise<void> {
    try {
      await this.#stdin.close();
    } catch {
      // It has closed its input itself, or ended: by now it was given everything.
    }
  }

  async finished(): Promise<void> {
    this.#status = await this.#child.status;
    const { success, signal, code } = this.#status;
    if (!success) {
      throw failed(
        this.#program,
        signal ? `was ended by ${signal}` : `ended with status ${code}`,
      );
    }
    if (this.#hasStopped) throw new ClosedOutput();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isRead) await this.#child.stdout.cancel();
    await this.end();
    if (!this.#status) await this.#stop();
    await this.#talk;
  }

  async #stop(): Promise<void> {
    const stopped = new AbortController();
    kill(this.#child, "SIGTERM");
    const force = sleep(this.#context.clock, GRACE_MS, stopped.signal)
      .then(() => kill(this.#child, "SIGKILL"), () => {});
    await this.#child.status;
    stopped.abort();
    await force;
  }

  async #forwardTalk(): Promise<void> {
    try {
      for await (const chunk of this.#child.stderr) {
        await this.#context.output.forward(chunk);
      }
    } catch {
      // A closed stderr loses talk and nothing else.
    }
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

function failed(program: string, what: string, cause?: unknown): NymError {
  return new NymError(`Cannot serve the pipe: ${program} ${what}`, {
    cause,
    exitCode: EXIT.plugin,
    hint: "Try the command by itself, with its input on a pipe",
  });
}
