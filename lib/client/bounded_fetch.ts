import { concat } from "../bytes/concat.ts";
import { ConnectionError, EXIT, ProtocolError } from "../errors.ts";

/** What asks a server, with the shape of the runtime's own `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Options of {@linkcode fetchText}. */
export interface FetchTextOptions {
  /** Asks the server. */
  fetch: Fetch;
  /** Longer answers are refused, in bytes. */
  limit: number;
  /** How long the whole answer may take, in milliseconds. */
  timeout: number;
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
}

const HINT =
  "Check the address of the directory and the connection, or choose another network";

/**
 * Get text over HTTP.
 *
 * @throws {ConnectionError} If the server cannot be reached or does not answer in time; exit code 3.
 * @throws {ProtocolError} If it answers with an error, with nothing, or with too much; exit code 3.
 * @throws The signal's reason.
 */
export async function fetchText(
  url: string,
  { fetch, limit, timeout, signal }: FetchTextOptions,
): Promise<string> {
  signal?.throwIfAborted();
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), timeout);
  const either = signal === undefined
    ? giveUp.signal
    : AbortSignal.any([signal, giveUp.signal]);
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      signal: either,
    });
    if (!response.ok) {
      await response.body?.cancel();
      throw refused(url, `HTTP status ${response.status}`);
    }
    return await readText(url, response, limit, either);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProtocolError) throw error;
    const why = giveUp.signal.aborted
      ? `no answer in ${timeout} ms`
      : rootMessage(error);
    throw new ConnectionError(`Cannot ask directory at ${url}: ${why}`, {
      cause: error,
      hint: HINT,
      exitCode: EXIT.down,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function readText(
  url: string,
  { body }: Response,
  limit: number,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  const stop = () => reader?.cancel();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for (;;) {
      const { done, value } = await reader?.read() ?? { done: true };
      signal.throwIfAborted();
      if (done || value === undefined) break;
      length += value.length;
      if (length > limit) throw refused(url, `more than ${limit} bytes`);
      chunks.push(value);
    }
  } finally {
    signal.removeEventListener("abort", stop);
    await reader?.cancel();
  }
  if (length === 0) throw refused(url, "an empty answer");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(concat(...chunks));
  } catch {
    throw refused(url, "bytes that are not text");
  }
}

function refused(url: string, state: string): ProtocolError {
  return new ProtocolError(`Cannot use directory at ${url}: have ${state}`, {
    hint: HINT,
    exitCode: EXIT.down,
  });
}

/** The runtime wraps what went wrong in errors that repeat the URL. */
function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) {
    root = root.cause;
  }
  const message = root instanceof Error ? root.message : String(root);
  const said = message.replace(/^.*?: (?=[^:]*$)/, "");
  const known = FAULTS.find(([pattern]) => pattern.test(said));
  return known ? said.replace(...known) : said;
}

/** What the runtime and the system say, and how we say it. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/^Connection refused.*/, "nobody listens there"],
  [/^Name or service not known.*/, "there is no such host"],
  [/^Requests to port (\d+) are blocked$/, "HTTP may not use port $1"],
  [/ \(os error \d+\)$/, ""],
];
