import { assertEquals, assertFalse, assertRejects } from "@std/assert";
import { ConnectionError, EXIT } from "../../lib/errors.ts";
import { inboxStore } from "../../lib/home/state/inbox_store.ts";
import { openState } from "../../lib/home/state/open_state.ts";
import { keepMailbox } from "../../lib/mailbox/kept.ts";
import type { IncomingMessage, Mailbox } from "../../lib/mailbox/mailbox.ts";
import { FakeMailbox, someTag } from "../support/fake_mailbox.ts";
import { tempFolder } from "../support/temp_folder.ts";

Deno.test("keepMailbox() keeps what nobody reads for a later process", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/state.sqlite`;
  {
    using state = await openState(path, { now: 0 });
    const inner = new FakeMailbox();
    await using mailbox = keepMailbox(inner, { inbox: state.stores.inbox });
    inner.arrive("a", { id: "one", senderTag: someTag() });
    inner.arrive("b", { id: "two" });
    await mailbox.close();
    assertEquals(inner.taken.length, 2);
  }
  using state = await openState(path, { now: 0 });
  const inner = new FakeMailbox();
  await using mailbox = keepMailbox(inner, { inbox: state.stores.inbox });
  inner.arrive("c", { id: "three" });
  const messages = await take(mailbox, 3);
  assertEquals(
    messages.map(({ id, stored, senderTag }) => [id, stored, senderTag]),
    [
      ["one", true, someTag()],
      ["two", true, undefined],
      ["three", false, undefined],
    ],
  );
  assertEquals(state.stores.inbox.waiting(0, 10), []);
});

Deno.test("keepMailbox() hands a message that was not taken out again, as redelivered", async () => {
  await using folder = await tempFolder();
  using state = await openState(`${folder.path}/state.sqlite`, { now: 0 });
  const inner = new FakeMailbox();
  await using mailbox = keepMailbox(inner, { inbox: state.stores.inbox });
  inner.arrive("a", { id: "one" });
  for await (const { redelivered } of mailbox.messages()) {
    assertFalse(redelivered);
    break;
  }
  const [again] = await take(mailbox, 1);
  assertEquals([again?.id, again?.redelivered], ["one", true]);
});

Deno.test("keepMailbox() leaves messages with the client while the inbox is full", async () => {
  await using tiny = await tinyInbox(1);
  const { inbox } = tiny;
  const inner = new FakeMailbox();
  const full: string[] = [];
  await using mailbox = keepMailbox(inner, {
    inbox,
    onFull: ({ message }) => full.push(message),
  });
  for (const id of ["one", "two", "three"]) inner.arrive(id, { id });
  while (full.length === 0) await Promise.resolve();
  const ids: string[] = [];
  for await (const message of mailbox.messages()) {
    ids.push(message.id);
    assertEquals(inbox.waiting(0, 9).length, 1);
    await message.taken();
    if (ids.length === 3) break;
  }
  assertEquals(ids, ["one", "two", "three"]);
});

Deno.test("keepMailbox() closes though the inbox is full, and the message is not lost to the client", async () => {
  await using tiny = await tinyInbox(0);
  const { inbox } = tiny;
  const inner = new FakeMailbox();
  const mailbox = keepMailbox(inner, { inbox });
  inner.arrive("a");
  await mailbox.close();
  assertEquals(inner.taken, []);
});

Deno.test("keepMailbox() passes reply blocks of old clients on, and tells when the client is lost", async () => {
  await using tiny = await tinyInbox(10);
  const { inbox } = tiny;
  const inner = new FakeMailbox();
  let closed = 0;
  const mailbox = keepMailbox(inner, { inbox, onClosed: () => closed++ });
  const replySurb = Uint8Array.of(1, 2, 3);
  inner.arrive("a", { replySurb });
  const [message] = await take(mailbox, 1);
  assertEquals(message?.replySurb, replySurb);
  inner.lose(new ConnectionError("gone", { exitCode: EXIT.lost }));
  await assertRejects(() => mailbox.closed, ConnectionError, "gone");
  await mailbox.close();
  await mailbox.close();
  assertEquals(closed, 1);
});

Deno.test("keepMailbox() closes while it waits for room", async () => {
  await using tiny = await tinyInbox(0);
  const inner = new FakeMailbox();
  const full = Promise.withResolvers<void>();
  const mailbox = keepMailbox(inner, {
    inbox: tiny.inbox,
    onFull: () => full.resolve(),
  });
  inner.arrive("a");
  await full.promise;
  await mailbox.close();
  assertEquals(inner.taken, []);
});

Deno.test("keepMailbox() shows an onlooker each message once in its lives, and leaves all of them to consumers", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/state.sqlite`;
  const seen: string[] = [];
  for (const life of [1, 2]) {
    using state = await openState(path, { now: 0 });
    const inner = new FakeMailbox();
    await using mailbox = keepMailbox(inner, { inbox: state.stores.inbox });
    inner.arrive("a", { id: `first of ${life}` });
    inner.arrive("b", { id: `second of ${life}` });
    for await (const message of mailbox.onlook()) {
      seen.push(message.id + (message.redelivered ? " again" : ""));
      // Killed in the first life with the second message in hand.
      if (life === 1 && seen.length === 2) break;
      await message.taken();
      if (seen.length === 5) break;
    }
    assertEquals(state.stores.inbox.waiting(0, 9).length, 2 * life);
  }
  assertEquals(seen, [
    "first of 1",
    "second of 1",
    "second of 1 again",
    "first of 2",
    "second of 2",
  ]);
});

async function take(
  mailbox: Mailbox,
  count: number,
): Promise<IncomingMessage[]> {
  const messages: IncomingMessage[] = [];
  for await (const message of mailbox.messages()) {
    messages.push(message);
    await message.taken();
    if (messages.length === count) break;
  }
  return messages;
}

/** An inbox for so many messages. */
async function tinyInbox(messages: number) {
  const folder = await tempFolder();
  const state = await openState(`${folder.path}/state.sqlite`, { now: 0 });
  return {
    inbox: inboxStore(state.database, { messages }),
    async [Symbol.asyncDispose]() {
      state.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
