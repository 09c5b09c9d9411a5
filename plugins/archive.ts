import { DatabaseSync } from "node:sqlite";
import type { Plugin, PluginMessage } from "nymwire";

interface Options {
  readonly folder: string;
  readonly days: number;
  readonly maxBytes: number;
}

const SCHEMA = `
  PRAGMA secure_delete = ON;
  CREATE TABLE IF NOT EXISTS message (
    number INTEGER PRIMARY KEY,
    direction TEXT NOT NULL CHECK (direction IN ('incoming', 'outgoing')),
    id TEXT NOT NULL,
    time INTEGER NOT NULL, -- milliseconds since 1970
    size INTEGER NOT NULL,
    sender_tag TEXT,
    recipient TEXT,
    body BLOB NOT NULL,
    UNIQUE (direction, id, time)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_time ON message (time);
`;

let database: DatabaseSync;
let used = 0;

/**
 * Keeps messages in a database, what arrives and what is sent, as they are at its place in the chain: first in it, as they come;
 * last, as others made them. Older ones than `days` are forgotten, and the oldest ones when there are more than `maxBytes` of
 * them. A message that cannot be kept fails, so that `--on-error fail` never lets one pass by.
 *
 *     nymwire listen --plugin archive --set archive.folder=$HOME/mail --grant archive.write=$HOME/mail
 *     sqlite3 ~/mail/archive.sqlite "SELECT datetime(time / 1000, 'unixepoch'), CAST(body AS TEXT) FROM message"
 */
export default {
  meta: {
    api: 1,
    name: "archive",
    version: "1.0.0",
    description: "Keeps messages in an SQLite database",
    options: {
      properties: {
        folder: {
          type: "string",
          description: "Where archive.sqlite lies",
          minLength: 1,
        },
        days: {
          type: "integer",
          description: "How long a message is kept",
          default: 30,
          minimum: 1,
          maximum: 36_500,
        },
        maxBytes: {
          type: "integer",
          description: "What all messages together take at most",
          default: 100_000_000,
          minimum: 1,
        },
      },
      required: ["folder"],
    },
    grants: [{
      kind: "write",
      option: "folder",
      why: "to keep messages there",
    }],
  },

  async start({ options: { folder } }) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const path = `${folder}/archive.sqlite`;
    // Nobody but the user reads it: it is made with these rights before anything is in it.
    using _file = await Deno.open(path, {
      write: true,
      create: true,
      mode: 0o600,
    });
    database = new DatabaseSync(path, { timeout: 5000 });
    database.exec(SCHEMA);
    const sum = database.prepare("SELECT sum(size) AS used FROM message").get();
    used = Number(sum?.["used"] ?? 0);
  },

  message: (message, { options }) => keep(message, options),

  outgoing: (message, { options }) => keep(message, options),

  stop: () => database.close(),
} satisfies Plugin<Options>;

function keep(message: PluginMessage, { days, maxBytes }: Options): void {
  const { direction, id, time, bytes, senderTag, to, replyTo } = message;
  if (bytes.length > maxBytes) {
    throw new RangeError(
      `Cannot keep ${bytes.length} bytes: archive.maxBytes is ${maxBytes}`,
    );
  }
  // One that is delivered again is there already.
  const { changes } = database.prepare(
    "INSERT OR IGNORE INTO message (direction, id, time, size, sender_tag, recipient, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  ).run(
    direction,
    id,
    time.getTime(),
    bytes.length,
    senderTag ?? replyTo ?? null,
    to ?? null,
    bytes,
  );
  if (changes > 0) used += bytes.length;
  forget("time < ?", time.getTime() - days * 86_400_000);
  const oldest = "number = (SELECT min(number) FROM message WHERE size >= ?)";
  while (used > maxBytes && forget(oldest, 0) > 0);
}

/** Returns how many messages are forgotten. */
function forget(which: string, value: number): number {
  const gone = database.prepare(
    `DELETE FROM message WHERE ${which} RETURNING size`,
  ).all(value);
  for (const { size } of gone) used -= Number(size);
  return gone.length;
}
