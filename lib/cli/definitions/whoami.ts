import {
  anyCommand,
  excludes,
  needs,
  timeoutOption,
  valueOption,
  webSocketUrl,
} from "./common.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `whoami`. */
export function defineWhoami() {
  return anyCommand("whoami")
    .option("--check", "ask the running client, do not only read the home")
    .option("--qr", "draw the address as a QR code")
    .addOption(valueOption(
      "--url <ws://…>",
      "ask the client that listens there",
      webSocketUrl,
    ))
    .addOption(timeoutOption("10s"));
}

/** The command `whoami`, as parsed. */
export type WhoamiCommand = Parsed<"whoami", typeof defineWhoami>;

/** Refuse combinations without meaning. */
export function checkWhoami(command: WhoamiCommand): WhoamiCommand {
  excludes(command, "--json", "--qr");
  if (command.url === undefined) needs(command, "--timeout", "--check");
  return command;
}

/** `whoami`, from its words to its object. */
export function whoamiLeaf(): Leaf {
  const whoami = defineWhoami();
  return leaf(
    whoami,
    () => ({ kind: "whoami", ...whoami.opts() }),
    checkWhoami,
  );
}
