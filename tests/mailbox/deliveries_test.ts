import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { Deliveries } from "../../lib/mailbox/deliveries.ts";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";

/** An inbox, and messages put into it by name. */
function start() {
  const { inbox } = memoryStores();
  const deliveries = new Deliveries(inbox);
  return {
    inbox,
    deliveries,
    arrive(...ids: string[]) {
      for (const id of ids) {
        const body = new TextEncoder().encode(id);
        const from = { senderTag: undefined, isReply: false, receivedAt: 100 };
        inbox.add({ id, body, ...from }, []);
        deliveries.arrived();
      }
    },
  };
}

/** What arrived before a time was stored. */
function before(time: number) {
  return ({ receivedAt }: { receivedAt: number }) => receivedAt < time;
}

/** Take so many messages without marking them as taken, then leave. */
async function peek(
  messages: AsyncIterable<IncomingMessage>,
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id, redelivered, stored } of messages) {
    ids.push(id + (redelivered ? " again" : "") + (stored ? " stored" : ""));
    if (ids.length === count) break;
  }
  return ids;
}

Deno.test("Deliveries hands messages out in order, as they come", async () => {
  const { deliveries, arrive, inbox } = start();
  arrive("a");
  const messages = deliveries.messages({}, before(0));
  const first = await messages.next();
  assertEquals([first.value!.id, first.value!.seq], ["a", 1]);
  const second = messages.next();
  arrive("b");
  const { value } = await second;
  assertEquals([value!.id, value!.seq, value!.stored], ["b", 2, false]);
  await value!.taken();
  assertEquals(inbox.waiting(0, 10).map(({ id }) => id), ["a"]);
  await messages.return();
});

Deno.test("Deliveries hands out again what was not taken, and says so", async () => {
  const { deliveries, arrive } = start();
  arrive("a", "b");
  assertEquals(await peek(deliveries.messages({}, before(200)), 2), [
    "a stored",
    "b stored",
  ]);
  assertEquals(await peek(deliveries.messages({}, before(200)), 2), [
    "a again stored",
    "b again stored",
  ]);
});

Deno.test("Deliveries marks for a reader ahead what was in a consumer's hand, and nothing else", async () => {
  const { deliveries, arrive, inbox } = start();
  arrive("seen", "unseen", "unlooked", "passed");
  const ahead = deliveries.messages({ ahead: true }, before(0));
  const [seen, unseen, unlooked, passed] = await Array.fromAsync(
    { length: 4 },
    async () => (await ahead.next()).value!,
  );
  const [isInHand, isBack] = [true, false];
  for (const one of [seen, unlooked, passed]) one!.handed!(isInHand);
  unlooked!.handed!(isBack);
  passed!.pass!();
  await ahead.return();
  assertFalse(unseen!.redelivered);
  assertEquals(
    inbox.waiting(0, 10).filter(({ delivered }) => delivered)
      .map(({ id }) => id),
    ["seen"],
  );
  // What was handed out once stays so, however often it comes back.
  const again = deliveries.messages({ ahead: true }, before(0));
  const { value } = await again.next();
  assertEquals([value!.id, value!.redelivered], ["seen", true]);
  value!.handed!(isBack);
  await again.return();
  assert(inbox.waiting(0, 1)[0]!.delivered);
});

Deno.test("Deliveries hands a message to one consumer at a time", async () => {
  const { deliveries, arrive } = start();
  const one = deliveries.messages({}, before(0));
  const other = deliveries.messages({}, before(0));
  arrive("a", "b", "c");
  assertEquals((await one.next()).value!.id, "a");
  const b = (await other.next()).value!;
  assertEquals(b.id, "b");
  assertEquals((await one.next()).value!.id, "c");
  await b.taken();
  const next = other.next();
  // What the first one leaves behind is for the second.
  await one.return();
  const back = (await next).value!;
  assertEquals([back.id, back.redelivered], ["a", true]);
  assertEquals((await other.next()).value!.id, "c");
  await other.return();
});

