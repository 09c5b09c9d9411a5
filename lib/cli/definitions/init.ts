import { Option } from "commander";
import { UsageError } from "../../errors.ts";
import { parseIpAddress } from "../parse/ip_address.ts";
import { wholeNumber } from "../parse/number.ts";
import {
  anyCommand,
  networkOption,
  timeoutOption,
  valueOption,
  withDefault,
} from "./common.ts";
import {
  legacyGiven,
  legacyOptions,
  networkWords,
  officialWords,
  outputOption,
} from "./legacy.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `init`. */
export function defineInit() {
  const command = anyCommand("init")
    .addOption(networkOption(
      "mainnet, sandbox, local, an API url, an env file or a topology file",
      "mainnet",
    ))
    .addOption(withDefault(
      new Option("--gateway <identity key>", "register with this gateway"),
      "one at random",
    ))
    .addOption(
      new Option(
        "--latency-based-selection",
        "prefer gateways that answer fast",
      ).conflicts(["gateway"]),
    )
    .addOption(portOption("the port of the client's websocket", "1977"))
    .addOption(withDefault(
      valueOption(
        "--host <ip>",
        "the address of the client's websocket",
        parseIpAddress,
      ),
      "127.0.0.1",
    ))
    .option("--if-missing", "do nothing if the home is there already")
    .addOption(disableSocketOption().hideHelp())
    .addOption(new Option("--fastmode", "as in run").hideHelp())
    .addOption(new Option("--no-cover", "as in run").hideHelp())
    .addOption(
      new Option("--force-tls-gateway", "a gateway with wss only").hideHelp(),
    )
    .addOption(outputOption())
    .addOption(timeoutOption("60s"));
  return legacyOptions(networkWords(command), "init");
}

/** The option for a port; 0 stands for any free one. */
export function portOption(description: string, byDefault: string) {
  return withDefault(
    valueOption("-p, --port <n>", description, wholeNumber(0, 65_535)),
    byDefault,
  );
}

/** A switch in the oldest versions, a choice in the newer ones. */
export function disableSocketOption() {
  return valueOption(
    "--disable-socket [true|false]",
    "serve our own channel only",
    (text) => {
      if (text === "true" || text === "false") return text === "true";
      throw new UsageError(`need true or false, have ${JSON.stringify(text)}`);
    },
  ).preset("true");
}

/** The command `init`, as parsed. */
export type InitCommand =
  & Omit<Parsed<"init", typeof defineInit>, "output">
  & { readonly legacy: readonly string[] };

/** `init`, from its words to its object; the official client's words for the network mean the same as ours. */
export function initLeaf(): Leaf {
  const init = defineInit();
  return leaf(init, () => {
    const { output, ...rest } = init.opts();
    const legacy = legacyGiven(init, "init");
    return { kind: "init", legacy, ...rest, ...officialWords(init, output) };
  });
}
