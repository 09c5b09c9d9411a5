import type { ExitCode } from "../../errors.ts";
import { homeBase, join } from "../../home/paths.ts";
import type { Mixnet } from "../../mixnet/running_mixnet.ts";
import type { CommandContext } from "../context.ts";
import { networkCounted, sayCounted, tellCounted } from "../counted.ts";
import type { NetworkUpCommand } from "../definitions/network.ts";
import { exitWhenTold } from "../interruption.ts";
import { startLocalNetwork } from "../local_network.ts";
import { runChild } from "../run_child.ts";

/** Run `network up`: a mixnet on loopback, until it is told to end or the command after `--` has ended. */
export async function runNetworkUp(
  command: NetworkUpCommand,
  context: CommandContext,
): Promise<ExitCode> {
  if (command.command.length > 0) return await runWithin(command, context);
  const { output, signal } = context;
  const base = homeBase(context.env);
  await using network = await startLocalNetwork(base, command, context);
  const { mixnet } = network;
  if (output.json) await output.record("ready", { url: mixnet.apiUrl });
  else await output.print(`ready ${mixnet.apiUrl}`);
  await output.say(
    `${introduction(mixnet, command, "until Ctrl-C")}\n` +
      "Make a client on it: nymwire init --id <client_id> --network local",
  );
  await aborted(signal);
  await tellCounted(networkCounted(mixnet.counters()), output);
  return exitWhenTold(signal.reason);
}

/** Run a command line on a network of its own: its homes and its keys are gone when it ends. */
async function runWithin(
  command: NetworkUpCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const base = await Deno.makeTempDir({ prefix: "nymwire-" });
  try {
    await using network = await startLocalNetwork(base, command, context);
    const { mixnet } = network;
    await context.output.detail(
      introduction(mixnet, command, "until the command ends"),
    );
    const code = await runChild(command.command, {
      env: environmentWithin(base, context.env),
      marks: { NYMWIRE_HOME: base, NYMWIRE_NETWORK: mixnet.apiUrl },
      signal: context.signal,
    });
    await sayCounted(networkCounted(mixnet.counters()), context.output);
    return code;
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

/** Our environment without what is set for other networks: neither variables nor the user's settings file. */
function environmentWithin(
  base: string,
  env: CommandContext["env"],
): Record<string, string> {
  const others = Object.entries(env.toObject()).filter(([name]) =>
    !name.toUpperCase().startsWith("NYMWIRE_")
  );
  return {
    ...Object.fromEntries(others),
    XDG_CONFIG_HOME: join(base, "config"),
  };
}

function introduction(
  mixnet: Mixnet,
  { loss, delay }: NetworkUpCommand,
  until: string,
): string {
  const gateways =
    mixnet.nodes.filter(({ place }) => place.kind === "gateway").length;
  const mixes = mixnet.nodes.length - gateways;
  const nodes = `${mixes} mix nodes in three layers and ${
    count(gateways, "gateway")
  }`;
  const faults = loss || delay
    ? ` Faults repeat with --seed ${mixnet.seed}.`
    : "";
  return `A mixnet of ${nodes} runs on this machine ${until}.${faults}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** Resolves when the process is told to end: for a network this is how it is done. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
