/**
 * Drops messages that came before: a sender that tries again to be sure, two cron jobs that say the same.
 *
 * ```sh
 * nymwire listen --plugin dedupe --set dedupe.minutes=1440
 * ```
 *
 * Two messages are the same if one sender sent both, with the same bytes; or, where `key` names a member of JSON messages,
 * with the same value of it. A message that was not taken and is handed out once more is not dropped.
 *
 * @module
 */
import type { Plugin, PluginContext, PluginMessage } from "nymwire";

interface Options {
  readonly minutes: number;
  readonly entries: number;
  readonly key: string;
}

/** What came, oldest first: a key of the store is the time and the digest, its value the id of the message. */
const seen = new Map<string, string>();

export default {
  meta: {
    api: 1,
    name: "dedupe",
    version: "1.0.0",
    description: "Drops messages that came before",
    options: {
      properties: {
        minutes: {
          type: "integer",
          description: "How long a message is remembered",
          default: 60,
          minimum: 1,
          maximum: 525_600,
        },
        entries: {
          type: "integer",
          description: "How many messages are remembered, the newest ones",
          default: 10_000,
          minimum: 1,
          maximum: 50_000,
        },
        key: {
          type: "string",
          description: "The member of JSON messages that names them",
          default: "",
        },
      },
    },
  },

  async start({ store }) {
    let keys: string[] = [];
    do {
      keys = await store.keys("", { after: keys.at(-1) });
      for (const key of keys) seen.set(digestOf(key), key);
    } while (keys.length > 0);
  },

  async message(message, context) {
    const { store, options: { minutes } } = context;
    const digest = await digestMessage(message, context.options.key);
    const now = message.time.getTime();
    const before = seen.get(digest);
    if (before && now - timeOf(before) < minutes * 60_000) {
      const id = await store.get(before);
      if (id !== message.id) {
        return { kind: "drop", reason: `the same as message ${id}` };
      }
      return { kind: "keep" };
    }
    await forget(before, context);
    const key = `${String(now).padStart(16, "0")} ${digest}`;
    await store.set(key, message.id);
    seen.set(digest, key);
    while (seen.size > context.options.entries) {
      await forget(seen.values().next().value, context);
    }
    return { kind: "keep" };
  },
} satisfies Plugin<Options>;

async function forget(
  key: string | undefined,
  { store }: PluginContext<Options>,
): Promise<void> {
  if (key === undefined) return;
  seen.delete(digestOf(key));
  await store.delete(key);
}

/** What tells messages apart: who sent it, and its name or its bytes. */
async function digestMessage(
  message: PluginMessage,
  member: string,
): Promise<string> {
  const { senderTag = "", bytes } = message;
  const name = nameOf(message, member);
  const start = `${senderTag} ${name === undefined ? "bytes" : "name"} `;
  const whole = new Blob([start, name ?? bytes]);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    await whole.arrayBuffer(),
  );
  return new Uint8Array(digest).toHex();
}

/** The member of a JSON message that names it, as JSON; nothing if there is none. */
function nameOf(message: PluginMessage, member: string): string | undefined {
  if (member === "") return undefined;
  try {
    const value = Object(message.json());
    return Object.hasOwn(value, member)
      ? JSON.stringify(value[member])
      : undefined;
  } catch {
    return undefined; // It is no JSON.
  }
}

function timeOf(key: string): number {
  return Number(key.slice(0, 16));
}

function digestOf(key: string): string {
  return key.slice(17);
}
