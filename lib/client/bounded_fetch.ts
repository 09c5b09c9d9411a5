import {
  ConnectionError,
  EXIT,
  ProtocolError,
  rootMessage,
} from "../errors.ts";
import { readBody } from "../transport/read_body.ts";

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
    return decodeText(url, await readBody(response, limit, either), limit);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof ProtocolError) throw error;
    const why = giveUp.signal.aborted
      ? `no answer in ${timeout} ms`
      : reasonOf(error);
    throw new ConnectionError(`Cannot ask directory at ${url}: ${why}`, {
      cause: error,
      hint: HINT,
      exitCode: EXIT.down,
    });
  } finally {
    clearTimeout(timer);
  }
}

function decodeText(url: string, bytes: Uint8Array | undefined, limit: number) {
  if (bytes === undefined) throw refused(url, `more than ${limit} bytes`);
  if (bytes.length === 0) throw refused(url, "an empty answer");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
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
function reasonOf(error: unknown): string {
  const said = rootMessage(error).replace(/^.*?: (?=[^:]*$)/, "");
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
