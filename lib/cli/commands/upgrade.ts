import { EXIT, type ExitCode, UsageError } from "../../errors.ts";
import type { NetworkUrls } from "../../home/network.ts";
import { resolveNetwork } from "../../home/network.ts";
import type { HomePaths } from "../../home/paths.ts";
import {
  describeRemainder,
  describeStep,
} from "../../home/upgrade/describe.ts";
import { planUpgrade, type UpgradePlan } from "../../home/upgrade/plan.ts";
import { applyUpgrade, rollbackUpgrade } from "../../home/upgrade/upgrade.ts";
import type { CommandContext } from "../context.ts";
import type { UpgradeCommand } from "../definitions/upgrade.ts";
import { needHome } from "../homes.ts";

/** Run `upgrade`: bring a home of any older layout to the current one, and say what was done and what remains. */
export async function runUpgrade(
  command: UpgradeCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { env, clock, signal } = context;
  const paths = await needHome(command.id, env);
  if (command.rollback) return await rollback(paths, context);
  const urls = await networkUrls(command, paths);
  if (command.check || command.dryRun) {
    const plan = await planUpgrade(paths, { urls });
    await tellPlan(plan, context);
    return command.check && plan.steps.length > 0 ? EXIT.partial : EXIT.ok;
  }
  const { plan, backup } = await applyUpgrade(paths, { urls, clock, signal });
  await tellDone(plan, backup?.folder, context);
  return EXIT.ok;
}

async function rollback(
  paths: HomePaths,
  { output }: CommandContext,
): Promise<ExitCode> {
  const { folder, from } = await rollbackUpgrade(paths);
  const text = `put the files of version ${from} back from ${folder}`;
  if (output.json) await output.record("step", { id: paths.id, step: text });
  else await output.print(text);
  return EXIT.ok;
}

async function networkUrls(
  { network }: UpgradeCommand,
  { base }: HomePaths,
): Promise<NetworkUrls | undefined> {
  if (network === undefined) return undefined;
  const found = await resolveNetwork(network, { base });
  if (found.kind === "directory") return found;
  throw new UsageError(
    `Cannot upgrade to the network ${network}: a topology file is not kept in config.toml`,
    { hint: "Name a network with a directory" },
  );
}

async function tellPlan(
  plan: UpgradePlan,
  { output }: CommandContext,
): Promise<void> {
  const { id, from, to } = plan;
  const steps = plan.steps.map(describeStep);
  const remaining = plan.remaining.map((rest) => describeRemainder(rest, id));
  if (output.json) {
    return await output.record("plan", { id, from, to, steps, remaining });
  }
  await output.print(
    steps.length === 0
      ? `${id} is up to date: ${to}`
      : `${id}: from ${from} to ${to}`,
  );
  for (const step of steps) await output.print(`would ${step}`);
  for (const rest of remaining) await output.print(`remains: ${rest}`);
}

async function tellDone(
  { id, from, to, steps, remaining }: UpgradePlan,
  backup: string | undefined,
  { output }: CommandContext,
): Promise<void> {
  const lines = [
    steps.length === 0
      ? `${id} is up to date: ${to}`
      : `${id}: from ${from} to ${to}`,
    ...backup === undefined ? [] : [`backup in ${backup}`],
    ...steps.map(describeStep),
  ];
  const rest = remaining.map((rest) => describeRemainder(rest, id));
  for (const step of lines) {
    if (output.json) await output.record("step", { id, step });
    else await output.print(step);
  }
  for (const step of rest) {
    if (output.json) await output.record("step", { id, step, remains: true });
    else await output.print(`remains: ${step}`);
  }
}
