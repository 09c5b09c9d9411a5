import { Option } from "commander";
import { wholeNumber } from "../parse/number.ts";
import { anyCommand, timeoutOption, valueOption } from "./common.ts";
import { legacyGiven, legacyOptions } from "./legacy.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `init`. */
export function defineInit() {
  const command = anyCommand("init")
    .option(
      "--network <name|url|file>",
      "mainnet (default), sandbox, local, an API url, an env file or a topology file",
    )
    .option("--gateway <identity key>", "register with this gateway")
    .addOption(
      new Option(
        "--latency-based-selection",
        "prefer gateways that answer fast",
      ).conflicts(["gateway"]),
    )
    .addOption(portOption("the port of the client's websocket"))
    .option("--host <ip>", "the address of the client's websocket")
    .option("--if-missing", "do nothing if the home is there already")
    .addOption(new Option("--disable-socket", "no websocket").hideHelp())
    .addOption(new Option("--fastmode", "as in run").hideHelp())
    .addOption(new Option("--no-cover", "as in run").hideHelp())
    .addOption(timeoutOption());
  return legacyOptions(command, "init");
}

/** The option for a port; 0 stands for any free one. */
export function portOption(description: string) {
  return valueOption("--port <n>", description, wholeNumber(0, 65_535));
}

/** The command `init`, as parsed. */
export type InitCommand =
  & Parsed<"init", typeof defineInit>
  & { readonly legacy: readonly string[] };

/** `init`, from its words to its object. */
export function initLeaf(): Leaf {
  const init = defineInit();
  return leaf(init, () => ({
    kind: "init",
    legacy: legacyGiven(init, "init"),
    ...init.opts(),
  }));
}
