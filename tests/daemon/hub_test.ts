import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { memoryStores } from "../../lib/client/memory_stores.ts";
import { MessageHub, type MessageHubOptions } from "../../lib/daemon/hub.ts";
import type { Subscription } from "../../lib/daemon/subscription.ts";
import { Deliveries } from "../../lib/mailbox/deliveries.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import { MemoryMailbox } from "../support/memory_mailbox.ts";

function open(options: Partial<MessageHubOptions> = {}) {
  const mailbox = new MemoryMailbox();
  const onFailure = (reason: unknown) => {
    throw reason;
  };
  return { mailbox, hub: new MessageHub({ mailbox, onFailure, ...options }) };
}

function text(message: IncomingMessage | undefined): string | undefined {
  return message && new TextDecoder().decode(message.body);
}

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function takeNext(consumer: Subscription): Promise<string | undefined> {
  const message = await consumer.next();
  await message?.taken();
  return text(message);
}

Deno.test("MessageHub reads nothing before there is a consumer", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  mailbox.deliver("one", { stored: true });
  await settle();
  assertEquals(mailbox.waiting, 1);
  using consumer = hub.subscribe();
  const message = await consumer.next();
  assertEquals([text(message), message!.stored, message!.redelivered], [
    "one",
    true,
    false,
  ]);
});

Deno.test("MessageHub gives every consumer everything, and a message is taken once all have it", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  using first = hub.subscribe();
  using second = hub.subscribe();
  mailbox.deliver("both");
  assertEquals(await takeNext(first), "both");
  assertEquals(mailbox.taken, []);
  assertEquals(await takeNext(second), "both");
  assertEquals(mailbox.taken, ["both"]);
});

Deno.test("MessageHub tells the mailbox which messages consumers have in hand, and which come back unlooked at", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  for (const body of ["1", "2", "3", "4"]) mailbox.deliver(body);
  const one = hub.subscribe();
  const other = hub.subscribe();
  const [first, second, third] = [
    await one.next(),
    await one.next(),
    await one.next(),
  ];
  await other.next();
  // Three were handed out, the fourth only read ahead.
  assertEquals(mailbox.inHand, ["1", "2", "3"]);
  third!.pass!();
  assertEquals(mailbox.inHand, ["1", "2"]);
  one.retire({ inHand: new Set([second!]), unseen: true });
  // The other consumer has the first one too.
  assertEquals(mailbox.inHand, ["1", "2"]);
  other.retire({ inHand: new Set(), unseen: true });
  assertEquals(mailbox.inHand, ["2"]);
  one.close();
  assertEquals(mailbox.inHand, ["2"]);
  await first!.taken();
  assertEquals(mailbox.taken, []);
});

Deno.test("MessageHub lets a group share what arrives", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  using first = hub.subscribe({ group: "workers" });
  using second = hub.subscribe({ group: "workers" });
  using all = hub.subscribe();
  for (const body of ["1", "2", "3", "4"]) mailbox.deliver(body);
  const shared = [
    await takeNext(first),
    await takeNext(second),
    await takeNext(first),
    await takeNext(second),
  ];
  assertEquals(shared, ["1", "2", "3", "4"]);
  for (const body of shared) assertEquals(await takeNext(all), body);
  assertEquals(mailbox.taken, ["1", "2", "3", "4"]);
});

Deno.test("MessageHub hands what a consumer did not take to the rest of its group, as redelivered and first", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  const first = hub.subscribe({ group: "g" });
  using second = hub.subscribe({ group: "g" });
  for (const body of ["1", "2", "3"]) mailbox.deliver(body);
  const one = await first.next();
  const two = await first.next();
  first.close();
  const again = await second.next();
  assertEquals([again!.id, again!.redelivered], [one!.id, true]);
  // Whoever has left cannot take it from under the other.
  await one!.taken();
  assertEquals(mailbox.taken, []);
  await again!.taken();
  assertEquals(mailbox.taken, ["1"]);
  assertEquals((await second.next())!.id, two!.id);
  const three = await second.next();
  assertEquals([text(three), three!.redelivered], ["3", false]);
});

Deno.test("MessageHub keeps what nobody took for the next consumer, in order", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  const first = hub.subscribe();
  for (const body of ["1", "2", "3"]) mailbox.deliver(body);
  await first.next();
  await settle();
  first.close();
  assertEquals(hub.returned, 3);
  using second = hub.subscribe();
  const seen: [string | undefined, boolean][] = [];
  for (let i = 0; i < 3; i++) {
    const message = await second.next();
    await message!.taken();
    seen.push([text(message), message!.redelivered]);
  }
  assertEquals(seen, [["1", true], ["2", false], ["3", false]]);
  assertEquals(mailbox.taken, ["1", "2", "3"]);
});

