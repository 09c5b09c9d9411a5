import type { Clock } from "../../lib/async/clock.ts";
import { nymwire } from "../../lib/cli/nymwire.ts";
import type { ExitCode } from "../../lib/errors.ts";
import type { Mailbox } from "../../lib/mailbox/mailbox.ts";
import { FakeWorld } from "./fake_world.ts";

/** A source of bytes that never ends by itself: a person who thinks. */
export class OpenInput {
  readonly #end = Promise.withResolvers<void>();

  /** There is no more. */
  end(): void {
    this.#end.resolve();
  }

  /** The bytes, then nothing until the end. */
  async *chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes;
    await this.#end.promise;
  }
}

/** How a `pipe` is started. */
export interface PipeOptions {
  readonly mailbox: Mailbox;
  readonly clock: Clock;
  readonly stdin?: readonly (string | Uint8Array)[] | AsyncIterable<Uint8Array>;
  readonly prepare?: (world: FakeWorld) => void;
}

/** A `pipe` that runs in this process, with doubles for what it touches. */
export class RunningPipe {
  readonly world: FakeWorld = new FakeWorld();
  readonly code: Promise<ExitCode>;

  /** Run a command line that begins with `pipe`. */
  constructor(args: readonly string[], options: PipeOptions) {
    const { world } = this;
    const { mailbox, clock, stdin = [], prepare } = options;
    world.mailboxes = [mailbox];
    if (Array.isArray(stdin)) world.stdin = stdin;
    prepare?.(world);
    const real = world.world();
    this.code = nymwire(["pipe", ...args], {
      ...real,
      clock,
      stdin: {
        ...real.stdin,
        chunks: (signal) =>
          Symbol.asyncIterator in stdin ? stdin : real.stdin.chunks(signal),
      },
    });
  }

  get printed(): string {
    return this.world.stdout.text;
  }

  get told(): string {
    return this.world.stderr.text;
  }

  /** Wait until something that fits was told or printed. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.told + this.printed);
      if (found) return found;
      const over = await Promise.race([
        this.code,
        new Promise<void>((resolve) => setTimeout(resolve, 1)),
      ]);
      if (over === undefined) continue;
      throw new Error(
        `It ended with ${over} before ${pattern}: ${this.told}${this.printed}`,
      );
    }
  }
}
