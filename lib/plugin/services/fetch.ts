import { PluginError, rootMessage } from "../../errors.ts";
import { readBody } from "../../transport/read_body.ts";
import { covers, type Grant, netGrantOf } from "../grant.ts";
import type { JsonValue } from "../api.ts";
import type { PluginRequest } from "../protocol.ts";

/** What asks a server, with the shape of the runtime's own `fetch`. */
export type Fetch = (url: URL, init: RequestInit) => Promise<Response>;

/** How often an answer can point elsewhere. */
const MAX_REDIRECTS = 5;

/** What a plugin must not say: it belongs to the connection, or lies about who is asked. */
const OURS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|keep-alive|expect|proxy-.*)$/i;

/** What is meant for one host alone. */
const PRIVATE = /^(authorization|cookie)$/i;

/** Options of {@linkcode fetchFor}. */
export interface FetchForOptions {
  readonly name: string;
  readonly grants: readonly Grant[];
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

type FetchRequest = Extract<PluginRequest, { op: "fetch" }>;

/**
 * Ask a web service for a plugin: granted hosts alone, those of redirects too; the answer is bounded in size and time.
 *
 * @throws {PluginError} If it is not granted, takes too long, or is too large.
 */
export async function fetchFor(
  request: FetchRequest,
  { name, grants, fetch, signal }: FetchForOptions,
): Promise<JsonValue> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), request.timeout);
  const either = AbortSignal.any([signal, giveUp.signal]);
  try {
    const { url, response } = await follow(request, {
      name,
      grants,
      fetch,
      signal: either,
    });
    const { maxBytes } = request;
    const body = await readBody(response, maxBytes, either);
    if (body === undefined) {
      throw new PluginError(
        `Cannot fetch ${url.host}: need at most ${maxBytes} bytes, have more`,
      );
    }
    return {
      url: url.href,
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers].filter(([name]) => !isPackaging(name)),
      body: body.toBase64(),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PluginError) throw error;
    const why = giveUp.signal.aborted
      ? `no answer in ${request.timeout} ms`
      : rootMessage(error);
    throw new PluginError(`Cannot fetch ${originOf(request.url)}: ${why}`, {
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function follow(
  request: FetchRequest,
  { name, grants, fetch, signal }: FetchForOptions,
): Promise<{ url: URL; response: Response }> {
  let url = checkUrl(request.url, name, grants);
  let { method, headers } = request;
  let body: BodyInit | null = request.body ?? null;
  for (let hops = 0;; hops++) {
    const response = await fetch(url, {
      method,
      headers: headers.filter(([header]) => !OURS.test(header)).map(
        ([header, value]) => [header, value] as [string, string],
      ),
      body,
      redirect: "manual",
      signal,
    });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || !location) {
      return { url, response };
    }
    await response.body?.cancel();
    if (hops === MAX_REDIRECTS) {
      throw new PluginError(
        `Cannot fetch ${
          originOf(request.url)
        }: more than ${MAX_REDIRECTS} redirects`,
      );
    }
    const next = checkUrl(location, name, grants, url);
    if (next.origin !== url.origin) {
      headers = headers.filter(([header]) => !PRIVATE.test(header));
    }
    // As browsers do: only 307 and 308 keep the method and the body.
    if (response.status < 307 && method !== "GET" && method !== "HEAD") {
      method = "GET";
      body = null;
      headers = headers.filter(([header]) => !/^content-/i.test(header));
    }
    url = next;
  }
}

function checkUrl(
  text: string,
  name: string,
  grants: readonly Grant[],
  base?: URL,
): URL {
  const url = URL.parse(text, base);
  const needed = url && netGrantOf(url);
  if (!url || !needed) {
    throw new PluginError(`Cannot fetch ${text.slice(0, 80)}: no web address`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new PluginError(
      `Cannot fetch ${url.host}: a password belongs into a header`,
    );
  }
  if (grants.some((granted) => covers(granted, needed))) return url;
  throw new PluginError(
    `Cannot fetch ${url.host}: not granted, add --grant ${name}.net=${needed.value}`,
  );
}

/** The answer is unpacked already. */
function isPackaging(header: string): boolean {
  return /^(content-encoding|content-length|transfer-encoding)$/i.test(header);
}

/** Paths and queries can hold secrets: an error names the server alone. */
function originOf(url: string): string {
  return URL.parse(url)?.host ?? "an address";
}
