import { DecodeError } from "../../lib/errors.ts";
import type { FuzzRandom } from "./fuzz_random.ts";

// Errors are told apart by their class alone.
type ErrorClass = abstract new (...parameters: never[]) => Error;

/** What a decoder is fed with and may throw. */
export interface TargetInput<T> {
  /** What the command line calls it. */
  readonly name: string;
  /** Makes an input. */
  readonly draw: (random: FuzzRandom) => T;
  /** Gives it to the decoder; throws or rejects if that refuses it. */
  readonly feed: (input: T) => unknown;
  /** What a refusal may be. @default DecodeError alone */
  readonly errors?: readonly ErrorClass[] | undefined;
}

/** Whether a decoder took an input. */
export type Outcome = "accepted" | "refused";

/** An input and what is done with it. */
export interface Attempt {
  /** The input. */
  readonly input: unknown;
  /** Feed it. @throws Whatever the decoder must not throw. */
  run(): Promise<Outcome>;
}

/** A decoder that faces strangers. */
export interface FuzzTarget {
  /** What the command line calls it. */
  readonly name: string;
  /** Make the next input. */
  next(random: FuzzRandom): Attempt;
}

/** Describe a target. */
export function fuzzTarget<T>(target: TargetInput<T>): FuzzTarget {
  const { name, draw, feed, errors = [DecodeError] } = target;
  return {
    name,
    next(random) {
      const input = draw(random);
      return {
        input,
        async run() {
          try {
            const result = feed(input);
            if (result instanceof Promise) await result;
            return "accepted";
          } catch (error) {
            if (errors.some((type) => error instanceof type)) return "refused";
            throw error;
          }
        },
      };
    },
  };
}
