import type { CommandUnknownOpts } from "commander";
import type { Command } from "../command.ts";

/** A command's definition, and how its object is made from the values of its options. */
export interface Leaf {
  readonly definition: CommandUnknownOpts;
  make(): Command;
  /**
   * Refuse combinations of flags without meaning.
   *
   * @throws {UsageError}
   */
  check(): void;
}

/** Join a definition with what makes its object. */
export function leaf<C extends Command>(
  definition: CommandUnknownOpts,
  make: () => C,
  check: (command: C) => void = () => {},
): Leaf {
  return { definition, make, check: () => check(make()) };
}
