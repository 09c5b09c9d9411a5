import { parseDuration } from "../parse/duration.ts";
import { parsePercent, wholeNumber } from "../parse/number.ts";
import { anyCommand, valueOption } from "./common.ts";
import { portOption } from "./init.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `network up`. */
export function defineNetworkUp() {
  return anyCommand("up")
    .argument(
      "[command...]",
      "after --: run this with a temporary home, and end with its status",
    )
    .addOption(valueOption(
      "--mixes-per-layer <n>",
      "mix nodes in each of the three layers (1)",
      wholeNumber(1, 64),
    ))
    .addOption(
      valueOption("--gateways <n>", "gateways (1)", wholeNumber(1, 64)),
    )
    .addOption(portOption("the directory's port, 0 for any free one"))
    .addOption(valueOption(
      "--delay <duration>",
      "extra delay of each link, exponential with this mean",
      parseDuration,
    ))
    .addOption(valueOption(
      "--loss <percent>",
      "drop this share of packets at the first mix node",
      parsePercent,
    ))
    .addOption(valueOption(
      "--seed <n>",
      "make the faults repeatable",
      wholeNumber(0, 2 ** 32 - 1),
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
  return leaf(up, () => ({
    kind: "network up",
    command: up.processedArgs[0],
    ...up.opts(),
  }));
}
