import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { NymError, UsageError } from "../../../lib/errors.ts";
import {
  type ClientState,
  openState,
} from "../../../lib/home/state/open_state.ts";
import { inboxStore } from "../../../lib/home/state/inbox_store.ts";
import { replyKeyStore } from "../../../lib/home/state/reply_key_store.ts";
import { senderTagStore } from "../../../lib/home/state/sender_tag_store.ts";
import { count, modeOf } from "../support.ts";
import {
  blockOf,
  fragmentOf,
  messageOf,
  recipientOf,
  tagOf,
} from "./support.ts";
import { tempFolder } from "../../support/temp_folder.ts";

const NOW = { now: 1_700_000_000_000 };

/** A state in a folder of its own, which can be opened again. */
async function withState(
  use: (open: () => Promise<ClientState>, path: string) => Promise<void>,
): Promise<void> {
  await using folder = await tempFolder();
  const path = `${folder.path}/state.sqlite`;
  await use(() => openState(path, NOW), path);
}

Deno.test("openState() makes files that only their owner may read", () =>
  withState(async (open, path) => {
    using state = await open();
    state.stores.inbox.keep(1, fragmentOf(1, 1), 0);
    assertEquals(state.setAside, undefined);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      assertEquals(await modeOf(file), "600");
    }
  }));

Deno.test("InboxStore keeps messages in order until they are taken", () =>
  withState(async (open) => {
    {
      using state = await open();
      const { inbox } = state.stores;
      assertEquals([2, 3, 4].map((n) => inbox.add(messageOf(n), [])), [
        1,
        2,
        3,
      ]);
      const [isOut, isBack] = [true, false];
      for (const id of ["m3", "m4", "unknown"]) inbox.delivered(id, isOut);
      inbox.delivered("m4", isBack);
      inbox.taken("m2");
      inbox.taken("m2");
    }
    using state = await open();
    const { inbox } = state.stores;
    const third = { ...messageOf(3), seq: 2, delivered: true };
    const fourth = { ...messageOf(4), seq: 3, delivered: false };
    assertEquals(inbox.waiting(0, 10), [third, fourth]);
    assertEquals(inbox.waiting(2, 10), [fourth]);
    assertEquals(inbox.waiting(0, 1), [third]);
    inbox.taken("m3");
    inbox.taken("m4");
    assertEquals(inbox.add(messageOf(5), []), 4);
  }));

Deno.test("InboxStore.add() forgets fragments and remembers sets in the same breath", () =>
  withState(async (open) => {
    {
      using state = await open();
      const { inbox } = state.stores;
      inbox.keep(7, fragmentOf(7, 2), 0);
      inbox.keep(8, fragmentOf(8, 1), 0);
      inbox.keep(7, fragmentOf(7, 1), 0);
      inbox.keep(9, fragmentOf(9, 1), 0);
      inbox.keep(7, fragmentOf(7, 1), 0);
      assertEquals(inbox.fragments(), [
        fragmentOf(7, 2),
        fragmentOf(8, 1),
        fragmentOf(9, 1),
        fragmentOf(7, 1),
      ]);
      inbox.add(messageOf(1), [7, 8]);
      inbox.finish([10]);
      inbox.finish([]);
      inbox.finish([7]);
    }
    using state = await open();
    assertEquals(state.stores.inbox.fragments(), [fragmentOf(9, 1)]);
    assertEquals(state.stores.inbox.finishedSets(), [7, 8, 10]);
  }));

Deno.test("InboxStore changes nothing when a message cannot be kept", () =>
  withState(async (open) => {
    using state = await open();
    const { inbox } = state.stores;
    inbox.add(messageOf(1), [1]);
    inbox.keep(2, fragmentOf(2, 1), 0);
    // The id exists: any failure in mid-transaction will do.
    assertThrows(() => inbox.add({ ...messageOf(2), id: "m1" }, [2]));
    assertEquals(inbox.fragments(), [fragmentOf(2, 1)]);
    assertEquals(inbox.finishedSets(), [1]);
    assertEquals(inbox.waiting(0, 9).length, 1);
  }));