Deno.test("MessageHub gives nothing back that another consumer took", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  using first = hub.subscribe();
  const second = hub.subscribe();
  mailbox.deliver("once");
  assertEquals(await takeNext(first), "once");
  await second.next();
  second.close();
  await settle();
  assertEquals(mailbox.taken, ["once"]);
  assertEquals(hub.returned, 0);
});

Deno.test("MessageHub stops reading while its only consumer is full, and loses nothing", async () => {
  const { mailbox, hub } = open({ maxWaiting: 2 });
  await using _hub = hub;
  using consumer = hub.subscribe();
  for (let i = 0; i < 6; i++) mailbox.deliver(`${i}`);
  await settle();
  assertEquals([consumer.waiting, mailbox.waiting], [2, 4]);
  for (let i = 0; i < 6; i++) assertEquals(await takeNext(consumer), `${i}`);
});

Deno.test("MessageHub stops reading at its bound of bytes", async () => {
  const { mailbox, hub } = open({ maxWaitingBytes: 10 });
  await using _hub = hub;
  using consumer = hub.subscribe();
  for (let i = 0; i < 3; i++) mailbox.deliver(new Uint8Array(8));
  await settle();
  assertEquals([consumer.waiting, mailbox.waiting], [2, 1]);
});

Deno.test("MessageHub cuts off a consumer that is full while another is not", async () => {
  const { mailbox, hub } = open({ maxWaiting: 2 });
  await using _hub = hub;
  let cut = 0;
  const slow = hub.subscribe({ onSlow: () => cut++ });
  using quick = hub.subscribe();
  const seen: (string | undefined)[] = [];
  for (let i = 0; i < 6; i++) {
    mailbox.deliver(`${i}`);
    seen.push(await takeNext(quick));
  }
  assertEquals(seen, ["0", "1", "2", "3", "4", "5"]);
  assertEquals(cut, 1);
  assertEquals(await slow.next(), undefined);
  assertEquals(mailbox.taken, seen);
  assertEquals(hub.consumers, 1);
});

Deno.test("MessageHub reads nothing while a consumer is full that is to be waited for, and cuts off the others alone", async () => {
  const { mailbox, hub } = open({ maxWaiting: 2 });
  await using _hub = hub;
  let cut = 0;
  using awaited = hub.subscribe({ awaited: true, onSlow: () => cut++ });
  using quick = hub.subscribe({ onSlow: () => cut++ });
  for (let i = 0; i < 5; i++) mailbox.deliver(`${i}`);
  for (const body of ["0", "1"]) assertEquals(await takeNext(quick), body);
  await settle();
  assertEquals([awaited.waiting, quick.waiting, mailbox.waiting], [2, 0, 3]);
  for (let i = 0; i < 4; i++) {
    assertEquals(await takeNext(awaited), `${i}`);
    await settle();
  }
  // Nobody waits for the quick one, once it is not quick any more.
  assertEquals([awaited.waiting, cut, mailbox.waiting], [1, 1, 0]);
});

Deno.test("MessageHub gives what a consumer passes on to others, and to it never again", async () => {
  const { mailbox, hub } = open({ maxReturned: 2 });
  await using _hub = hub;
  using picky = hub.subscribe();
  using other = hub.subscribe();
  mailbox.deliver("for the other");
  (await picky.next())!.pass!();
  assertEquals(await takeNext(other), "for the other");
  assertEquals(mailbox.taken, ["for the other"]);
  other.close();
  for (const body of ["1", "2", "3"]) mailbox.deliver(body);
  for (let i = 0; i < 2; i++) (await picky.next())!.pass!();
  await settle();
  // What nobody wants is kept, up to a bound.
  assertEquals([hub.returned, picky.waiting], [2, 1]);
  (await picky.next())!.pass!();
  await settle();
  assertEquals(hub.returned, 3);
  mailbox.deliver("4");
  await settle();
  assertEquals([picky.waiting, mailbox.waiting], [0, 1]);
  using late = hub.subscribe();
  for (const body of ["1", "2", "3", "4"]) {
    assertEquals(await takeNext(late), body);
  }
  assertEquals(await takeNext(picky), "4");
  assertEquals(mailbox.taken, ["for the other", "1", "2", "3", "4"]);
});

Deno.test("MessageHub does not hold against a consumer what it found when it came", async () => {
  const { mailbox, hub } = open({ maxWaiting: 2 });
  await using _hub = hub;
  using picky = hub.subscribe();
  for (let i = 0; i < 5; i++) {
    mailbox.deliver(`${i}`);
    (await picky.next())!.pass!();
  }
  await settle();
  let cut = 0;
  using late = hub.subscribe({ onSlow: () => cut++ });
  assertEquals(late.waiting, 5);
  for (let i = 5; i < 7; i++) {
    mailbox.deliver(`${i}`);
    assertEquals(text(await picky.next()), `${i}`);
  }
  assertEquals([late.waiting, cut], [7, 0]);
  for (let i = 0; i < 7; i++) assertEquals(await takeNext(late), `${i}`);
});

