import { assert, assertEquals, assertRejects } from "@std/assert";
import { Deliveries } from "../../lib/client/deliveries.ts";
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
  const messages = deliveries.messages(undefined, 0);
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
  assertEquals(await peek(deliveries.messages(undefined, 200), 2), [
    "a stored",
    "b stored",
  ]);
  assertEquals(await peek(deliveries.messages(undefined, 200), 2), [
    "a again stored",
    "b again stored",
  ]);
});

Deno.test("Deliveries hands a message to one consumer at a time", async () => {
  const { deliveries, arrive } = start();
  const one = deliveries.messages(undefined, 0);
  const other = deliveries.messages(undefined, 0);
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
  const one = deliveries.messages(undefined, 0);
  const other = deliveries.messages(undefined, 0);
  (await one.next()).value!.pass!();
  assertEquals((await one.next()).value!.id, "b");
  const a = (await other.next()).value!;
  assertEquals(a.id, "a");
  const next = one.next();
  await other.return();
  arrive("c");
  assertEquals((await next).value!.id, "c");
  await one.return();
  assertEquals(await peek(deliveries.messages(undefined, 0), 1), ["a again"]);
});

Deno.test("Deliveries ends at once when it is closed on request", async () => {
  const { deliveries, arrive } = start();
  const messages = deliveries.messages(undefined, 0);
  const next = messages.next();
  deliveries.close({ handOutRest: false });
  assert((await next).done);
  arrive("a");
  assert((await deliveries.messages(undefined, 0).next()).done);
});

Deno.test("Deliveries hands out the rest when its client has failed", async () => {
  const { deliveries, arrive } = start();
  arrive("a");
  deliveries.close({ handOutRest: true });
  const messages = deliveries.messages(undefined, 0);
  assertEquals((await messages.next()).value!.id, "a");
  assert((await messages.next()).done);
});

Deno.test("Deliveries rejects with the signal's reason", async () => {
  const { deliveries } = start();
  const stop = new AbortController();
  const next = deliveries.messages(stop.signal, 0).next();
  stop.abort(new Error("enough"));
  await assertRejects(() => next, Error, "enough");
});
