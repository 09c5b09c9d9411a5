import type { CommandUnknownOpts } from "commander";
import { UsageError } from "../../errors.ts";
import { parseDuration } from "../parse/duration.ts";
import { parsePercent, wholeNumber } from "../parse/number.ts";
import { anyCommand, valueOption, withDefault } from "./common.ts";
import { portOption } from "./init.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `network up`. */
export function defineNetworkUp() {
  return anyCommand("up")
    .argument(
      "[command...]",
      "after --: run this with a temporary home, and end with its status; 126 if it cannot be run, 127 if there is no such program",
    )
    .addOption(withDefault(
      valueOption(
        "--mixes-per-layer <n>",
        "mix nodes in each of the three layers",
        wholeNumber(1, 64),
      ),
      "1",
    ))
    .addOption(withDefault(
      valueOption("--gateways <n>", "gateways", wholeNumber(1, 64)),
      "1",
    ))
    .addOption(portOption(
      "the directory's port, 0 for any free one",
      "the one it had last, else 0",
    ))
    .addOption(withDefault(
      valueOption(
        "--delay <duration>",
        "extra delay of each link, exponential with this mean",
        parseDuration,
      ),
      "0ms",
    ))
    .addOption(withDefault(
      valueOption(
        "--loss <percent>",
        "drop this share of packets at the first mix node",
        parsePercent,
      ),
      "0",
    ))
    .addOption(withDefault(
      valueOption(
        "--seed <n>",
        "make the faults repeatable",
        wholeNumber(0, 2 ** 32 - 1),
      ),
      "at random",
    ))
    .option("--fresh", "make new keys for the nodes");
}

/** The command `network up`, as parsed. */
export type NetworkUpCommand =
  & Parsed<"network up", typeof defineNetworkUp>
  & { readonly command: readonly string[] };

/** `network up`, from its words to its object. */
export function networkUpLeaf(): Leaf {
  const up = defineNetworkUp();
  return leaf(
    up,
    () => ({
      kind: "network up",
      command: up.processedArgs[0],
      ...up.opts(),
    }),
    (command) => {
      checkCommand(command.command, up);
      if (command.seed !== undefined && !command.loss && !command.delay) {
        throw new UsageError("Cannot use --seed without --loss or --delay", {
          hint: "There are no faults that could repeat",
        });
      }
      if (!command.fresh || command.command.length === 0) return;
      throw new UsageError("Cannot use --fresh together with a command", {
        hint: "Leave it out: what a command runs on is new each time",
      });
    },
  );
}

/** A command stands behind `--`, so that its options are not taken for ours, and a word in the wrong place for a program. */
function checkCommand(
  words: readonly string[],
  up: CommandUnknownOpts,
): void {
  let root: CommandUnknownOpts = up;
  while (root.parent) root = root.parent;
  const { rawArgs } = root as CommandUnknownOpts & { rawArgs: string[] };
  const mark = rawArgs.indexOf("--");
  const [program] = words;
  if (program === undefined && mark >= 0) {
    throw new UsageError("Cannot run a command: need one after --, have none", {
      hint: "Type for example: nymwire network up -- sh -c '…'",
    });
  }
  const inPlace = mark < 0 ? 0 : rawArgs.length - mark - 1;
  if (program === undefined || words.length === inPlace) return;
  throw new UsageError(
    `Cannot run ${JSON.stringify(program)}: need -- in front of it`,
    { hint: `Type: nymwire network up -- ${words.join(" ")}` },
  );
}