Deno.test("InboxStore refuses what is more than its limits", () =>
  withState(async (open) => {
    using state = await open();
    const inbox = inboxStore(state.database, { messages: 3, bytes: 10 });
    inbox.add(messageOf(1, 8), []);
    assertThrows(() => inbox.add(messageOf(2, 3), [5]), NymError, "full");
    inbox.add(messageOf(3, 1), []);
    inbox.add(messageOf(4, 1), []);
    assertThrows(() => inbox.add(messageOf(5, 0), []), NymError, "full");
    inbox.taken("m1");
    inbox.add(messageOf(6, 8), []);
    assertEquals(inbox.finishedSets(), []);
    // Counted anew from what is there.
    const again = inboxStore(state.database, { messages: 9, bytes: 10 });
    assertThrows(() => again.add(messageOf(7, 1), []), NymError, "full");
  }));

Deno.test("InboxStore keeps what was taken until the onlooker has seen it, and remembers where that one stands", () =>
  withState(async (open) => {
    {
      using state = await open();
      const { inbox } = state.stores;
      for (const n of [1, 2, 3, 4]) inbox.add(messageOf(n), []);
      inbox.taken("m1");
      inbox.onlooker.start();
      inbox.taken("m2");
      inbox.taken("m2");
      const next = inbox.onlooker.next(0)!;
      assertEquals([next.id, next.delivered], ["m2", false]);
      inbox.onlooker.begun(next.seq);
      assertEquals(inbox.waiting(0, 9).map(({ id }) => id), ["m3", "m4"]);
      assertEquals(inbox.onlooker.next(next.seq)!.id, "m3");
    }
    {
      using state = await open();
      const { inbox } = state.stores;
      assertEquals(inbox.waiting(0, 9).map(({ id }) => id), ["m3", "m4"]);
      const again = inbox.onlooker.next(0)!;
      assertEquals([again.id, again.delivered], ["m2", true]);
      inbox.onlooker.seen(again.seq);
      inbox.onlooker.seen(inbox.onlooker.next(0)!.seq);
      // Nobody looks on in this process.
      inbox.taken("m3");
      inbox.taken("m4");
      assertEquals(inbox.onlooker.next(0), undefined);
    }
    using state = await open();
    assertEquals(state.stores.inbox.onlooker.next(0), undefined);
    for (const table of ["inbox", "taken"]) {
      assertEquals(
        state.database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n,
        0,
      );
    }
  }));

Deno.test("InboxStore makes room with what somebody has had, the oldest that was seen first, and refuses otherwise", () =>
  withState(async (open) => {
    using state = await open();
    const inbox = inboxStore(state.database, { messages: 3, bytes: 10 });
    for (const n of [1, 2, 3]) inbox.add(messageOf(n, 3), []);
    inbox.onlooker.start();
    inbox.onlooker.seen(1);
    inbox.taken("m3");
    inbox.add(messageOf(4, 3), []);
    assertEquals(inbox.waiting(0, 9).map(({ id }) => id), ["m2", "m4"]);
    inbox.add(messageOf(5, 1), []);
    assertEquals(inbox.waiting(0, 9).map(({ id }) => id), ["m2", "m4", "m5"]);
    assertEquals(inbox.madeRoom, 2);
    assertThrows(() => inbox.add(messageOf(6, 1), []), NymError, "full");
    inbox.onlooker.seen(inbox.onlooker.next(0)!.seq);
    // More than one goes where one is not enough.
    inbox.onlooker.seen(inbox.onlooker.next(0)!.seq);
    inbox.add(messageOf(7, 9), []);
    assertEquals(inbox.waiting(0, 9).map(({ id }) => id), ["m5", "m7"]);
    assertThrows(() => inbox.add(messageOf(8, 11), []), NymError, "full");
    assertEquals(inbox.madeRoom, 4);
    // Counted anew from what is there.
    const again = inboxStore(state.database, { messages: 2 });
    assertThrows(() => again.add(messageOf(9), []), NymError, "full");
  }));

