import { NymError } from "../errors.ts";
import { fileFault } from "./file_fault.ts";
import { ClosedOutput } from "./interruption.ts";
import type { Sink, Source } from "./stdio.ts";

/** A stream of the process that can be written. */
interface Writable {
  write(bytes: Uint8Array): Promise<number>;
  isTerminal(): boolean;
}

/** Standard output or standard error as a {@linkcode Sink}: each write is whole, in the order of the calls. */
export function systemSink(
  stream: Writable,
  { close = () => Promise.resolve() }: { close?: () => Promise<void> } = {},
): Sink {
  let last: Promise<void> = Promise.resolve();
  async function writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let rest = bytes; rest.length > 0;) {
        rest = rest.subarray(await stream.write(rest));
      }
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) {
        throw new ClosedOutput(error);
      }
      throw new NymError(`Cannot write the output: ${fileFault(error)}`, {
        cause: error,
        hint: "Make room, or send the output elsewhere",
      });
    }
  }
  return {
    isTerminal: stream.isTerminal(),
    write(bytes) {
      const turn = last.then(() => writeAll(bytes));
      last = turn.catch(() => {}); // the caller has the error; the next write fails by itself
      return turn;
    },
    close() {
      return last = last.then(close);
    },
  };
}

/** How much is read at once. */
const READ_SIZE = 64 * 1024;

/** Standard input as a {@linkcode Source}. */
export function systemSource(
  stream: {
    read(into: Uint8Array): Promise<number | null>;
    isTerminal(): boolean;
  },
): Source {
  return {
    isTerminal: stream.isTerminal(),
    async *chunks(signal) {
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      aborted.catch(() => {}); // seen by whoever races it
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        for (;;) {
          signal.throwIfAborted();
          const buffer = new Uint8Array(READ_SIZE);
          // A read from a terminal or pipe cannot be called off: it is left behind, and ends with the process.
          const length = await Promise.race([stream.read(buffer), aborted]);
          if (length === null) return;
          yield buffer.subarray(0, length);
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}

/** A number in [0, 1) that spreads retries and start times. */
export function systemChance(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32;
}

/** Learn later whether the terminal that this process was started from is gone, as when its window is closed. */
export function watchTerminal(): () => boolean {
  const had = hasTerminal();
  return () => had && !hasTerminal();
}

/** A process keeps its terminal whatever its standard streams are; systems take it away when it is closed. */
function hasTerminal(): boolean {
  try {
    Deno.openSync("/dev/tty").close();
    return true;
  } catch {
    return false;
  }
}

/**
 * Whether this process is meant to outlive its terminal, as `nohup` asks for: it was started with SIGHUP ignored. To be asked
 * before any signal is heard. Where there is no `/proc`, nobody tells.
 */
export function outlivesTerminal(): boolean {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(status)?.[1];
    return ignored !== undefined && (BigInt(`0x${ignored}`) & 1n) === 1n;
  } catch {
    return false;
  }
}
