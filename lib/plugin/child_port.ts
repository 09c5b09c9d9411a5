import { AsyncQueue } from "../async/queue.ts";
import { type Clock, systemClock } from "../async/clock.ts";
import type { BrokerReport } from "./child/broker.ts";
import type { ChildConfig } from "./child/main.ts";
import type { ChildCommand } from "./child_command.ts";
import { LIMITS } from "./limits.ts";
import { LineSplitter } from "./line_splitter.ts";
import type { PluginPort } from "./port.ts";
import { StrayOutput } from "./stray.ts";

/** Lines of a plugin that wait for us; then its process has to wait. */
const MAX_WAITING = 256;

/** How long output is waited for once the process has ended: what it started may hold the pipe, in milliseconds. */
const LAST_OUTPUT_MS = 500;

/** Options of {@linkcode startChildPort}. */
export interface ChildPortOptions {
  readonly command: ChildCommand;
  /** The folder that the process stands in. */
  readonly cwd: string;
  readonly config: Omit<ChildConfig, "secret" | "maxFrame">;
  /** What the plugin prints past us. */
  onStray(line: string): void;
  readonly clock?: Clock | undefined;
}

/** Start the process of a plugin. The plugin is loaded in it when it says so. */
export function startChildPort(options: ChildPortOptions): PluginPort {
  return new ChildPort(options);
}

class ChildPort implements PluginPort {
  readonly lines = new AsyncQueue<string>({ capacity: MAX_WAITING });
  readonly ended: Promise<string>;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #splitter: LineSplitter;
  readonly #stray: StrayOutput;
  readonly #encoder = new TextEncoder();
  #reason: string | undefined;

  constructor(
    { command, cwd, config, onStray, clock = systemClock }: ChildPortOptions,
  ) {
    const secret = crypto.getRandomValues(new Uint8Array(32)).toHex();
    this.#splitter = new LineSplitter(secret, LIMITS.frame + 256);
    this.#stray = new StrayOutput(
      clock,
      (line) => {
        if (/out of memory|heap limit/i.test(line)) {
          this.#reason ??= "ran out of memory";
        }
        onStray(line);
      },
      () => this.kill("printed without end"),
    );
    this.#child = new Deno.Command(command.program, {
      args: [...command.args],
      env: { ...command.env },
      clearEnv: !command.ownEnv,
      cwd,
      // A group of its own: what it started ends with it, and an interrupt from the terminal is ours to handle.
      detached: Deno.build.os !== "windows",
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.ended = this.#run();
    const first: ChildConfig = { ...config, secret, maxFrame: LIMITS.frame };
    void this.send(JSON.stringify(first));
  }

  async send(line: string): Promise<void> {
    try {
      await this.#writer.write(this.#encoder.encode(`${line}\n`));
    } catch {
      // It has ended, which `ended` tells with the reason.
    }
  }

  kill(reason: string): void {
    this.#reason ??= reason;
    // Whoever takes lines would otherwise hold up the end.
    this.lines.close();
    try {
      if (Deno.build.os === "windows") this.#child.kill("SIGKILL");
      else Deno.kill(-this.#child.pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("was ended");
    await this.ended;
  }

  async #run(): Promise<string> {
    const output = this.#child.stdout.getReader();
    const errors = this.#child.stderr.getReader();
    const reading = Promise.all([
      this.#readOutput(output),
      this.#readErrors(errors),
    ]);
    const status = await this.#child.status;
    const last = setTimeout(() => {
      void output.cancel();
      void errors.cancel();
    }, LAST_OUTPUT_MS);
    await reading;
    clearTimeout(last);
    this.lines.close();
    await this.#writer.close().catch(() => {
      // The pipe is broken, as it is when its reader has gone.
    });
    return this.#reason ??
      (status.signal
        ? `was ended by ${status.signal}`
        : `ended its process with status ${status.code}`);
  }

  async #readOutput(output: Output): Promise<void> {
    for (
      let { value, done } = await output.read();
      !done;
      { value, done } = await output.read()
    ) {
      try {
        for (const line of this.#splitter.push(value!)) {
          if (line.kind === "guest") await this.lines.push(line.json);
          else if (line.kind === "stray") this.#stray.take(line.text);
          else this.#reason ??= reasonIn(line.json);
        }
      } catch {
        this.kill("said too much at once");
      }
    }
  }

  async #readErrors(errors: Output): Promise<void> {
    const decoder = new TextDecoder();
    for (
      let { value, done } = await errors.read();
      !done;
      { value, done } = await errors.read()
    ) {
      for (const line of decoder.decode(value, { stream: true }).split("\n")) {
        this.#stray.take(line);
      }
    }
  }
}

type Output = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

function reasonIn(json: string): string {
  try {
    return (JSON.parse(json) as BrokerReport).reason;
  } catch {
    return "mixed its own output into ours";
  }
}
