import { Option } from "commander";
import { UsageError } from "../../errors.ts";
import { parseIpAddress } from "../parse/ip_address.ts";
import {
  anyCommand,
  excludes,
  listOption,
  needs,
  networkOption,
  valueOption,
  webSocketUrl,
  withDefault,
} from "./common.ts";
import { disableSocketOption, portOption } from "./init.ts";
import {
  legacyGiven,
  legacyOptions,
  networkWords,
  officialNetwork,
} from "./legacy.ts";
import {
  grantOption,
  onErrorOption,
  pluginOption,
  setOption,
  trustOption,
  watchOption,
} from "./plugin_options.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** What the websocket may speak: the dialects of native clients, newest first, and what old documents promise. */
const DIALECTS = ["c", "b", "a", "docs"] as const;

/** Define `run`. */
export function defineRun() {
  const command = anyCommand("run")
    .addOption(portOption(
      "the port of the websocket, 0 for any free one",
      "the home's; 0 with --upstream",
    ))
    .addOption(withDefault(
      valueOption(
        "--host <ip>",
        "the loopback address of the websocket",
        (text) => text === "localhost" ? text : parseIpAddress(text),
      ),
      "the home's; 127.0.0.1 with --upstream",
    ))
    .option("--allow-remote", "listen beyond loopback; needs --token-file")
    .option(
      "--token-file <file>",
      "what programs must show; made if it is missing",
    )
    .addOption(listOption(
      "--allow-origin <origin>",
      "let this web page connect; may repeat",
    ))
    .addOption(withDefault(
      new Option("--dialect <name>", "what the websocket speaks")
        .choices(DIALECTS),
      "c",
    ))
    .addOption(disableSocketOption())
    .addOption(
      valueOption(
        "--upstream <ws://…>",
        "serve many programs over a stock client's single slot",
        webSocketUrl,
      ).conflicts(["local", "init", "network", "fastmode"]),
    )
    .addOption(
      new Option(
        "--local",
        "run an embedded mixnet in this process, and use it",
      )
        .conflicts(["network"]),
    )
    .option("--init", "make the home first if it is missing")
    .addOption(networkOption("the network that --init uses", "mainnet"))
    .option("--no-cover", "send no cover traffic: observers see when you talk")
    .option(
      "--fastmode",
      "short delays and little cover: faster, easier to observe",
    )
    .addOption(pluginOption())
    .option(
      "--plugin-takes",
      "what plugins have dealt with waits for nobody else",
    )
    .addOption(setOption())
    .addOption(grantOption())
    .addOption(trustOption())
    .addOption(onErrorOption("keep"))
    .addOption(watchOption());
  return legacyOptions(networkWords(command), "run");
}

/** The command `run`, as parsed. */
export type RunCommand =
  & Parsed<"run", typeof defineRun>
  & {
    readonly legacy: readonly string[];
    /** The network for this time, in the official client's words; a home that is made is on it for good. */
    readonly networkNow?: string | undefined;
  };

/** Refuse combinations without meaning. */
export function checkRun(command: RunCommand): RunCommand {
  needs(command, "--network", "--init");
  excludes(
    command,
    "--disable-socket",
    ...["--dialect", "--allow-origin", "--allow-remote", "--token-file"],
    // A home that is made remembers them.
    ...command.init ? [] : ["--port", "--host"],
  );
  if (command.upstream !== undefined && !command.cover) {
    throw new UsageError("Cannot use --upstream together with --no-cover", {
      hint: "The client there decides about its cover traffic",
    });
  }
  for (const origin of command.allowOrigin ?? []) {
    if (URL.parse(origin)?.origin === origin) continue;
    throw new UsageError(
      `Cannot use --allow-origin: need an origin such as https://app.example, have ${
        JSON.stringify(origin)
      }`,
    );
  }
  return command;
}

/** `run`, from its words to its object. */
export function runLeaf(): Leaf {
  const run = defineRun();
  return leaf(
    run,
    () => ({
      kind: "run",
      legacy: legacyGiven(run, "run"),
      networkNow: officialNetwork(run),
      ...run.opts(),
    }),
    checkRun,
  );
}
