import { DecodeError } from "../errors.ts";
import { JsonReader } from "../wire/json_reader.ts";
import { lockState } from "./lock.ts";
import type { HomePaths } from "./paths.ts";
import { removeIfThere, whileThere, writePrivateFile } from "./private_file.ts";

/** The version of the run file. */
const VERSION = 1;

/** A run file is a few lines: a longer one is none. */
const MAX_LENGTH = 10_000;

/** Where our own channel of a running client is. */
export interface RunChannel {
  /** The url of its websocket. */
  readonly url: string;
  /** The file that holds its token. */
  readonly tokenFile: string;
}

/** What a running client tells about itself: `<home>/nymwire/run.json`. */
export interface RunFile {
  /** The process. */
  readonly pid: number;
  /** When it started, RFC 3339. */
  readonly startedAt: string;
  /** The stock websocket; nothing if it has none. */
  readonly url: string | null;
  /** The client's address. */
  readonly address: string;
  /** Our own channel; nothing if it serves none. */
  readonly channel: RunChannel | null;
}

/** What is known about a client that runs in a home. */
export type RunState =
  /** None does. */
  | { readonly kind: "none" }
  /** None does, but one that did left its run file when it was killed. */
  | { readonly kind: "stale"; readonly run: RunFile }
  /** One is about to start or about to end: it holds the home and says nothing. */
  | { readonly kind: "silent"; readonly pid: number | undefined }
  /** One does. */
  | { readonly kind: "live"; readonly run: RunFile };

/** Tell others about this client; whoever writes this holds the lock of the home. */
export async function writeRunFile(
  paths: Pick<HomePaths, "runFile">,
  run: RunFile,
): Promise<void> {
  const { pid, startedAt, url, address, channel } = run;
  const json = { v: VERSION, pid, startedAt, url, address, channel };
  await writePrivateFile(paths.runFile, `${JSON.stringify(json)}\n`);
}

/** Tell others that this client is gone; to be done before the lock of the home is let go. */
export async function removeRunFile(
  paths: Pick<HomePaths, "runFile">,
): Promise<void> {
  await removeIfThere(paths.runFile);
}

/**
 * Find out about the client that runs in a home. A process is believed to live as long as it holds the lock: numbers of
 * processes are used again, locks are not.
 */
export async function readRunState(
  paths: Pick<HomePaths, "runFile" | "lock">,
): Promise<RunState> {
  const lock = await lockState(paths.lock);
  const text = await whileThere(() => Deno.readTextFile(paths.runFile));
  const run = text === undefined ? undefined : decodeRunFile(text);
  if (lock.kind === "free") {
    return run === undefined ? { kind: "none" } : { kind: "stale", run };
  }
  // What an earlier process left says nothing about the one that holds the home now.
  if (run === undefined || (lock.pid !== undefined && run.pid !== lock.pid)) {
    return { kind: "silent", pid: lock.pid };
  }
  return { kind: "live", run };
}

/** The run file in a text; nothing if it is none, or of another version. */
export function decodeRunFile(text: string): RunFile | undefined {
  try {
    const json = JsonReader.parse(text, {
      title: "run file",
      maxLength: MAX_LENGTH,
    });
    json.field("v").integer(VERSION, VERSION);
    const channel = json.optional("channel");
    return {
      pid: json.field("pid").integer(1, 2 ** 32 - 1),
      startedAt: json.field("startedAt").string(64),
      url: json.optional("url")?.string(200) ?? null,
      address: json.field("address").string(200),
      channel: channel === undefined ? null : {
        url: channel.field("url").string(200),
        tokenFile: channel.field("tokenFile").string(4096),
      },
    };
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
