import type { Plugin, PluginContext } from "nymwire";

interface Options {
  readonly hosts: readonly string[];
  readonly methods: readonly string[];
  readonly maxBytes: number;
  readonly timeout: number;
}

/** The headers of a request that are passed on: none that tell who asks. */
const HEADERS = ["accept", "accept-language", "content-type"];

/**
 * Asks web services for people whom nobody sees. A message is `{"fetch":"https://HOST/PATH"}`, and with `"method":"POST"` it can
 * have a `body`, and `headers`; the answer is `{"status":200,"type":"text/plain","body":"…"}`, with `base64` in the place of `body`
 * for what is no text, or `{"error":"…"}`. Only the hosts that are granted are asked, also by redirects.
 *
 *     nymwire run --id web --plugin http_fetch --set http_fetch.hosts=example.org:443 \
 *       --grant http_fetch.net=example.org:443
 */
export default {
  meta: {
    api: 1,
    name: "http_fetch",
    version: "1.0.0",
    description: "Asks granted web services, and answers with what they say",
    options: {
      properties: {
        hosts: {
          type: "array",
          description: "Who can be asked, as HOST:PORT",
          items: { type: "string" },
          minItems: 1,
        },
        methods: {
          type: "array",
          description: "How they can be asked",
          items: { type: "string", enum: ["GET", "POST"] },
          default: ["GET"],
        },
        maxBytes: {
          type: "integer",
          description: "Longer answers of web services are an error",
          default: 100_000,
          minimum: 1,
          maximum: 10_000_000,
        },
        timeout: {
          type: "integer",
          description: "How long an answer may take, in milliseconds",
          default: 20_000,
          minimum: 1,
          maximum: 25_000,
        },
      },
      required: ["hosts"],
    },
    grants: [{
      kind: "net",
      option: "hosts",
      why: "to ask on behalf of others",
    }],
    match: { answerable: true, json: { fetch: true } },
  },

  async message(message, context) {
    const answer = await ask(message.json(), context)
      // What its operator could do about it is not for strangers.
      .catch(({ message }: Error) => ({
        error: message.replace(/, add --grant .*/, ""),
      }));
    await context.reply(message, JSON.stringify(answer));
    return { kind: "drop", reason: "it was a request, and is answered" };
  },
} satisfies Plugin<Options>;

async function ask(
  request: unknown,
  { fetch, options }: PluginContext<Options>,
): Promise<Record<string, string | number>> {
  const { fetch: url, method = "GET", headers = {}, body } = Object(request);
  if (typeof url !== "string") throw new TypeError("fetch: need an address");
  if (!options.methods.includes(method)) {
    throw new TypeError(`method: need ${options.methods.join(" or ")}`);
  }
  if (body !== undefined && (method === "GET" || typeof body !== "string")) {
    throw new TypeError("body: need text, and the method POST");
  }
  const { timeout, maxBytes } = options;
  const response = await fetch(url, {
    method,
    headers: passedOn(headers),
    body,
    timeout,
    maxBytes,
  });
  const { status } = response;
  const type = response.headers.get("content-type") ?? "";
  const bytes = await response.bytes();
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    return { status, type, body: text.decode(bytes) };
  } catch {
    return { status, type, base64: bytes.toBase64() };
  }
}

function passedOn(headers: unknown): Record<string, string> {
  const known = Object.entries(Object(headers)).filter(([name]) =>
    HEADERS.includes(name.toLowerCase())
  );
  return Object.fromEntries(
    known.map(([name, value]) => [name, String(value)]),
  );
}
