import { assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import { parseGrant } from "../../lib/plugin/grant.ts";
import { folderOf, message, stage } from "../plugin/support.ts";
import { shipped } from "./service.ts";

const DAY_MS = 86_400_000;

Deno.test("archive.ts forgets what is old and what is too much, and keeps a message once", async () => {
  await using folder = await folderOf({});
  const spec = shipped("archive", {
    options: { folder: folder.path, days: 2, maxBytes: 10 },
    grants: [parseGrant(`write=${folder.path}`)],
  });
  const arriving = (seq: number, day: number, text: string) => ({
    ...message(text, { seq }),
    receivedAt: day * DAY_MS,
  } satisfies IncomingMessage);
  {
    await using play = await stage([spec]);
    await play.chain.incoming(arriving(1, 1, "old"));
    await play.chain.incoming(arriving(2, 4, "four"));
    await play.chain.incoming(arriving(2, 4, "four"));
    assertEquals(kept(folder.path), ["four"]);
  }
  // What is there counts over a restart.
  await using play = await stage([spec]);
  await play.chain.incoming(arriving(3, 4, "five5"));
  assertEquals(kept(folder.path), ["four", "five5"]);
  await play.chain.incoming(arriving(4, 4, "six"));
  assertEquals(kept(folder.path), ["five5", "six"]);
  const { mode } = await Deno.stat(`${folder.path}/archive.sqlite`);
  assertEquals(mode! & 0o777, 0o600);
});

function kept(folder: string): unknown[] {
  using database = new DatabaseSync(`${folder}/archive.sqlite`, {
    readOnly: true,
  });
  const rows = database.prepare(
    "SELECT CAST(body AS TEXT) AS text FROM message ORDER BY number",
  ).all();
  return rows.map(({ text }) => text);
}
