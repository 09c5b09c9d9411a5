import { systemChance } from "../../lib/cli/system.ts";
import {
  CLI,
  cli,
  type CliOptions,
  CliProcess,
  type Outcome,
} from "./cli_process.ts";

/** What makes clients quick: short delays, no cover. */
export const QUICK = ["--fastmode", "--no-cover"] as const;

/** A client that runs. */
export interface RunningClient {
  readonly process: CliProcess;
  /** Where its websocket listens. */
  readonly url: string;
}

/**
 * A place of its own for processes of the command line: homes, temporary files and a `nymwire` on the PATH. Disposing of it
 * ends every process that was started here and removes it all.
 */
export class Testbed implements AsyncDisposable {
  readonly #folder: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #started: CliProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.#env = {
      NYMWIRE_HOME: this.base,
      XDG_CONFIG_HOME: this.path("settings"),
      TMPDIR: this.temporary,
      PATH: `${this.path("bin")}:${Deno.env.get("PATH") ?? ""}`,
    };
  }

  /** Make one. */
  static async create(): Promise<Testbed> {
    const folder = await Deno.makeTempDir({ prefix: "nymwire-test-" });
    const testbed = new Testbed(folder);
    await Deno.mkdir(testbed.temporary);
    await Deno.mkdir(testbed.path("bin"));
    await Deno.writeTextFile(
      testbed.path("bin/nymwire"),
      `#!/bin/sh\nexec ${CLI.map((word) => `'${word}'`).join(" ")} "$@"\n`,
      { mode: 0o755 },
    );
    return testbed;
  }

  /** Where the homes lie. */
  get base(): string {
    return this.path("base");
  }

  /** What its processes find in their environment. */
  get env(): Readonly<Record<string, string>> {
    return this.#env;
  }

  /** Where its processes put temporary files. */
  get temporary(): string {
    return this.path("temporary");
  }

  /** A path in here. */
  path(name: string): string {
    return `${this.#folder}/${name}`;
  }

  /** Write the settings file that its processes read. */
  async settings(text: string): Promise<void> {
    await Deno.mkdir(this.path("settings/nymwire"), { recursive: true });
    await Deno.writeTextFile(this.path("settings/nymwire/config.toml"), text);
  }

  /** Run the command line to its end. */
  async nymwire(
    args: readonly string[],
    options: CliOptions = {},
  ): Promise<Outcome> {
    return await cli(args, this.#here(options));
  }

  /** Start the command line. */
  start(args: readonly string[], options: CliOptions = {}): CliProcess {
    const process = new CliProcess(args, this.#here(options));
    this.#started.push(process);
    return process;
  }

  /** Bring a mixnet up. */
  async network(
    ...args: readonly string[]
  ): Promise<{ process: CliProcess; apiUrl: string }> {
    const process = this.start(["network", "up", ...args]);
    const line = await process.firstLine();
    if (!line.startsWith("ready ")) throw new Error(`No network: ${line}`);
    return { process, apiUrl: line.slice("ready ".length) };
  }

  /** Make a quick client on a network; returns its address. */
  async init(
    id: string,
    ...args: readonly string[]
  ): Promise<string> {
    return await this.initAtDefaults(id, ...QUICK, ...args);
  }

  /** Make a client with the default settings on a network; returns its address. */
  async initAtDefaults(
    id: string,
    ...args: readonly string[]
  ): Promise<string> {
    const network = args.includes("--network") ? [] : ["--network", "local"];
    // Whoever listens on the default port of this machine is nothing to a test.
    const port = args.includes("--port") ? [] : ["--port", "0"];
    const { code, stdout, stderr } = await this.nymwire([
      "init",
      "--id",
      id,
      ...network,
      ...port,
      ...args,
    ]);
    const address = /The address of this client is: (\S+)\n$/.exec(stdout)?.[1];
    if (code === 0 && address !== undefined) return address;
    throw new Error(`No client: ${code}\n${stdout}\n${stderr}`);
  }

  /** Run a client. */
  async run(
    id: string,
    ...args: readonly string[]
  ): Promise<RunningClient> {
    const process = this.start(["run", "--id", id, "--port", "0", ...args]);
    const line = await process.firstLine();
    if (!line.startsWith("listening on ws://127.0.0.1:")) {
      throw new Error(`No client: ${line}`);
    }
    return { process, url: line.slice("listening on ".length) };
  }

  /** Names of everything that processes left among the temporary files. */
  async leftTemporary(): Promise<string[]> {
    return (await Array.fromAsync(Deno.readDir(this.temporary)))
      .map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Clients before the network that they use.
    for (const process of this.#started.toReversed()) {
      await process[Symbol.asyncDispose]();
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  #here(options: CliOptions): CliOptions {
    return { ...options, env: { ...this.#env, ...options.env } };
  }
}

/** A port that nobody listens on, below those that systems give out by themselves: nobody else gets it meanwhile. */
export function closedPort(): number {
  for (;;) {
    const port = 11_000 + Math.floor(21_000 * systemChance());
    try {
      using _listener = Deno.listen({ hostname: "127.0.0.1", port });
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** Checks of one test, under their names, a few at a time. What they have in common is opened and closed around them. */
export async function together(
  test: Deno.TestContext,
  checks: Readonly<Record<string, () => Promise<void>>>,
  { atOnce = 3 }: { atOnce?: number } = {},
): Promise<void> {
  const waiting = Object.entries(checks);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, fn] = next;
      await test.step({
        name,
        fn,
        // Several run at once: the test around them looks for what they leave behind.
        sanitizeOps: false,
        sanitizeResources: false,
        sanitizeExit: false,
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
