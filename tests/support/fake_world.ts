import { ConnectionError, EXIT, type ExitCode } from "../../lib/errors.ts";
import { concat } from "../../lib/bytes/concat.ts";
import type { Sink } from "../../lib/cli/stdio.ts";
import {
  ClosedOutput,
  type EndSignal,
  Interruption,
} from "../../lib/cli/interruption.ts";
import { nymwire, type World } from "../../lib/cli/nymwire.ts";
import type { IncomingMessage, Mailbox } from "../../lib/mailbox/mailbox.ts";
import { FakeClock } from "./fake_clock.ts";
import { objectsOf } from "./objects.ts";

/** A {@linkcode Sink} that keeps what is written. */
export class FakeSink implements Sink {
  isTerminal = false;
  /** Once this many bytes were written, nobody reads any more. */
  closedAfter = Infinity;
  #written: Uint8Array[] = [];

  write(bytes: Uint8Array): Promise<void> {
    if (this.bytes.length >= this.closedAfter) {
      return Promise.reject(new ClosedOutput());
    }
    this.#written.push(bytes.slice());
    return Promise.resolve();
  }

  /** Whether the end was told. */
  isClosed = false;

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }

  get bytes(): Uint8Array {
    return concat(...this.#written);
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes);
  }

  /** The lines as the objects of `--json`, checked against their schemas. */
  get objects(): Record<string, unknown>[] {
    return objectsOf(this.text);
  }
}

/** Everything the program can touch, without a process around it. */
export class FakeWorld {
  readonly clock: FakeClock = new FakeClock();
  readonly stdout: FakeSink = new FakeSink();
  readonly stderr: FakeSink = new FakeSink();
  readonly variables: Record<string, string> = {};
  /** How often stdin was taken hold of. */
  stdinReads = 0;
  stdinIsTerminal = false;
  /** What stdin holds. */
  stdin: readonly (string | Uint8Array)[] = [];
  /** What commands connect to, one after the other; the last one again and again. */
  mailboxes: (Mailbox | Error)[] = [
    new ConnectionError("Cannot reach a client: there is none", {
      exitCode: EXIT.down,
      hint: "Start one",
    }),
  ];
  /** What waits on this machine, for those who want it before there is a client. */
  waiting: AsyncIterable<IncomingMessage> | undefined;
  /** The choices that commands connected with. */
  readonly choices: Parameters<NonNullable<World["connect"]>>[0][] = [];
  readonly #controller = new AbortController();
  readonly #reloads = new Set<() => void>();

  /** Run a command line. */
  run(...argv: string[]): Promise<ExitCode> {
    return nymwire(argv, this.world());
  }

  /** Ask the command to end. */
  interrupt(signal: EndSignal): void {
    this.#controller.abort(new Interruption(signal));
  }

  /** Send SIGHUP. */
  reload(): void {
    for (const reload of this.#reloads) reload();
  }

  world(): World {
    return {
      version: "1.2.3",
      env: {
        get: (name) => this.variables[name],
        toObject: () => ({ PATH: Deno.env.get("PATH")!, ...this.variables }),
      },
      stdin: {
        isTerminal: this.stdinIsTerminal,
        chunks: (signal) => this.#chunks(signal),
      },
      stdout: this.stdout,
      stderr: this.stderr,
      clock: this.clock,
      random: () => 0.5,
      signal: this.#controller.signal,
      onReload: (reload) => {
        this.#reloads.add(reload);
        return () => this.#reloads.delete(reload);
      },
      connect: (choice, signal) => this.#connect(choice, signal),
    };
  }

  #connect(
    choice: (typeof this.choices)[number],
    signal: AbortSignal,
  ): Promise<Mailbox> {
    this.choices.push(choice);
    if (this.waiting) void choice.early?.(this.waiting);
    const next = this.mailboxes.length > 1
      ? this.mailboxes.shift()!
      : this.mailboxes[0]!;
    if (signal.aborted) return Promise.reject(signal.reason);
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  }

  async *#chunks(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.stdinReads++;
    for (const chunk of this.stdin) {
      await Promise.resolve();
      signal.throwIfAborted();
      yield typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk;
    }
  }
}
