import type { Plugin, PluginContext, PluginMessage } from "nymwire";

interface Options {
  readonly url: string;
  readonly body: boolean;
  readonly tokenVariable: string;
  readonly queue: number;
  readonly attempts: number;
}

/** A notice that waits to be told. */
interface Notice {
  readonly [key: string]: string | number | null;
}

/** Larger messages are told of without their body, in bytes. */
const MAX_BODY = 65_536;

/** How long a failure is waited for, in milliseconds: twice as long after each one. */
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 300_000;

let queued: string[] = [];
let failures = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
let telling: Promise<void> = Promise.resolve();

/**
 * Tells a web service of every message: `POST {"id":"…","time":"…","size":5,"senderTag":null}`, with `text` or `base64` too if `body` is
 * on. What cannot be told waits on disk, in order, and is tried again with longer and longer pauses; a notice can come twice,
 * with the same `id`. A token in `tokenVariable` goes along as `Authorization: Bearer`.
 *
 *     nymwire run --id me --plugin webhook --set webhook.url=https://hooks.example/nym \
 *       --grant webhook.net=hooks.example:443
 */
export default {
  meta: {
    api: 1,
    name: "webhook",
    version: "1.0.0",
    description: "Tells a web service of every message",
    options: {
      properties: {
        url: { type: "string", description: "What is told", minLength: 1 },
        body: {
          type: "boolean",
          description: "Whether it is told what messages say",
          default: false,
        },
        tokenVariable: {
          type: "string",
          description: "The variable of the environment that holds a token",
          default: "",
        },
        queue: {
          type: "integer",
          description: "How many notices wait; then the oldest is given up",
          default: 1000,
          minimum: 1,
          maximum: 10_000,
        },
        attempts: {
          type: "integer",
          description: "How often a notice is tried before it is given up",
          default: 20,
          minimum: 1,
        },
      },
      required: ["url"],
    },
    grants: [
      { kind: "net", option: "url", why: "to tell it of messages" },
      { kind: "env", option: "tokenVariable", why: "to read the token" },
    ],
  },

  async start(context) {
    for (let more = true; more;) {
      const keys = await context.store.keys("", { after: queued.at(-1) ?? "" });
      queued.push(...keys);
      more = keys.length > 0;
    }
    if (queued.length > 0) later(context, FIRST_WAIT);
  },

  async message(message, context) {
    const { store, options, log } = context;
    const time = String(message.time.getTime()).padStart(16, "0");
    const key = `${time} ${message.id}`;
    await store.set(key, noticeOf(message, options));
    if (!queued.includes(key)) queued.push(key);
    while (queued.length > options.queue) {
      log("too many notices wait, the oldest is given up", "warn");
      await store.delete(queued.shift()!);
    }
    if (failures === 0) await tellAll(context);
  },

  async stop() {
    clearTimeout(timer);
    await telling;
  },
} satisfies Plugin<Options>;

function noticeOf(message: PluginMessage, { body }: Options): Notice {
  const { id, time, bytes, senderTag = null } = message;
  const notice = {
    id,
    time: time.toISOString(),
    size: bytes.length,
    senderTag,
  };
  if (!body || bytes.length > MAX_BODY) return notice;
  try {
    return { ...notice, text: message.text() };
  } catch {
    return { ...notice, base64: bytes.toBase64() };
  }
}

/** Tell what waits, one notice at a time, until one fails. */
function tellAll(context: PluginContext<Options>): Promise<void> {
  const turn = telling.then(async () => {
    while (queued.length > 0 && !context.signal.aborted) {
      const key = queued[0]!;
      const problem = await tell(key, context);
      if (problem !== undefined && ++failures < context.options.attempts) {
        context.log(`cannot tell: ${problem}; ${queued.length} wait`, "warn");
        return later(context, FIRST_WAIT * 2 ** (failures - 1));
      }
      if (problem !== undefined) {
        context.log(`gives a notice up: ${problem}`, "warn");
      }
      failures = 0;
      queued = queued.filter((other) => other !== key);
      await context.store.delete(key);
    }
  });
  telling = turn.catch(() => {}); // Whoever asked for this turn is told.
  return turn;
}

function later(context: PluginContext<Options>, wait: number): void {
  clearTimeout(timer);
  timer = setTimeout(
    () => tellAll(context).catch((error) => context.log(error.message, "warn")),
    Math.min(wait, LONGEST_WAIT),
  );
}

/** Tell of one message. Returns why it could not be told. */
async function tell(
  key: string,
  { store, fetch, options: { url, tokenVariable } }: PluginContext<Options>,
): Promise<string | undefined> {
  const token = tokenVariable && Deno.env.get(tokenVariable);
  const headers = { "content-type": "application/json" };
  const notice = await store.get(key);
  if (notice === undefined) return undefined;
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: token
        ? { ...headers, authorization: `Bearer ${token}` }
        : headers,
      body: JSON.stringify(notice),
      timeout: 10_000,
      maxBytes: 100_000,
    });
    return response.ok ? undefined : `the answer is ${response.status}`;
  } catch (error) {
    return (error as Error).message;
  }
}
