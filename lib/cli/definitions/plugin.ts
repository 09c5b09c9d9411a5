import { Option } from "commander";
import { anyCommand, withDefault } from "./common.ts";
import { type Leaf, leaf } from "./leaf.ts";
import type { Parsed } from "./parsed.ts";
import {
  grantOption,
  pluginOption,
  setOption,
  trustOption,
} from "./plugin_options.ts";

/** Define `plugin new`. */
export function definePluginNew() {
  return anyCommand("new")
    .argument("<name>", "what the plugin is called");
}

/** The command `plugin new`, as parsed. */
export type PluginNewCommand =
  & Parsed<"plugin new", typeof definePluginNew>
  & { readonly name: string };

/** Define `plugin check`. */
export function definePluginCheck() {
  return anyCommand("check")
    .argument("<file>", "the plugin");
}

/** The command `plugin check`, as parsed. */
export type PluginCheckCommand =
  & Parsed<"plugin check", typeof definePluginCheck>
  & { readonly file: string };

/** Define `plugin test`. */
export function definePluginTest() {
  return anyCommand("test")
    .argument("<file>", "the plugin")
    .addOption(withDefault(
      new Option("--cases <file>", "the cases"),
      "NAME.cases.ndjson beside it",
    ));
}

/** The command `plugin test`, as parsed. */
export type PluginTestCommand =
  & Parsed<"plugin test", typeof definePluginTest>
  & { readonly file: string };

/** Define `plugin list`. */
export function definePluginList() {
  return anyCommand("list")
    .addOption(pluginOption())
    .addOption(setOption())
    .addOption(grantOption())
    .addOption(trustOption());
}

/** The command `plugin list`, as parsed. */
export type PluginListCommand = Parsed<"plugin list", typeof definePluginList>;

/** `plugin new`, from its words to its object. */
export function pluginNewLeaf(): Leaf {
  const create = definePluginNew();
  return leaf(create, () => ({
    kind: "plugin new",
    name: create.processedArgs[0],
    ...create.opts(),
  }));
}

/** `plugin check`, from its words to its object. */
export function pluginCheckLeaf(): Leaf {
  const check = definePluginCheck();
  return leaf(check, () => ({
    kind: "plugin check",
    file: check.processedArgs[0],
    ...check.opts(),
  }));
}

/** `plugin test`, from its words to its object. */
export function pluginTestLeaf(): Leaf {
  const test = definePluginTest();
  return leaf(test, () => ({
    kind: "plugin test",
    file: test.processedArgs[0],
    ...test.opts(),
  }));
}

/** `plugin list`, from its words to its object. */
export function pluginListLeaf(): Leaf {
  const list = definePluginList();
  return leaf(list, () => ({ kind: "plugin list", ...list.opts() }));
}