/** A hub over an inbox. */
function openInbox(options: Partial<MessageHubOptions> = {}) {
  const { inbox } = memoryStores();
  const deliveries = new Deliveries(inbox);
  const { mailbox, hub } = open(options);
  mailbox.messages = (options = {}) =>
    deliveries.messages(options, () => false);
  const arrive = (id: string) => {
    const body = new TextEncoder().encode(id);
    const from = { senderTag: undefined, isReply: false, receivedAt: 0 };
    inbox.add({ id, body, ...from }, []);
    deliveries.arrived();
  };
  return { inbox, hub, arrive };
}

Deno.test("MessageHub keeps no bodies that the inbox has, and hands out what is there when it is asked for", async () => {
  const { inbox, hub, arrive } = openInbox();
  await using _hub = hub;
  using picky = hub.subscribe();
  for (const id of ["1", "2", "3"]) {
    arrive(id);
    (await picky.next())!.pass!();
  }
  await settle();
  assertEquals(hub.returned, 3);
  // The second one had to make room for others, and the third one says something else by now.
  const { waiting } = inbox;
  const other = new TextEncoder().encode("3, read again");
  inbox.waiting = (after, limit) =>
    waiting(after, limit).map((row) =>
      row.id === "3" ? { ...row, body: other } : row
    );
  inbox.taken("2");
  using late = hub.subscribe();
  for (const body of ["1", "3, read again"]) {
    assertEquals(await takeNext(late), body);
  }
  assertEquals([late.waiting, hub.returned], [0, 0]);
});

Deno.test("MessageHub leaves in the mailbox what is too much to keep, and reads on", async () => {
  const { inbox, hub, arrive } = openInbox({ maxReturned: 2 });
  await using _hub = hub;
  using picky = hub.subscribe();
  for (const id of ["1", "2", "3", "4"]) {
    arrive(id);
    const message = await picky.next();
    assertEquals(text(message), id);
    message!.pass!();
    await settle();
  }
  assertEquals(hub.returned, 2);
  using late = hub.subscribe();
  for (const id of ["3", "4"]) assertEquals(await takeNext(late), id);
  const left = inbox.waiting(0, 9);
  assertEquals(left.map(({ id, delivered }) => [id, delivered]), [
    ["1", false],
    ["2", false],
  ]);
});

Deno.test("Subscription.next() ends with the mailbox, and rejects with the signal's reason", async () => {
  const { mailbox, hub } = open();
  await using _hub = hub;
  using consumer = hub.subscribe();
  const stop = new AbortController();
  const waiting = consumer.next(stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  mailbox.deliver("last");
  await settle();
  await mailbox.close();
  assertEquals(await takeNext(consumer), "last");
  assertEquals(await consumer.next(), undefined);
  using late = hub.subscribe();
  assertEquals(await late.next(), undefined);
});

Deno.test("MessageHub loses nothing whatever its consumers do", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.constant("deliver" as const),
          fc.constant("join" as const),
          fc.constant("leave" as const),
          fc.constant("ask" as const),
          fc.constant("take" as const),
        ),
        { maxLength: 60 },
      ),
      fc.infiniteStream(fc.nat(1000)),
      async (steps, numbers) => {
        const { mailbox, hub } = open();
        await using _hub = hub;
        const pick = <T>(list: T[]) =>
          list[numbers.next().value! % list.length]!;
        let consumers: { at: Subscription; held: IncomingMessage[] }[] = [];
        let delivered = 0;
        for (const step of steps) {
          if (step === "deliver") mailbox.deliver(`${delivered++}`);
          if (step === "join") {
            const group = pick([undefined, "x", "y"]);
            consumers.push({ at: hub.subscribe({ group }), held: [] });
          }
          await settle();
          if (consumers.length === 0) continue;
          const one = pick(consumers);
          if (step === "leave") {
            one.at.close();
            consumers = consumers.filter((other) => other !== one);
          }
          if (step === "ask" && one.at.waiting > 0) {
            one.held.push((await one.at.next())!);
          }
          if (step === "take") await one.held.shift()?.taken();
        }
        for (const { at } of consumers) at.close();
        using last = hub.subscribe();
        await settle();
        while (last.waiting > 0) {
          assert(await takeNext(last) !== undefined);
          await settle();
        }
        assertEquals(
          mailbox.taken.toSorted((a, b) => +a - +b),
          Array.from({ length: delivered }, (_, i) => `${i}`),
        );
      },
    ),
    { numRuns: 50 },
  );
});
