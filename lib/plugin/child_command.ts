import { CHILD_ARGUMENT } from "./child/argument.ts";
import type { Grant } from "./grant.ts";
import { PLUGIN_CHILD } from "./program_folder.ts";

/** What a plugin's process is to be allowed. */
export interface ChildRights {
  /** The folder of the plugin, or its file alone; full paths without links. */
  readonly readable: string;
  readonly grants: readonly Grant[];
}

/** Options of {@linkcode childCommand}. */
export interface ChildCommandOptions extends ChildRights {
  /** How much its values may take, in MiB. */
  readonly memory: number;
  /** A folder for the runtime's own files. */
  readonly scratch: string;
  /** The environment that granted variables are taken from. */
  readonly env: { get(name: string): string | undefined };
}

/** A program with its arguments and environment. */
export interface ChildCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether it finds our own environment too. */
  readonly ownEnv: boolean;
}

/** The largest file that a plugin's process may write where nothing is granted, in blocks of 512 bytes: a runtime's caches. */
const MAX_FILE_BLOCKS = 65_536;

/**
 * The command that serves a plugin. Its rights are those that code of the plugin's *parent* has: what a worker imports
 * statically is checked against them.
 */
export function childCommand(options: ChildCommandOptions): ChildCommand {
  const { memory, scratch, env, grants } = options;
  const own = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--deny-import",
    "--cached-only",
    "--no-code-cache",
    "--unstable-worker-options",
    `--v8-flags=--max-old-space-size=${memory}`,
    ...rightFlags(options),
  ];
  const command = [Deno.execPath(), ...entry(own)];
  const variables: Record<string, string> = {
    DENO_DIR: scratch,
    DENO_NO_UPDATE_CHECK: "1",
    DENO_V8_FLAGS: `--max-old-space-size=${memory}`,
    NO_COLOR: "1",
  };
  const wanted = values(grants, "env");
  if (Deno.build.os === "windows") wanted.push("SystemRoot");
  // The modules of a compiled program seem to lie among the temporary files: its child has to look in the same place.
  if (Deno.build.standalone) wanted.push("TMPDIR", "TMP", "TEMP");
  for (const name of wanted) {
    const value = env.get(name);
    if (value !== undefined) variables[name] = value;
  }
  const [program, ...args] = withLimits(command, grants);
  return { program: program!, args, env: variables, ownEnv: false };
}

/** The command that serves a plugin which may do all that we can, with the settings of our own program. */
export function trustedCommand(): ChildCommand {
  const flags = ["run", "--quiet", "--no-prompt", "--allow-all"];
  return {
    program: Deno.execPath(),
    args: entry([...flags, "--unstable-worker-options"]),
    env: { NO_COLOR: "1" },
    ownEnv: true,
  };
}

/** What the worker of a plugin may do: the same, as an object. */
export function workerPermissions(
  { readable, grants }: ChildRights,
): Deno.PermissionOptionsObject {
  const some = (list: string[]) => list.length === 0 ? false : list;
  const writable = values(grants, "write");
  return {
    read: [readable, ...values(grants, "read"), ...writable],
    write: some(writable),
    run: some(values(grants, "run")),
    env: some(values(grants, "env")),
    net: false,
    ffi: false,
    sys: false,
    import: false,
  };
}

function rightFlags(rights: ChildRights): string[] {
  const { read, write, run, env } = workerPermissions(rights);
  return Object.entries({ read, write, run, env }).flatMap(([kind, list]) =>
    Array.isArray(list) ? [`--allow-${kind}=${list.join(",")}`] : []
  );
}

/** A compiled program has nothing but itself to start. */
function entry(flags: readonly string[]): string[] {
  return Deno.build.standalone
    ? [CHILD_ARGUMENT]
    : [...flags, PLUGIN_CHILD.href];
}

/**
 * On systems with a shell the process leaves no core file behind, which would hold messages, and cannot fill the disk with
 * what it may write without being asked. The shell is replaced by the program.
 */
function withLimits(command: string[], grants: readonly Grant[]): string[] {
  if (Deno.build.os === "windows") return command;
  const writes = grants.some(({ kind }) => kind === "write" || kind === "run");
  const files = writes ? "" : ` trap "" XFSZ; ulimit -f ${MAX_FILE_BLOCKS};`;
  const script = `ulimit -c 0;${files} exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...command];
}

function values(grants: readonly Grant[], kind: Grant["kind"]): string[] {
  return grants.filter((grant) => grant.kind === kind).map(({ value }) =>
    value
  );
}

/** Whether a path can be named in the runtime's flags, which are lists separated by commas. */
export function canBeNamed(path: string): boolean {
  return !path.includes(",");
}
