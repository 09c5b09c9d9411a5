import { dirname } from "node:path";
import type { JsonValue } from "./api.ts";
import {
  canBeNamed,
  childCommand,
  type ChildRights,
  trustedCommand,
  workerPermissions,
} from "./child_command.ts";
import { startChildPort } from "./child_port.ts";
import { explain } from "./explain.ts";
import type { Grant } from "./grant.ts";
import type { Host } from "./host.ts";
import { linkOutOf } from "./links.ts";
import { fileUrl, isWithin, pathOf } from "./paths.ts";
import { cannotLoad, noFile, noSuchPlugin } from "./plugin_fault.ts";
import type { PluginPort } from "./port.ts";
import type { PluginRequest } from "./protocol.ts";
import { type Loaded, PluginSession } from "./session.ts";
import type { PluginSpec } from "./spec.ts";

/** MiB that a plugin's values may take unless the user says otherwise. */
const DEFAULT_MEMORY = 128;

/** What a process takes beside the values of its plugin, in MiB. */
const OWN_MEMORY = 128;

/** Files and folders that the folder of a plugin can hold. */
const MAX_FOLDER = 20_000;

/** Options of {@linkcode loadPlugin}. */
export interface LoadOptions {
  readonly host: Host;
  /** Does what the plugin asks for, once it is bound. */
  handle(request: PluginRequest, grants: readonly Grant[]): Promise<JsonValue>;
  /** What the plugin prints past us. */
  onStray(line: string): void;
  /** Ends loading and starting; later it means nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** A plugin whose module is loaded, and nothing more. */
export interface LoadedPlugin extends AsyncDisposable {
  readonly session: PluginSession;
  readonly loaded: Loaded;
  readonly url: string;
  /** Let its requests be served. */
  bind(grants: readonly Grant[]): void;
}

/**
 * Load the module of a plugin, with the grants that its process has to know.
 *
 * @throws {PluginError} With the file, the place and what to do.
 * @throws The signal's reason; nothing of the plugin runs then.
 */
export async function loadPlugin(
  spec: PluginSpec,
  path: string,
  native: readonly Grant[],
  options: LoadOptions,
): Promise<LoadedPlugin> {
  const { host, handle, signal } = options;
  signal?.throwIfAborted();
  const url = fileUrl(path);
  let grants: readonly Grant[] | undefined;
  const port = spec.trusted
    ? startTrusted(spec, path, options)
    : await startSandboxed(spec, path, native, options);
  const session = new PluginSession({
    port,
    clock: host.clock,
    async handle(request) {
      if (grants === undefined && request.op !== "log") {
        throw new Error("Cannot do this before start is called");
      }
      return await handle(request, grants ?? []);
    },
  });
  try {
    const loaded = await explain(
      spec,
      url,
      "load",
      session.loaded(host.bootTimeout, signal),
    );
    return {
      session,
      loaded,
      url,
      bind: (bound) => grants = bound,
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

/** Let a plugin do all that we can, in a process of its own: what it breaks there is not us. */
function startTrusted(
  { name }: PluginSpec,
  path: string,
  { host, onStray }: LoadOptions,
): PluginPort {
  return startChildPort({
    command: trustedCommand(),
    cwd: host.cwd,
    config: {
      name,
      url: fileUrl(path),
      permissions: "inherit",
      maxMemory: Number.MAX_SAFE_INTEGER,
    },
    onStray,
    clock: host.clock,
  });
}

async function startSandboxed(
  spec: PluginSpec,
  path: string,
  grants: readonly Grant[],
  { host, onStray }: LoadOptions,
): Promise<PluginPort> {
  const rights: ChildRights = { readable: await readable(path, host), grants };
  const lists = Object.values(workerPermissions(rights)).flat();
  const unnamed = lists.find((place) =>
    typeof place === "string" && !canBeNamed(place)
  );
  if (unnamed) {
    throw cannotLoad(spec.file, `there is a comma in ${unnamed}`, {
      hint: "Move it to a path without commas",
    });
  }
  const { memory = DEFAULT_MEMORY } = spec;
  return startChildPort({
    command: childCommand({
      ...rights,
      memory,
      scratch: await host.scratch(),
      env: host.env,
    }),
    cwd: dirname(path),
    config: {
      name: spec.name,
      url: fileUrl(path),
      permissions: workerPermissions(rights),
      maxMemory: (2 * memory + OWN_MEMORY) * 1024 * 1024,
    },
    onStray,
    clock: host.clock,
  });
}

/**
 * A plugin reads its folder. Where that is above the keys or among them, as a home folder is, or has links that lead out of
 * it, or is more than the folder of a plugin, it reads its file alone.
 */
async function readable(path: string, { protect }: Host): Promise<string> {
  const folder = dirname(path);
  const risky = protect.some((place) =>
    isWithin(place, folder) || isWithin(folder, place)
  );
  return risky || await linkOutOf(folder, { limit: MAX_FOLDER })
    ? path
    : folder;
}

/**
 * The full path of a plugin, without links.
 *
 * @throws {PluginError} If there is no such file.
 */
export async function pluginPath(
  spec: PluginSpec,
  host: Host,
): Promise<string> {
  let path: string;
  let isFile: boolean;
  try {
    path = await Deno.realPath(pathOf(spec.file, host.cwd));
    ({ isFile } = await Deno.stat(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) throw noSuchPlugin(spec.file);
    throw cannotLoad(spec.file, (cause as Error).message, { cause });
  }
  if (isFile) return path;
  throw noFile(spec.file);
}
