import { type CommandUnknownOpts, Option } from "commander";
import { UsageError } from "../../errors.ts";
import {
  anyCommand,
  excludes,
  needs,
  networkOption,
  timeoutOption,
} from "./common.ts";
import { networkWords, officialWords, outputOption } from "./legacy.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `gateways list`. Old scripts know it by another name. */
export function defineGatewaysList() {
  const list = anyCommand("list")
    .option("--all", "print those of the directory, as a table")
    .addOption(
      networkOption("the network of --all", "the home's, else mainnet"),
    )
    .addOption(outputOption())
    .addOption(timeoutOption("60s"));
  return networkWords(list);
}

/** The command `gateways list`, as parsed. */
export type GatewaysListCommand = Omit<
  Parsed<"gateways list", typeof defineGatewaysList>,
  "output"
>;

/** Options that name a gateway as the word behind the command does. */
function identityWords(name: string) {
  return anyCommand(name)
    .addOption(new Option("--gateway <identity key>", "the same").hideHelp())
    .addOption(
      new Option("--gateway-id <identity key>", "the same").hideHelp(),
    );
}

/** Define `gateways add`. */
export function defineGatewaysAdd() {
  const add = identityWords("add")
    .argument("[identity]", "the gateway's identity key; without it, any")
    .option("--latency-based-selection", "prefer gateways that answer fast")
    .addOption(networkOption("the network it is on", "the home's"))
    .addOption(
      new Option("--force-tls-gateway", "a gateway with wss only").hideHelp(),
    )
    .addOption(new Option("--set-active", "as it is anyway").hideHelp())
    .addOption(outputOption())
    .addOption(timeoutOption("60s"));
  return networkWords(add);
}

/** The command `gateways add`, as parsed. */
export type GatewaysAddCommand =
  & Omit<
    Parsed<"gateways add", typeof defineGatewaysAdd>,
    "output" | "gateway" | "gatewayId"
  >
  & { readonly identity?: string | undefined };

/** Define `gateways switch`. */
export function defineGatewaysSwitch() {
  return identityWords("switch")
    .argument("[identity]", "the gateway's identity key");
}

/** The command `gateways switch`, as parsed. */
export type GatewaysSwitchCommand =
  & Omit<
    Parsed<"gateways switch", typeof defineGatewaysSwitch>,
    "gateway" | "gatewayId"
  >
  & { readonly identity?: string | undefined };

/** `gateways list`, from its words to its object. */
export function gatewaysListLeaf(): Leaf {
  const list = defineGatewaysList();
  return leaf(list, () => {
    const { output, ...rest } = list.opts();
    return { kind: "gateways list", ...rest, ...officialWords(list, output) };
  }, (command) => {
    needs(command, "--network", "--all");
    needs(command, "--timeout", "--all");
  });
}

/** `gateways add`, from its words to its object. */
export function gatewaysAddLeaf(): Leaf {
  const add = defineGatewaysAdd();
  return leaf(add, () => {
    const { output, gateway: _, gatewayId: __, ...rest } = add.opts();
    const words = officialWords(add, output);
    return {
      kind: "gateways add",
      identity: identityOf(add),
      ...rest,
      ...words,
    };
  }, ({ identity, latencyBasedSelection }) => {
    excludes(
      { gateway: identity, latencyBasedSelection },
      "--latency-based-selection",
      "--gateway",
    );
  });
}

/** `gateways switch`, from its words to its object. */
export function gatewaysSwitchLeaf(): Leaf {
  const change = defineGatewaysSwitch();
  return leaf(change, () => {
    const { gateway: _, gatewayId: __, ...rest } = change.opts();
    return { kind: "gateways switch", identity: identityOf(change), ...rest };
  });
}

/** The one gateway that is named, in whatever way. */
function identityOf(command: CommandUnknownOpts): string | undefined {
  const { gateway, gatewayId } = command.opts();
  const named = [command.processedArgs[0], gateway, gatewayId];
  const [identity, ...others] = named.filter((name) =>
    typeof name === "string"
  );
  if (others.length === 0) return identity;
  throw new UsageError(
    "Cannot choose a gateway: need one identity key, have several",
    { hint: "Leave all but one out" },
  );
}
