import { Option } from "commander";
import { ERROR_POLICIES } from "../../plugin/spec.ts";
import { listOption, withDefault } from "./common.ts";

/** The option that puts a plugin into the chain. */
export function pluginOption() {
  return listOption(
    "--plugin <file>",
    "let messages go through this plugin; may repeat, in order",
  );
}

/** The option that sets an option of a plugin. */
export function setOption() {
  return listOption(
    "--set <name.key=value>",
    "set an option of a plugin; may repeat",
  );
}

/** The option that grants something to a plugin. */
export function grantOption() {
  return listOption(
    "--grant <name.kind=value>",
    "grant a plugin net, send, read, write, run or env; may repeat",
  );
}

/** The option that runs a plugin without a sandbox. */
export function trustOption() {
  return listOption(
    "--trust <name>",
    "run this plugin without a sandbox: it can do all that you can",
  );
}

/** The option that says what happens to messages that a plugin fails on. */
export function onErrorOption(byDefault: string, who = "a plugin fails") {
  return withDefault(
    new Option(
      "--on-error <policy>",
      `what to do with a message that ${who} on; see: nymwire help on-error`,
    ).choices(ERROR_POLICIES),
    byDefault,
  );
}

/** The option that loads plugins anew. */
export function watchOption() {
  return new Option("--watch", "load plugins anew when their files change");
}
