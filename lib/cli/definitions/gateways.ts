import { Option } from "commander";
import { anyCommand, networkOption, timeoutOption } from "./common.ts";
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

/** Define `gateways add`. */
export function defineGatewaysAdd() {
  const add = anyCommand("add")
    .argument("[identity]", "the gateway's identity key; without it, any")
    .addOption(
      new Option("--gateway <identity key>", "the same").hideHelp(),
    )
    .addOption(
      new Option("--gateway-id <identity key>", "the same").hideHelp(),
    )
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
  & Omit<Parsed<"gateways add", typeof defineGatewaysAdd>, "output">
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
  return leaf(list, () => {
    const { output, ...rest } = list.opts();
    return { kind: "gateways list", ...rest, ...officialWords(list, output) };
  });
}

/** `gateways add`, from its words to its object. */
export function gatewaysAddLeaf(): Leaf {
  const add = defineGatewaysAdd();
  return leaf(add, () => {
    const [identity] = add.processedArgs;
    const { output, ...rest } = add.opts();
    const words = officialWords(add, output);
    return { kind: "gateways add", identity, ...rest, ...words };
  });
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
