import process from "node:process";
import { FuzzRandom } from "./fuzz_random.ts";
import type { FuzzTarget } from "./target.ts";

/** Options of {@linkcode fuzz}. */
export interface FuzzOptions {
  /** How many inputs. */
  readonly inputs: number;
  /** What the inputs follow from. */
  readonly seed: string;
  /** Told every now and then. */
  readonly onProgress?: (result: FuzzResult) => void;
}

/** How a target did. */
export interface FuzzResult {
  /** Inputs that it was fed. */
  done: number;
  /** How many of them it took. */
  accepted: number;
  /** The longest time that one of them took, in milliseconds; not while others had the processor. */
  slowest: number;
}

/** A target that failed, with all that is needed to see it again. */
export class FuzzFailure extends Error {
  override name = "FuzzFailure";
}

/** How many inputs lie between two reports. */
const STEP = 500;

/**
 * Feed a target.
 *
 * @throws {FuzzFailure} If it throws anything but a refusal.
 */
export async function fuzz(
  target: FuzzTarget,
  { inputs, seed, onProgress }: FuzzOptions,
): Promise<FuzzResult> {
  const random = new FuzzRandom(`${seed} ${target.name}`);
  const result = { done: 0, accepted: 0, slowest: 0 };
  let used = process.cpuUsage();
  while (result.done < inputs) {
    const attempt = target.next(random);
    result.done++;
    const start = performance.now();
    try {
      if (await attempt.run() === "accepted") result.accepted++;
    } catch (cause) {
      throw new FuzzFailure(
        `${target.name}: ${cause}\n  input: ${
          show(attempt.input)
        }\n  again: deno task fuzz --seed ${seed} --inputs ${result.done} "${target.name}"`,
        { cause },
      );
    }
    const took = performance.now() - start;
    if (took > result.slowest) {
      // What the process has used since the last report is no less than what this input did.
      const { user, system } = process.cpuUsage(used);
      result.slowest = Math.max(
        result.slowest,
        Math.min(took, (user + system) / 1000),
      );
    }
    if (result.done % STEP > 0) continue;
    used = process.cpuUsage();
    onProgress?.({ ...result });
  }
  return result;
}

function show(input: unknown): string {
  const text = JSON.stringify(input, (_, value) => {
    if (value instanceof Uint8Array) return value.toHex();
    return typeof value === "bigint" ? `${value}` : value;
  });
  return text.length > 10_000 ? `${text.slice(0, 10_000)}…` : text;
}
