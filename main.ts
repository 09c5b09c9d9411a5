#!/usr/bin/env -S deno run -A
import config from "./deno.json" with { type: "json" };
import { systemClock } from "./lib/async/clock.ts";
import { nymwire } from "./lib/cli/nymwire.ts";
import { describe } from "./lib/cli/report.ts";
import { listenForSignals } from "./lib/cli/signals.ts";
import { systemChance, systemSink, systemSource } from "./lib/cli/system.ts";
import { CHILD_ARGUMENT } from "./lib/plugin/child/argument.ts";

const stderr = systemSink(Deno.stderr);

if (import.meta.main) {
  if (Deno.args[0] === CHILD_ARGUMENT) await servePlugin();
  else Deno.exit(await main());
}

/** A bundled or compiled program is all that it has, so it starts itself for each plugin. */
async function servePlugin(): Promise<void> {
  const { runPluginChild } = await import("./lib/plugin/child/main.ts");
  await runPluginChild();
}

async function main(): Promise<number> {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    die(event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    die(event.error);
  });
  const signals = listenForSignals(
    { add: Deno.addSignalListener, remove: Deno.removeSignalListener },
    (reason) => Deno.exit(describe(reason).code),
  );
  return await nymwire(Deno.args, {
    version: config.version,
    env: Deno.env,
    stdin: systemSource(Deno.stdin),
    stdout: systemSink(Deno.stdout),
    stderr,
    clock: systemClock,
    random: systemChance,
    columns: columns(),
    ...signals,
  });
}

/** End with a mistake of this program that no command caught: told like any other error. */
async function die(error: unknown): Promise<never> {
  const { code, message, hint } = describe(error);
  const trace = Deno.args.includes("-vv") && error instanceof Error
    ? `${error.stack}\n`
    : "";
  const text = `error: ${message}\nhint: ${hint}\n${trace}`;
  await stderr.write(new TextEncoder().encode(text)).catch(() => {});
  Deno.exit(code);
}

function columns(): number | undefined {
  try {
    return Deno.stdout.isTerminal() ? Deno.consoleSize().columns : undefined;
  } catch {
    return undefined; // a terminal that does not tell its size
  }
}
