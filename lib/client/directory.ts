import { type Clock, sleep } from "../async/clock.ts";
import { ConnectionError, NymError, UsageError } from "../errors.ts";
import type { TopologySettings } from "../home/debug.ts";
import type { AnswerMemory } from "../home/directory_cache.ts";
import { topologyOfFile } from "../topology/view.ts";
import type { TopologyFile } from "../wire/directory/topology_file.ts";
import { type Fetch, fetchText } from "./bounded_fetch.ts";
import { type NetworkState, readAnswers } from "./directory_answers.ts";

export type { NetworkState };

/** The longest answer, in bytes; those of the main network have about one million. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** How long one answer may take, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** The pause before a directory that was not reached is asked once more, in milliseconds. */
const RETRY_MS = 300;

/** What was known of a network at a time. */
export interface LearnedState extends NetworkState {
  /** When it was asked for, in milliseconds since 1970. */
  readonly learnedAt: number;
}

/** Where a client learns of its network. */
export interface NetworkSource {
  /** What errors call the network. */
  readonly name: string;
  /**
   * Learn its present state.
   *
   * @throws {ConnectionError} If nobody answers; exit code 3.
   * @throws {DecodeError} If an answer is malformed; exit code 3.
   * @throws {ProtocolError} If the answers do not make a network that carries packets; exit code 3.
   */
  fetch(signal?: AbortSignal): Promise<NetworkState>;
  /** What an earlier run has learned, if anything of it is kept. */
  recall?(): Promise<LearnedState | undefined>;
}

/** Options of {@linkcode directorySource}. */
export interface DirectoryOptions {
  /** Base URLs of the directory; the next one is asked where one fails. */
  urls: readonly string[];
  /** Which nodes count. */
  settings: TopologySettings;
  /** Where time comes from. */
  clock: Clock;
  /** Asks the server. @default the runtime's */
  fetch?: Fetch | undefined;
  /** How long one answer may take, in milliseconds. @default 30_000 */
  timeout?: number | undefined;
  /** Where answers outlive a run. @default nowhere */
  memory?: AnswerMemory | undefined;
}

/**
 * The directory of a network, over HTTP (nymtech/nym, common/client-core/src/client/topology_control).
 *
 * @throws {UsageError} If there is no URL, or one is malformed.
 */
export function directorySource(options: DirectoryOptions): NetworkSource {
  const bases = options.urls.map(parseBase);
  if (bases.length === 0) {
    throw new UsageError("Cannot use directory: need at least one URL");
  }
  let preferred = 0;
  return {
    name: bases[0]!,
    recall: () => recallState(bases, options),
    async fetch(signal) {
      let failure: unknown;
      // Two rounds: a connection that breaks once says little about the directory.
      for (let attempt = 0; attempt < 2 * bases.length; attempt++) {
        if (attempt === bases.length) {
          await sleep(options.clock, RETRY_MS, signal);
        }
        try {
          return await fetchState(bases[preferred]!, options, signal);
        } catch (error) {
          signal?.throwIfAborted();
          failure = error;
          preferred = (preferred + 1) % bases.length;
          // One that answers nonsense does so again.
          if (bases.length === 1 && !(error instanceof ConnectionError)) break;
        }
      }
      throw failure;
    },
  };
}

/** A network that is written down in a file and does not change. */
export function fileSource(file: TopologyFile, clock: Clock): NetworkSource {
  return {
    name: "topology file",
    fetch: () =>
      new Promise((resolve) =>
        resolve({
          topology: topologyOfFile(file, clock.wall()),
          keyRotation: undefined,
        })
      ),
  };
}

async function fetchState(
  base: string,
  options: DirectoryOptions,
  signal: AbortSignal | undefined,
): Promise<NetworkState> {
  const { settings, clock, memory } = options;
  const { fetch = globalThis.fetch, timeout = TIMEOUT_MS } = options;
  // The first one that fails takes the others along.
  const failed = new AbortController();
  const either = signal === undefined
    ? failed.signal
    : AbortSignal.any([signal, failed.signal]);
  const learnedAt = clock.wall();
  const texts = new Map<string, string>();
  const state = await readAnswers({
    base,
    settings,
    async get(path) {
      const text = await fetchText(base + path, {
        fetch,
        limit: MAX_ANSWER_BYTES,
        timeout,
        signal: either,
      });
      texts.set(path, text);
      return text;
    },
    onOver: () => failed.abort(),
  });
  await memory?.keep({ url: base, learnedAt, texts });
  return state;
}

/** What was learned from one of these directories by an earlier run; nothing if it is not whole. */
async function recallState(
  bases: readonly string[],
  { memory, settings }: DirectoryOptions,
): Promise<LearnedState | undefined> {
  const kept = await memory?.recall();
  if (kept === undefined || !bases.includes(kept.url)) return undefined;
  const { url: base, learnedAt, texts } = kept;
  try {
    const state = await readAnswers({
      base,
      settings,
      get: (path) => Promise.resolve(texts.get(path) ?? ""),
    });
    return { ...state, learnedAt };
  } catch (error) {
    // Damaged, or asked for with other settings: the directory is asked.
    if (error instanceof NymError) return undefined;
    throw error;
  }
}

function parseBase(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) {
    throw new UsageError(
      `Cannot use directory ${url}: need an http:// or https:// address`,
    );
  }
  return url.endsWith("/") ? url : `${url}/`;
}
