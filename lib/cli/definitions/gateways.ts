import { Option } from "commander";
import { anyCommand, networkOption, timeoutOption } from "./common.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `gateways list`. Old scripts know it by another name. */
export function defineGatewaysList() {
  return anyCommand("list")
    .option("--all", "print those of the directory, as a table")
    .addOption(
      networkOption("the network of --all", "the home's, else mainnet"),
    )
    .addOption(timeoutOption("60s"));
}

/** The command `gateways list`, as parsed. */
export type GatewaysListCommand = Parsed<
  "gateways list",
  typeof defineGatewaysList
>;

/** Define `gateways add`. */
export function defineGatewaysAdd() {
  return anyCommand("add")
    .argument("[identity]", "the gateway's identity key; without it, any")
    .addOption(
      new Option("--gateway <identity key>", "the same").hideHelp(),
    )
    .addOption(
      new Option("--gateway-id <identity key>", "the same").hideHelp(),
    )
    .option("--latency-based-selection", "prefer gateways that answer fast")
    .addOption(networkOption("the network it is on", "the home's"))
    .addOption(timeoutOption("60s"));
}

/** The command `gateways add`, as parsed. */
export type GatewaysAddCommand =
  & Parsed<"gateways add", typeof defineGatewaysAdd>
  & { readonly identity?: string | undefined };

/** Define `gateways switch`. */
export function defineGatewaysSwitch() {
  return anyCommand("switch")
    .argument("[identity]", "the gateway's identity key")
    .addOption(
      new Option("--gateway-id <identity key>", "the same").hideHelp(),
    );
}

/** The command `gateways switch`, as parsed. */
export type GatewaysSwitchCommand =
  & Parsed<"gateways switch", typeof defineGatewaysSwitch>
  & { readonly identity?: string | undefined };

/** `gateways list`, from its words to its object. */
export function gatewaysListLeaf(): Leaf {
  const list = defineGatewaysList();
  return leaf(list, () => ({ kind: "gateways list", ...list.opts() }));
}

/** `gateways add`, from its words to its object. */
export function gatewaysAddLeaf(): Leaf {
  const add = defineGatewaysAdd();
  return leaf(add, () => ({
    kind: "gateways add",
    identity: add.processedArgs[0],
    ...add.opts(),
  }));
}

/** `gateways switch`, from its words to its object. */
export function gatewaysSwitchLeaf(): Leaf {
  const change = defineGatewaysSwitch();
  return leaf(change, () => ({
    kind: "gateways switch",
    identity: change.processedArgs[0],
    ...change.opts(),
  }));
}
