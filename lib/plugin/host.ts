import { type Clock, systemClock } from "../async/clock.ts";
import { LIMITS } from "./limits.ts";
import type { PluginMailbox } from "./mailbox.ts";
import { pathOf, realPath } from "./paths.ts";
import { CODE_FOLDER } from "./program_folder.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import type { Fetch } from "./services/fetch.ts";
import type { PluginLogLine } from "./services/services.ts";

/** What all plugins of a chain share. */
export interface HostOptions {
  /** The client of the moment; none while there is none. */
  mailbox(): PluginMailbox | undefined;
  /** Called with every line that a plugin logs, and with what we have to say of plugins. */
  onLog(line: PluginLogLine): void;
  /** Where plugins keep what they store, each in a folder of its own; without it nothing lasts. */
  readonly storeFolder?: string | undefined;
  /** Whether what plugins store lasts; otherwise they find what is there, and what they change is forgotten. @default true */
  readonly keepStore?: boolean | undefined;
  /** Folders that hold keys. No plugin reads or writes there, whatever is granted. */
  readonly protect: readonly string[];
  /** Files that no plugin may change, beside our program and the plugins themselves. @default none */
  readonly readOnly?: readonly string[] | undefined;
  /** Paths of options and grants are seen from here. @default the working folder of the process */
  readonly cwd?: string | undefined;
  /** The environment that granted variables are taken from. */
  readonly env: { get(name: string): string | undefined };
  /** Time. @default the system's */
  readonly clock?: Clock | undefined;
  /** Asks web services. @default the runtime's */
  readonly fetch?: Fetch | undefined;
  /** How long a plugin may take to load, and again to start, in milliseconds. @default LIMITS.boot */
  readonly bootTimeout?: number | undefined;
}

/** {@linkcode HostOptions}, made ready. */
export interface Host extends HostOptions {
  readonly cwd: string;
  readonly clock: Clock;
  readonly fetch: Fetch;
  readonly bootTimeout: number;
  /** Our own program and the plugins themselves: no plugin writes them. */
  readonly code: readonly string[];
  /** A folder for the runtime of plugins; made when it is first asked for. */
  scratch(): Promise<string>;
  /** Remove that folder. */
  close(): Promise<void>;
}

/** Make ready what plugins share. No plugin may write `code`. */
export async function openHost(
  options: HostOptions,
  code: readonly string[] = [],
): Promise<Host> {
  const { cwd = Deno.cwd(), clock = systemClock } = options;
  const { fetch = (url, init) => globalThis.fetch(url, init) } = options;
  const { bootTimeout = LIMITS.boot, readOnly = [] } = options;
  let scratch: Promise<Scratch> | undefined;
  const own = CODE_FOLDER.protocol === "file:" && !Deno.build.standalone
    ? [pathOf(CODE_FOLDER.href, cwd)]
    : [];
  return {
    ...options,
    cwd,
    clock,
    fetch,
    bootTimeout,
    protect: await Promise.all(options.protect.map(realPath)),
    code: await Promise.all(
      [Deno.execPath(), ...own, ...code, ...readOnly].map(realPath),
    ),
    scratch: async () => (await (scratch ??= makeScratch())).path,
    async close() {
      const made = await scratch;
      scratch = undefined;
      await made?.remove();
    },
  };
}
