import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { takeOverReplies } from "../../lib/home/official_replies.ts";
import { DamagedDatabaseError } from "../../lib/home/sqlite.ts";
import { openState } from "../../lib/home/state/open_state.ts";
import { encodeReplySurb } from "../../lib/message/reply_surb.ts";
import { count } from "./support.ts";
import { blockOf, tagOf } from "./state/support.ts";
import { tempFolder } from "../support/temp_folder.ts";

/** The official client's tables since 2025, and as they were before. */
const TODAY = `
CREATE TABLE status (flush_in_progress INTEGER NOT NULL, previous_flush TIMESTAMP NOT NULL, client_in_use INTEGER NOT NULL);
CREATE TABLE reply_key (key_digest BLOB NOT NULL UNIQUE, reply_key BLOB NOT NULL UNIQUE, sent_at TIMESTAMP NOT NULL);
CREATE TABLE reply_surb_sender (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, last_sent TIMESTAMP NOT NULL, tag BLOB NOT NULL UNIQUE);
CREATE TABLE reply_surb (reply_surb_sender_id INTEGER NOT NULL, reply_surb BLOB NOT NULL, encoded_key_rotation TINYINT NOT NULL,
  FOREIGN KEY (reply_surb_sender_id) REFERENCES reply_surb_sender (id));
INSERT INTO status VALUES (0, '2026-05-16T06:00:00Z', 0);
`;
const OLD = TODAY
  .replace("previous_flush TIMESTAMP", "previous_flush_timestamp INTEGER")
  .replace("sent_at TIMESTAMP", "sent_at_timestamp INTEGER")
  .replace("last_sent TIMESTAMP", "last_sent_timestamp INTEGER")
  .replace(" encoded_key_rotation TINYINT NOT NULL,", "")
  .replace("'2026-05-16T06:00:00Z'", "1778911200");

const TIME = Date.UTC(2026, 4, 16, 6);

function fill(path: string, schema: string, blocks: readonly number[]): void {
  using database = new DatabaseSync(path);
  database.exec(schema);
  const isOld = schema === OLD;
  const time = isOld ? TIME / 1000 : "2026-05-16T06:00:00.0Z";
  database.prepare("INSERT INTO reply_key VALUES (?, ?, ?)")
    .run(count(1, 32), count(2, 16), time);
  database.prepare("INSERT INTO reply_surb_sender VALUES (5, ?, ?)")
    .run(time, tagOf(9));
  for (const n of blocks) {
    const bytes = encodeReplySurb(blockOf(n));
    if (isOld) {
      database.prepare("INSERT INTO reply_surb VALUES (5, ?)").run(bytes);
    } else {
      database.prepare("INSERT INTO reply_surb VALUES (5, ?, 1)").run(bytes);
    }
  }
}

function blocksIn(path: string): number {
  using database = new DatabaseSync(path);
  return Number(
    database.prepare("SELECT count(*) AS n FROM reply_surb").get()!.n,
  );
}

Deno.test("takeOverReplies() finds nothing where there is nothing", async () => {
  await using folder = await tempFolder();
  using state = await openState(`${folder.path}/state`, { now: 0 });
  assertEquals(await takeOverReplies(`${folder.path}/none`, state.database), {
    blocks: 0,
    keys: 0,
    inUse: false,
  });
});

Deno.test.each(
  [["today's", TODAY, "odd"], ["an old", OLD, "unknown"]] as const,
)(
  "takeOverReplies() moves blocks and copies keys out of %s database",
  async (_, schema, rotation) => {
    await using folder = await tempFolder();
    const path = `${folder.path}/replies.sqlite`;
    fill(path, schema, [1, 2]);
    using state = await openState(`${folder.path}/state`, { now: 0 });
    assertEquals(await takeOverReplies(path, state.database), {
      blocks: 2,
      keys: 1,
      inUse: false,
    });
    assertEquals(blocksIn(path), 0);
    const { surbs, replyKeys } = state.stores;
    assertEquals(
      surbs.load().map(({ tag, surb, receivedAt }) => ({
        tag,
        surb,
        receivedAt,
      })),
      [1, 2].map((n) => ({
        tag: tagOf(9),
        surb: blockOf(n, rotation),
        receivedAt: TIME,
      })),
    );
    const [key] = replyKeys.load();
    assertEquals(key, {
      digest: count(1, 32),
      key: count(2, 16),
      createdAt: TIME,
    });
    // A key that was used does not come back.
    replyKeys.remove([key!.digest]);
    assertEquals(await takeOverReplies(path, state.database), {
      blocks: 0,
      keys: 0,
      inUse: false,
    });
    assertEquals(replyKeys.load(), []);
  },
);

Deno.test("takeOverReplies() trusts nothing that a killed client left", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/replies.sqlite`;
  fill(path, TODAY.replace("Z', 0)", "Z', 1)"), [1]);
  using state = await openState(`${folder.path}/state`, { now: 0 });
  const taken = await takeOverReplies(path, state.database);
  assertEquals(taken, { blocks: 0, keys: 0, inUse: true });
  assertEquals(state.stores.surbs.load(), []);
  assertEquals(blocksIn(path), 1);
});

Deno.test("takeOverReplies() gives up what a crash left half taken", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/replies.sqlite`;
  fill(path, TODAY, []);
  using state = await openState(`${folder.path}/state`, { now: 0 });
  const { surbs } = state.stores;
  surbs.add(tagOf(1), [blockOf(1), blockOf(2)], 0);
  // As if the process had died before the official client's copy was known to be gone.
  state.database.exec("UPDATE surb SET pending = 1 WHERE id = 1");
  assertEquals(surbs.load().length, 1);
  await takeOverReplies(path, state.database);
  assertEquals(surbs.load().map(({ surb }) => surb), [blockOf(2)]);
});

Deno.test("takeOverReplies() leaves rows that make no sense where they are", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/replies.sqlite`;
  fill(path, TODAY, [1]);
  {
    using database = new DatabaseSync(path);
    database.exec(
      "INSERT INTO reply_surb VALUES (5, x'0102', 1), (5, 'text', 1)",
    );
    database.exec("INSERT INTO reply_key VALUES (x'01', x'02', 'soon')");
  }
  using state = await openState(`${folder.path}/state`, { now: 0 });
  const taken = await takeOverReplies(path, state.database);
  assertEquals(taken, { blocks: 1, keys: 1, inUse: false });
  assertEquals(blocksIn(path), 2);
});

Deno.test("takeOverReplies() touches no database of another kind, and no damaged one", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/replies.sqlite`;
  using state = await openState(`${folder.path}/state`, { now: 0 });
  {
    using database = new DatabaseSync(path);
    database.exec(
      "CREATE TABLE reply_surb (x); INSERT INTO reply_surb VALUES (1)",
    );
  }
  assertEquals((await takeOverReplies(path, state.database)).blocks, 0);
  assertEquals(blocksIn(path), 1);
  await Deno.writeFile(path, count(0, 5000));
  await assertRejects(
    () => takeOverReplies(path, state.database),
    DamagedDatabaseError,
  );
});
