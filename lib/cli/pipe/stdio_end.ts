import type { CommandContext } from "../context.ts";
import type { PipeEnd } from "./end.ts";

/** Options of {@linkcode stdioEnd}. */
export interface StdioEndOptions {
  /** Whether standard input is read; without that it counts as empty. */
  readonly reads: boolean;
  /** Whether the peer's end is the end of standard output; otherwise more is to come. */
  readonly closes: boolean;
}

/** Standard input and output. */
export function stdioEnd(
  { stdin, output }: Pick<CommandContext, "stdin" | "output">,
  { reads, closes }: StdioEndOptions,
): PipeEnd {
  return {
    chunks: (signal) => reads ? stdin.chunks(signal) : nothing(),
    write: (chunk) => output.write(chunk),
    end: () => closes ? output.end() : Promise.resolve(),
    finished: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {
  // There is not a byte.
}
