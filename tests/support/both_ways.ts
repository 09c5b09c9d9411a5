import { PipeProcess } from "./pipe_process.ts";
import { seededRandom } from "./seeded_random.ts";

/** Two pipes that are joined, and what they carry. */
export interface BothWaysOptions {
  /** The words behind `pipe` of the one that listens, and of the one that calls. */
  readonly listen: readonly string[];
  readonly call: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** How many bytes go each way. */
  readonly size: number;
  /** Happens when so many bytes have come to the listener. */
  readonly midway?: (sides: BothSides) => Promise<void> | void;
  /** @default a third of them */
  readonly after?: number;
}

/** The two processes. */
export interface BothSides {
  readonly listener: PipeProcess;
  readonly caller: PipeProcess;
}

/** How one side has ended. */
export interface SideOutcome {
  readonly code: number;
  /** Bytes that it printed. */
  readonly size: number;
  /** Whether they were what the other side was given first, to the last bit. */
  readonly isBeginning: boolean;
  /** Whether they were all of it. */
  readonly isEqual: boolean;
  readonly told: string;
  /** From the first byte that was given to the last that it printed, in milliseconds. */
  readonly milliseconds: number;
}

/** What came of both ways at once. */
export interface BothWaysOutcome {
  readonly listener: SideOutcome;
  readonly caller: SideOutcome;
}

/** How much is given at once. */
const CHUNK = 64 * 1024;

/** Run two pipes as processes, and let them carry bytes both ways at once. */
export async function carryBothWays(
  { listen, call, env, size, midway = () => {}, after = size / 3 }:
    BothWaysOptions,
): Promise<BothWaysOutcome> {
  await using listener = new PipeProcess(["--listen", ...listen], env);
  await listener.tells(/on the other side/);
  await using caller = new PipeProcess(call, env);
  const began = performance.now();
  const [up, down] = [seededRandom(1)(size), seededRandom(2)(size)];
  const moment = Promise.withResolvers<"there" | "over">();
  const outcome = async (
    side: PipeProcess,
    expected: Uint8Array,
    onSize: (size: number) => void = () => {},
  ): Promise<SideOutcome> => {
    let size = 0;
    let isBeginning = true;
    for (;;) {
      const part = await side.read();
      if (part.length === 0) break;
      const there = expected.subarray(size, size + part.length);
      isBeginning &&= sameBytes(part, there);
      onSize(size += part.length);
    }
    const milliseconds = performance.now() - began;
    const isEqual = isBeginning && size === expected.length;
    const code = await side.code;
    return { code, size, isBeginning, isEqual, told: side.told, milliseconds };
  };
  const [listened, called] = await Promise.all([
    outcome(listener, up, (size) => {
      if (size >= after) moment.resolve("there");
    }).finally(() => moment.resolve("over")),
    outcome(caller, down),
    give(listener, down),
    give(caller, up),
    moment.promise.then((how) =>
      how === "there" ? midway({ listener, caller }) : undefined
    ),
  ]);
  return { listener: listened, caller: called };
}

async function give(
  side: PipeProcess,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<void> {
  try {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      await side.write(bytes.subarray(at, at + CHUNK));
    }
    await side.end();
  } catch {
    // It has ended before its input: its code says why.
  }
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length &&
    one.every((byte, index) => byte === other[index]);
}
