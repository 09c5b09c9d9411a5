import { Option } from "commander";
import { anyCommand, timeoutOption } from "./common.ts";
import type { Parsed } from "./parsed.ts";

/** Define `gateways`, the group. */
export function defineGateways() {
  return anyCommand("gateways", "The gateways of a client");
}

/** Define `gateways list`, under the name that old scripts use too. */
export function defineGatewaysList(name = "list") {
  return anyCommand(name, "Print the home's gateways, the active one marked")
    .option("--all", "print those of the directory, as a table")
    .option("--network <name|url|file>", "the network of --all")
    .addOption(timeoutOption());
}

/** The command `gateways list`, as parsed. */
export type GatewaysListCommand = Parsed<
  "gateways list",
  typeof defineGatewaysList
>;

/** Define `gateways add`. */
export function defineGatewaysAdd(name = "add") {
  return anyCommand(name, "Register with one more gateway, and use it")
    .argument("[identity]", "the gateway's identity key; without it, any")
    .addOption(
      new Option("--gateway <identity key>", "the same").hideHelp(),
    )
    .addOption(
      new Option("--gateway-id <identity key>", "the same").hideHelp(),
    )
    .option("--latency-based-selection", "prefer gateways that answer fast")
    .option("--network <name|url|file>", "the network it is on")
    .addOption(timeoutOption());
}

/** The command `gateways add`, as parsed. */
export type GatewaysAddCommand =
  & Parsed<"gateways add", typeof defineGatewaysAdd>
  & { readonly identity?: string | undefined };

/** Define `gateways switch`. */
export function defineGatewaysSwitch(name = "switch") {
  return anyCommand(
    name,
    "Use another of the home's gateways from the next start on",
  )
    .argument("[identity]", "the gateway's identity key")
    .addOption(
      new Option("--gateway-id <identity key>", "the same").hideHelp(),
    );
}

/** The command `gateways switch`, as parsed. */
export type GatewaysSwitchCommand =
  & Parsed<"gateways switch", typeof defineGatewaysSwitch>
  & { readonly identity?: string | undefined };
