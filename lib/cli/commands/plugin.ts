import { EXIT, type ExitCode, PluginError } from "../../errors.ts";
import type { CheckedMeta } from "../../plugin/meta.ts";
import { checkPlugin, type Finding } from "../../plugin/tools/check.ts";
import { type ListedPlugin, listPlugins } from "../../plugin/tools/list.ts";
import { newPlugin } from "../../plugin/tools/new.ts";
import { runPluginCases } from "../../plugin/tools/run_cases.ts";
import type { PluginSetting } from "../../home/settings.ts";
import type { CommandContext } from "../context.ts";
import type {
  PluginCheckCommand,
  PluginListCommand,
  PluginNewCommand,
  PluginTestCommand,
} from "../definitions/plugin.ts";
import { hostOptions } from "../plugins/open.ts";
import { shippedOr } from "../plugins/shipped.ts";
import { pluginSpecs } from "../plugins/specs.ts";
import { printTable } from "../table.ts";

/** Run `plugin new`: write a plugin with cases that pass. */
export async function runPluginNew(
  { name }: PluginNewCommand,
  { output }: CommandContext,
): Promise<ExitCode> {
  const files = await newPlugin(name, { cwd: "." });
  for (const file of files) {
    if (output.json) await output.record("plugin", { file });
    else await output.print(file);
  }
  await output.say(`try it with: nymwire plugin test ${files[0]}`);
  return EXIT.ok;
}

/** Run `plugin check`: say what is wrong with a plugin, and what it is if nothing is. */
export async function runPluginCheck(
  { file }: PluginCheckCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, signal } = context;
  const report = await checkPlugin(
    shippedOr(file),
    hostOptions(context),
    signal,
  );
  const { meta, hooks, findings, typesChecked } = report;
  const isUsable = findings.every(({ severity }) => severity !== "error");
  if (output.json) {
    await output.record("plugin", { file, ok: isUsable, ...report });
  } else {
    for (const { severity, text, hint } of findings) {
      await output.print(`${severity}: ${text}`);
      if (hint) await output.print(`  hint: ${hint}`);
    }
    if (meta && isUsable) {
      await output.print(`${meta.name} ${meta.version}: ${meta.description}`);
      await output.print(`hooks: ${hooks.join(", ")}`);
      await printAsked(meta, output);
    }
  }
  if (!typesChecked) {
    await output.warn(
      "types were not checked: that needs a checkout of nymwire",
    );
  }
  if (isUsable) return EXIT.ok;
  throw unusable(file, findings);
}

/** Why a plugin cannot be used, in one sentence; the findings say the rest. */
function unusable(file: string, findings: readonly Finding[]): PluginError {
  const errors = findings.filter(({ severity }) => severity === "error");
  const loading = errors.find(({ part }) => part === "load");
  return new PluginError(
    loading?.text ?? `Cannot use plugin ${file}: its types do not fit`,
    {
      hint: loading?.hint ?? "Correct what is found, and check it again",
      exitCode: EXIT.usage,
    },
  );
}

/** Print what a plugin can be told, and what it wants. */
async function printAsked(
  { options: { properties = {}, required = [] }, grants }: CheckedMeta,
  output: CommandContext["output"],
): Promise<void> {
  for (const [name, schema] of Object.entries(properties)) {
    const { type, description = "", default: preset } = schema;
    const value = required.includes(name)
      ? ", must be set"
      : preset === undefined
      ? ""
      : ` = ${JSON.stringify(preset)}`;
    const what = description && `: ${description}`;
    await output.print(`option ${name} (${type}${value})${what}`);
  }
  for (const { kind, why, optional } of grants) {
    const when = optional ? "may ask" : "asks";
    await output.print(`${when} for ${kind}: ${why}`);
  }
}

/** Run `plugin test`: the cases of a plugin, through the real sandbox. */
export async function runPluginTest(
  { file, cases }: PluginTestCommand,
  { output, signal }: CommandContext,
): Promise<ExitCode> {
  let passed = 0;
  let failed = 0;
  const path = shippedOr(file);
  const options = { cases, signal };
  for await (const result of runPluginCases(path, options)) {
    const { name, line, problems } = result;
    const isFine = problems.length === 0;
    if (isFine) passed++;
    else failed++;
    if (output.json) {
      await output.record("step", { name, line, ok: isFine, problems });
    } else {
      await output.print(`${isFine ? "ok" : "FAILED"}  ${name} (line ${line})`);
      for (const problem of problems) await output.print(`    ${problem}`);
    }
  }
  await output.say(`${passed} passed, ${failed} failed`);
  if (failed === 0) return EXIT.ok;
  throw new PluginError(
    `Cannot pass all cases of ${file}: ${failed} of ${passed + failed} failed`,
    {
      hint: "Correct the plugin or what its cases expect",
      exitCode: EXIT.plugin,
    },
  );
}

/** Run `plugin list`: the chain in its order, with what each plugin is granted and where it runs. */
export async function runPluginList(
  command: PluginListCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { output, settings, signal } = context;
  const listed = await listPlugins(
    pluginSpecs(command, settings),
    hostOptions(context),
    signal,
  );
  // Those of the settings come first.
  const plugins = listed.map((plugin, index) => ({
    ...plugin,
    commands: settings?.plugins[index]?.commands,
  }));
  if (output.json) {
    for (const plugin of plugins) await output.record("plugin", { ...plugin });
  } else {
    await printPlugins(plugins, output);
  }
  const [first, ...others] = plugins.filter(({ problem }) => problem);
  if (first?.problem === undefined) return EXIT.ok;
  for (const { problem, hint } of output.json ? [] : others) {
    await output.alarm(problem!);
    if (hint !== undefined) await output.tell(`hint: ${hint}`);
  }
  const { problem, hint } = first;
  throw new PluginError(problem, { hint, exitCode: EXIT.usage });
}

type ChainedPlugin = ListedPlugin & {
  readonly commands: PluginSetting["commands"] | undefined;
};

const COLUMNS = [
  "#",
  "NAME",
  "VERSION",
  "STATE",
  "ISOLATION",
  "COMMANDS",
  "HOOKS",
  "GRANTS",
];

async function printPlugins(
  plugins: readonly ChainedPlugin[],
  output: CommandContext["output"],
): Promise<void> {
  const rows = plugins.map((plugin) => [
    String(plugin.order),
    plugin.name,
    plugin.meta?.version ?? "-",
    plugin.problem === undefined ? "ready" : "not ready",
    plugin.isolation,
    plugin.commands?.join(" ") ?? "-",
    plugin.hooks.join(" ") || "-",
    plugin.grants.join(" ") || "none",
  ]);
  await printTable(COLUMNS, rows, output);
}
