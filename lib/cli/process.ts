import { systemClock } from "../async/clock.ts";
import type { Interruption } from "./interruption.ts";
import { nymwire } from "./nymwire.ts";
import { describe } from "./report.ts";
import { listenForSignals } from "./signals.ts";
import {
  outlivesTerminal,
  systemChance,
  systemSink,
  systemSource,
  watchTerminal,
} from "./system.ts";

/** What a process that runs the program is and can do. */
export interface ProcessOptions {
  /** What `--version` prints. */
  readonly version: string;
  /** Ends the process. */
  exit(code: number): never;
}

/** Run the command line of this process to its end. */
export async function runProcess(
  { version, exit }: ProcessOptions,
): Promise<never> {
  const stderr = systemSink(Deno.stderr);
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    die(event.reason);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    die(event.error);
  });
  const signals = listenForSignals(
    {
      add: Deno.addSignalListener,
      outlivesTerminal: outlivesTerminal(),
      hasLostTerminal: watchTerminal(),
    },
    (reason: Interruption) => exit(describe(reason).code),
  );
  const code = await nymwire(Deno.args, {
    version,
    env: Deno.env,
    stdin: systemSource(Deno.stdin),
    stdout: systemSink(Deno.stdout, { close: endOutput }),
    stderr,
    clock: systemClock,
    random: systemChance,
    columns: columns(),
    ...signals,
  });
  return exit(code);

  /** End with a mistake of this program that no command caught: told like any other error. */
  async function die(error: unknown): Promise<never> {
    const { code, message, hint } = describe(error);
    const trace = Deno.args.includes("-vv") && error instanceof Error
      ? `${error.stack}\n`
      : "";
    const text = `error: ${message}\nhint: ${hint}\n${trace}`;
    await stderr.write(new TextEncoder().encode(text)).catch(() => {});
    return exit(code);
  }
}

function columns(): number | undefined {
  try {
    if (!Deno.stdout.isTerminal()) return undefined;
    return Deno.consoleSize().columns || undefined; // 0 is what one tells that has none
  } catch {
    return undefined; // a terminal that does not tell its size
  }
}

/** Only a pipe ends its output before the process ends: nobody else pays for the code. */
async function endOutput(): Promise<void> {
  const { closeOutput } = await import("./close_output.ts");
  await closeOutput();
}