Deno.test("openState() adds what a database of an earlier build lacks", () =>
  withState(async (open) => {
    {
      using state = await open();
      state.stores.inbox.add(messageOf(1), []);
      state.database.exec("DROP TABLE taken");
    }
    using state = await open();
    assertEquals(state.setAside, undefined);
    state.stores.inbox.onlooker.start();
    state.stores.inbox.taken("m1");
    assertEquals(state.stores.inbox.onlooker.next(0)?.id, "m1");
  }));

Deno.test("InboxStore remembers the last 65 536 sets", () =>
  withState(async (open) => {
    using state = await open();
    const { inbox } = state.stores;
    inbox.finish(Array.from({ length: 65_600 }, (_, i) => i + 1));
    const sets = inbox.finishedSets();
    assertEquals(sets.length, 65_536);
    assertEquals([sets[0], sets.at(-1)], [65, 65_600]);
  }));

Deno.test("InboxStore says that the disk is full and changes nothing", () =>
  withState(async (open) => {
    using state = await open();
    const { inbox } = state.stores;
    const { page_count } = state.database.prepare("PRAGMA page_count").get()!;
    state.database.exec(`PRAGMA max_page_count = ${Number(page_count) + 8}`);
    inbox.add(messageOf(1), [1]);
    assertThrows(
      () => inbox.add(messageOf(2, 200_000), [2]),
      NymError,
      "the disk is full",
    );
    assertEquals(inbox.finishedSets(), [1]);
    inbox.add(messageOf(3), [3]);
    assertEquals(inbox.waiting(0, 9).map(({ id }) => id), ["m1", "m3"]);
  }));

Deno.test("InboxStore leaves nothing of a message that was taken in the file", () =>
  withState(async (open, path) => {
    const body = new TextEncoder().encode("nobody else is to read this");
    const holdsBody = async () =>
      (await Deno.readTextFile(path)).includes("nobody else");
    {
      using state = await open();
      state.stores.inbox.add({ ...messageOf(1), body }, []);
    }
    assert(await holdsBody());
    {
      using state = await open();
      state.stores.inbox.taken("m1");
    }
    assert(!await holdsBody());
  }));

Deno.test("SurbStore keeps blocks until they are removed", () =>
  withState(async (open) => {
    const blocks = [blockOf(1), blockOf(2, "even"), blockOf(3, "unknown")];
    {
      using state = await open();
      const { surbs } = state.stores;
      const added = surbs.add(tagOf(1), blocks, 5);
      assertEquals(added.map(({ surb }) => surb), blocks);
      surbs.add(tagOf(2), [blockOf(4)], 6);
      surbs.remove([added[1]!.id]);
      surbs.remove([]);
      surbs.markStale([added[2]!.id]);
    }
    using state = await open();
    const rows = state.stores.surbs.load();
    assertEquals(rows.map(({ id: _, ...row }) => row), [
      { tag: tagOf(1), surb: blocks[0]!, receivedAt: 5, stale: false },
      { tag: tagOf(1), surb: blocks[2]!, receivedAt: 5, stale: true },
      { tag: tagOf(2), surb: blockOf(4), receivedAt: 6, stale: false },
    ]);
    assertEquals(new Set(rows.map(({ id }) => id)).size, 3);
  }));

Deno.test("SurbStore never has a block twice, nor gives an id again", () =>
  withState(async (open) => {
    using state = await open();
    const { surbs } = state.stores;
    const [first] = surbs.add(tagOf(1), [blockOf(1)], 5);
    const more = surbs.add(tagOf(2), [blockOf(1), blockOf(2), blockOf(2)], 6);
    assertEquals(more.map(({ surb }) => surb), [blockOf(2)]);
    surbs.remove([first!.id, more[0]!.id]);
    const [third] = surbs.add(tagOf(1), [blockOf(3)], 7);
    assert(third!.id > more[0]!.id);
  }));

Deno.test("SurbStore.load() leaves out rows that make no sense", () =>
  withState(async (open) => {
    using state = await open();
    const { surbs } = state.stores;
    const rows = surbs.add(tagOf(1), [1, 2, 3, 4].map((n) => blockOf(n)), 5);
    const [a, b, c] = rows.map(({ id }) => id);
    state.database.exec(`UPDATE surb SET bytes = x'00' WHERE id = ${a}`);
    state.database.exec(`UPDATE surb SET tag = x'00' WHERE id = ${b}`);
    state.database.exec(`UPDATE surb SET rotation = 9 WHERE id = ${c}`);
    assertEquals(surbs.load(), [rows[3]!]);
  }));

