import type { DatabaseSync } from "../sqlite.ts";
import type { OnlookerStore, StoredMessage } from "../stores.ts";
import { write } from "./write.ts";

/** Under this name the state remembers where the onlooker stands. */
const NOTE = "onlooker";

/** What {@linkcode onlookerStore} asks of the inbox that it belongs to. */
export interface OnlookedInbox {
  /** The first message after `seq`, whether somebody took it or not. */
  first(after: number): StoredMessage | undefined;
  /** Within a transaction: drop what was taken, up to `seq`. Returns what is to be done once that is certain. */
  dropTaken(seq: number): () => void;
}

/** Where an onlooker stands. */
export interface OnlookerPosition {
  /** The last message that was seen. */
  readonly seen: number;
  /** The last message that a look at was begun. */
  readonly begun: number;
  /** Whether somebody looks on in this process. */
  readonly started: boolean;
}

/** One that looks on, in a database. */
export function onlookerStore(
  database: DatabaseSync,
  inbox: OnlookedInbox,
): OnlookerStore & { readonly position: OnlookerPosition } {
  const put = database.prepare(
    "INSERT OR REPLACE INTO note (name, value) VALUES (?, ?)",
  );
  const value = database.prepare("SELECT value FROM note WHERE name = ?")
    .get(NOTE)?.value;
  const [seen = 0, begun = 0] = String(value ?? "").split(" ").map(Number);
  const position = { seen, begun, started: false };

  const note = (seen: number, begun: number) =>
    put.run(NOTE, `${seen} ${begun}`);

  return {
    position,
    start() {
      position.started = true;
    },
    next(after) {
      const message = inbox.first(Math.max(after, position.seen));
      return message &&
        { ...message, delivered: message.seq <= position.begun };
    },
    begun(seq) {
      write(database, () => note(position.seen, seq));
      position.begun = seq;
    },
    seen(seq) {
      const done = write(database, () => {
        note(seq, Math.max(seq, position.begun));
        return inbox.dropTaken(seq);
      });
      position.seen = seq;
      position.begun = Math.max(seq, position.begun);
      done();
    },
  };
}
