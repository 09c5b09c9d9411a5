import type { Plugin, PluginContext } from "nymwire";

interface Options {
  hours: number;
}

interface Seen {
  readonly id: string;
  readonly time: number;
}

const PREFIX = "seen/";
const HOUR_MS = 3_600_000;

/** How often old entries are looked for: every so many messages. */
const SWEEP_EVERY = 500;

let sinceSweep = 0;

/**
 * Drops messages that say what another one has said before. It knows them by the hash of their bytes, for `hours`. A message
 * that is delivered again, because it was not taken the first time, is no double: it has the same id.
 */
export default {
  meta: {
    api: 1,
    name: "dedupe",
    version: "1.0.0",
    description: "Drops messages that have arrived before",
    options: {
      properties: {
        hours: {
          type: "number",
          description: "How long a message is remembered",
          minimum: 0,
          default: 24,
        },
      },
    },
  },

  start: (context) => sweep(context, Date.now()),

  async message(message, context) {
    const { id } = message;
    const time = message.time.getTime();
    const hash = await crypto.subtle.digest("SHA-256", message.bytes);
    const key = `${PREFIX}${new Uint8Array(hash).toHex()}`;
    const before = await context.store.get(key) as Seen | undefined;
    const limit = context.options.hours * HOUR_MS;
    if (before && before.id !== id && time - before.time < limit) {
      return { kind: "drop", reason: `it says the same as ${before.id}` };
    }
    if (++sinceSweep >= SWEEP_EVERY) await sweep(context, time);
    await context.store.set(key, { id, time });
    return { kind: "keep" };
  },
} satisfies Plugin<Options>;

/** Forget what is too old to matter. */
async function sweep(
  { store, options }: PluginContext<Options>,
  now: number,
): Promise<void> {
  sinceSweep = 0;
  let after = "";
  for (;;) {
    const keys = await store.keys(PREFIX, { after });
    if (keys.length === 0) return;
    for (const key of keys) {
      const seen = await store.get(key) as Seen | undefined;
      if (seen && now - seen.time >= options.hours * HOUR_MS) {
        await store.delete(key);
      }
    }
    after = keys.at(-1)!;
  }
}