Deno.test("ReplyKeyStore keeps keys, the newest where there are too many", () =>
  withState(async (open) => {
    const keys = [1, 2, 3, 4].map((n) => ({
      digest: count(n, 32),
      key: count(n, 16),
      createdAt: n,
    }));
    {
      using state = await open();
      state.stores.replyKeys.add(keys.slice(0, 3));
      state.stores.replyKeys.add([]);
      state.stores.replyKeys.remove([keys[1]!.digest, count(99, 32)]);
    }
    using state = await open();
    assertEquals(state.stores.replyKeys.load(), [keys[0]!, keys[2]!]);
    const bounded = replyKeyStore(state.database, 2);
    bounded.add([keys[3]!]);
    assertEquals(bounded.load(), [keys[2]!, keys[3]!]);
  }));

Deno.test("SenderTagStore keeps one tag per recipient", () =>
  withState(async (open) => {
    {
      using state = await open();
      const { senderTags } = state.stores;
      senderTags.set(recipientOf(1), tagOf(1));
      senderTags.set(recipientOf(2), tagOf(2));
      senderTags.set(recipientOf(1), tagOf(3));
    }
    using state = await open();
    assertEquals(state.stores.senderTags.load(), [
      { recipient: recipientOf(2), tag: tagOf(2) },
      { recipient: recipientOf(1), tag: tagOf(3) },
    ]);
    const bounded = senderTagStore(state.database, 2);
    bounded.set(recipientOf(4), tagOf(4));
    assertEquals(
      bounded.load().map(({ tag }) => tag),
      [tagOf(3), tagOf(4)],
    );
  }));

Deno.test("openState() keeps a damaged database aside and starts anew", () =>
  withState(async (open, path) => {
    const noise = count(3, 9000);
    for (const end of ["", ".2"]) {
      await Deno.writeFile(path, noise);
      using state = await open();
      assertEquals(state.setAside, `${path}.1700000000${end}.damaged`);
      assertEquals(await Deno.readFile(state.setAside!), noise);
      state.stores.inbox.add(messageOf(1), []);
      assertEquals(await modeOf(path), "600");
    }
  }));

Deno.test("openState() keeps a database aside that is not ours", () =>
  withState(async (open, path) => {
    {
      using database = new DatabaseSync(path);
      database.exec("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
    }
    using state = await open();
    using theirs = new DatabaseSync(state.setAside!);
    assertEquals(theirs.prepare("SELECT x FROM theirs").get()!.x, 1);
  }));

Deno.test("openState() refuses what a newer version left, and touches nothing", () =>
  withState(async (open, path) => {
    {
      using state = await open();
      state.database.exec("PRAGMA user_version = 2");
    }
    await assertRejects(open, UsageError, "a newer nymwire left it");
    using database = new DatabaseSync(path);
    assertEquals(database.prepare("PRAGMA user_version").get(), {
      user_version: 2,
    });
  }));

Deno.test("openState() gives up the reply blocks of a copy, and keeps those of a file that was moved", () =>
  withState(async (open, path) => {
    {
      using state = await open();
      state.stores.surbs.add(tagOf(1), [blockOf(1), blockOf(2)], 0);
      state.stores.inbox.add(messageOf(1), []);
    }
    const copy = `${path}.copy`;
    await Deno.copyFile(path, copy);
    {
      using state = await openState(copy, NOW);
      assertEquals([state.givenUp, state.stores.surbs.load()], [2, []]);
      assertEquals(state.stores.inbox.waiting(0, 9).length, 1);
      state.stores.surbs.add(tagOf(1), [blockOf(3)], 0);
    }
    await Deno.rename(copy, `${path}.moved`);
    for (const [place, blocks] of [[path, 2], [`${path}.moved`, 1]] as const) {
      using state = await openState(place, NOW);
      assertEquals(state.givenUp, 0);
      assertEquals(state.stores.surbs.load().length, blocks);
    }
  }));
