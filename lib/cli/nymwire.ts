import type { Clock } from "../async/clock.ts";
import type { ExitCode } from "../errors.ts";
import { EXIT } from "../errors.ts";
import { parseArgs } from "./args.ts";
import type { Command, CommonOptions } from "./command.ts";
import type { CommandContext, Environment } from "./context.ts";
import { isStdio } from "./definitions/pipe.ts";
import { Output, type OutputOptions } from "./output.ts";
import { report } from "./report.ts";
import type { Settings } from "../home/settings.ts";
import { readSettingsFile } from "./settings_file.ts";
import type { Sink, Source } from "./stdio.ts";

/** What the program is given: the real process in the product, doubles in tests. */
export interface World
  extends Pick<CommandContext, "signal" | "onReload" | "random"> {
  /** What `--version` prints. */
  readonly version: string;
  readonly env: Environment;
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly clock: Clock;
  /** How wide the terminal is, if stdout is one. */
  readonly columns?: number | undefined;
  /** Opens the client that a command talks through. @default `lib/cli/resolve.ts` */
  readonly connect?: CommandContext["connect"] | undefined;
}

/** Commands that run on and tell people about it even where nobody seems to look. */
const CHATTY: readonly Command["kind"][] = ["run", "network up"];

/** Commands that read settings and plugins again on SIGHUP; it ends all others. */
const RELOADING: readonly Command["kind"][] = ["run", "listen"];

const NO_ENVIRONMENT: Environment = {
  get: () => undefined,
  toObject: () => ({}),
};

/** Commands that help, even where the settings file cannot be read. */
const FREE_OF_SETTINGS: readonly Command["kind"][] = [
  "help",
  "completions",
  "complete",
];

/** Run one command line to its end. Never throws, never ends the process. */
export async function nymwire(
  argv: readonly string[],
  world: World,
): Promise<ExitCode> {
  let output = outputFor(world, guessSettings(argv));
  try {
    const parsed = parseArgs(argv, {
      version: world.version,
      columns: world.columns,
    });
    if (parsed.kind === "text") {
      await world.stdout.write(new TextEncoder().encode(parsed.text));
      return EXIT.ok;
    }
    // Whoever looks for what is wrong with settings is shown them all first.
    const faults: unknown[] = [];
    const noteFault = parsed.name === "config show"
      ? (fault: unknown) => void faults.push(fault)
      : undefined;
    const file = FREE_OF_SETTINGS.includes(parsed.name)
      ? undefined
      : await despite(noteFault, () => readSettingsFile(world.env, noteFault));
    const command = await despite(noteFault, () =>
      parsed.complete(world.env, file)) ??
      parsed.complete(NO_ENVIRONMENT, undefined);
    output = outputFor(world, command, {
      chatty: CHATTY.includes(command.kind),
      recordsAside: command.kind === "pipe" && isStdio(command),
    });
    const { run } = await import("./run.ts");
    const code = await run(command, contextFor(world, command, output, file));
    return faults.length > 0 ? await report(faults[0], output) : code;
  } catch (error) {
    return await report(error, output);
  }
}

/** Do something; what goes wrong is noted and leaves nothing, if there is somebody to note it. */
async function despite<T>(
  note: ((fault: unknown) => void) | undefined,
  make: () => T,
): Promise<Awaited<T> | undefined> {
  try {
    return await make();
  } catch (fault) {
    if (!note) throw fault;
    note(fault);
    return undefined;
  }
}

function contextFor(
  world: World,
  { kind }: Command,
  output: Output,
  settings: Settings | undefined,
): CommandContext {
  const { env, stdin, signal, clock, random } = world;
  const onReload: World["onReload"] = RELOADING.includes(kind)
    ? world.onReload
    : () => () => {};
  return {
    env,
    stdin,
    output,
    signal,
    clock,
    random,
    onReload,
    columns: world.columns,
    settings,
    async connect(choice, signal) {
      if (world.connect) return await world.connect(choice, signal);
      const { connect } = await import("./resolve.ts");
      return await connect(choice, this, signal);
    },
    async questionTurn(choice, address, signal) {
      // A client that is given belongs to nobody else.
      if (world.connect) return undefined;
      const { questionTurn } = await import("./question_turn.ts");
      return await questionTurn(choice, address, this, signal);
    },
  };
}

function outputFor(
  world: World,
  command: Partial<CommonOptions>,
  more: Pick<OutputOptions, "chatty" | "recordsAside"> = {},
): Output {
  const { stdout, stderr, clock, env } = world;
  return new Output({
    stdout,
    stderr,
    clock,
    ...more,
    json: command.json ?? false,
    quiet: command.quiet ?? false,
    verbose: command.verbose ?? 0,
    color: command.color ?? "auto",
    logAddresses: command.logAddresses ?? false,
    plain: Boolean(env.get("NO_COLOR")) || env.get("TERM") === "dumb",
  });
}

/** How errors are to be told before the command line is understood. */
function guessSettings(
  argv: readonly string[],
): Partial<CommonOptions> {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  const verbose = words.filter((word) => /^-v+$|^--verbose$/.test(word));
  return {
    ...(words.includes("--json") ? { json: true } : {}),
    verbose: verbose.reduce(
      (sum, word) => sum + word.replaceAll("-", "").length,
      0,
    ),
  };
}