Deno.test("Deliveries gives others what a consumer has passed, and never that one again", async () => {
  const { deliveries, arrive } = start();
  arrive("a", "b");
  const one = deliveries.messages({}, before(0));
  const other = deliveries.messages({}, before(0));
  (await one.next()).value!.pass!();
  assertEquals((await one.next()).value!.id, "b");
  const a = (await other.next()).value!;
  assertEquals(a.id, "a");
  const next = one.next();
  await other.return();
  arrive("c");
  assertEquals((await next).value!.id, "c");
  await one.return();
  assertEquals(await peek(deliveries.messages({}, before(0)), 1), [
    "a again",
  ]);
});

Deno.test("Deliveries looks at each message once for a consumer that passes on all of them", async () => {
  const { inbox, deliveries, arrive } = start();
  let looks = 0;
  const counted = new Deliveries({
    ...inbox,
    madeRoom: 0,
    waiting(after, limit) {
      looks++;
      return inbox.waiting(after, limit);
    },
  });
  const COUNT = 500;
  arrive(...Array.from({ length: COUNT }, (_, i) => `${i}`));
  const messages = counted.messages({}, before(0));
  for (let i = 0; i < COUNT; i++) (await messages.next()).value!.pass!();
  assertEquals(looks, COUNT);
  await messages.return();
  // Everything is there for the next one.
  assertEquals(
    (await peek(deliveries.messages({}, before(0)), COUNT)).length,
    COUNT,
  );
});

Deno.test("Deliveries ends at once when it is closed on request", async () => {
  const { deliveries, arrive } = start();
  const messages = deliveries.messages({}, before(0));
  const next = messages.next();
  deliveries.close({ handOutRest: false });
  assert((await next).done);
  arrive("a");
  assert((await deliveries.messages({}, before(0)).next()).done);
});

Deno.test("Deliveries hands out the rest when its client has failed", async () => {
  const { deliveries, arrive } = start();
  arrive("a");
  deliveries.close({ handOutRest: true });
  const messages = deliveries.messages({}, before(0));
  assertEquals((await messages.next()).value!.id, "a");
  assert((await messages.next()).done);
});

Deno.test("Deliveries rejects with the signal's reason", async () => {
  const { deliveries } = start();
  const stop = new AbortController();
  const next = deliveries.messages({ signal: stop.signal }, before(0)).next();
  stop.abort(new Error("enough"));
  await assertRejects(() => next, Error, "enough");
});

Deno.test("Deliveries.onlook() shows each message once, whoever takes it, and takes nothing away", async () => {
  const { deliveries, arrive, inbox } = start();
  arrive("a", "b");
  const onlooker = deliveries.onlook(undefined, before(200));
  const a = (await onlooker.next()).value!;
  assertEquals([a.id, a.stored, a.redelivered], ["a", true, false]);
  await a.taken();
  const consumer = deliveries.messages({}, before(0));
  for (const id of ["a", "b"]) {
    const { value } = await consumer.next();
    assertEquals([value!.id, value!.redelivered], [id, false]);
    await value!.taken();
  }
  assertEquals(inbox.waiting(0, 10), []);
  // Taken by now, and still to be seen.
  const b = (await onlooker.next()).value!;
  assertEquals(b.id, "b");
  await b.taken();
  const next = onlooker.next();
  arrive("c");
  assertEquals((await next).value!.id, "c");
  await Promise.all([onlooker.return(), consumer.return()]);
  assertEquals(inbox.onlooker.next(0)?.id, "c");
});

Deno.test("Deliveries.onlook() shows again, as redelivered, what was in hand when a loop ended, and nothing else", async () => {
  const { deliveries, arrive } = start();
  arrive("a", "b", "c");
  for await (const message of deliveries.onlook(undefined, before(0))) {
    if (message.id === "b") break;
    await message.taken();
  }
  assertEquals(await peek(deliveries.onlook(undefined, before(0)), 2), [
    "b again",
    "c",
  ]);
});

Deno.test("Deliveries.onlook() ends with its client, and rejects with the signal's reason", async () => {
  const { deliveries, arrive } = start();
  const stop = new AbortController();
  const aborted = deliveries.onlook(stop.signal, before(0)).next();
  stop.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  const next = deliveries.onlook(undefined, before(0)).next();
  deliveries.close({ handOutRest: false });
  assert((await next).done);
  arrive("a");
  assert((await deliveries.onlook(undefined, before(0)).next()).done);
});
