import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError } from "../../lib/errors.ts";
import { MessageHub } from "../../lib/daemon/hub.ts";
import { SharedMailbox } from "../../lib/daemon/shared_mailbox.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { ADDRESS, MemoryMailbox } from "../support/memory_mailbox.ts";

function open() {
  const mailbox = new MemoryMailbox();
  const onFailure = (reason: unknown) => {
    throw reason;
  };
  const hub = new MessageHub({ mailbox, onFailure });
  return { mailbox, hub, view: () => new SharedMailbox({ mailbox, hub }) };
}

const text = (message: IncomingMessage) =>
  new TextDecoder().decode(message.body);

Deno.test("SharedMailbox sends through its mailbox, sees everything, and closes alone", async () => {
  const { mailbox, hub, view } = open();
  await using _hub = hub;
  const one = view();
  await using two = view();
  const target = {
    kind: "recipient",
    recipient: parseRecipient(ADDRESS),
  } as const;
  await one.send({ target, body: new Uint8Array() });
  assertEquals(mailbox.sent.length, 1);
  const seen: string[] = [];
  const loop = (async () => {
    for await (const message of one.messages()) {
      seen.push(text(message));
      await message.taken();
    }
  })();
  const other = two.messages()[Symbol.asyncIterator]();
  const first = other.next();
  mailbox.deliver("1");
  await (await first).value!.taken();
  await one.close();
  await loop;
  await one.closed;
  assertEquals(seen, ["1"]);
  mailbox.deliver("2");
  const second = await other.next();
  await second.value!.taken();
  assertEquals(mailbox.taken, ["1", "2"]);
  assertEquals(await Array.fromAsync(one.messages()), []);
});

Deno.test("SharedMailbox keeps in hand what a loop did not take: it can be taken still, or comes again", async () => {
  const { mailbox, hub, view } = open();
  await using _hub = hub;
  await using shared = view();
  for (const body of ["1", "2", "3"]) mailbox.deliver(body);
  const held: IncomingMessage[] = [];
  for await (const message of shared.messages()) {
    held.push(message);
    if (held.length === 2) break;
  }
  await held[0]!.taken();
  const again: [string, boolean][] = [];
  for await (const message of shared.messages()) {
    again.push([text(message), message.redelivered]);
    await message.taken();
    if (again.length === 2) break;
  }
  assertEquals(again, [["2", true], ["3", false]]);
  assertEquals(mailbox.taken, ["1", "2", "3"]);
});

Deno.test("SharedMailbox tells a loop that was cut off for being slow", async () => {
  const mailbox = new MemoryMailbox();
  const onFailure = (reason: unknown) => {
    throw reason;
  };
  await using hub = new MessageHub({ mailbox, onFailure, maxWaiting: 1 });
  await using shared = new SharedMailbox({ mailbox, hub });
  const loop = shared.messages()[Symbol.asyncIterator]();
  const first = loop.next();
  using quick = hub.subscribe();
  for (let i = 0; i < 4; i++) {
    mailbox.deliver(`${i}`);
    await (await quick.next())!.taken();
  }
  assertEquals(text((await first).value!), "0");
  await assertRejects(() => loop.next(), ConnectionError, "in time");
});

Deno.test("SharedMailbox ends with its mailbox, and rejects with a signal's reason", async () => {
  const { mailbox, hub, view } = open();
  await using _hub = hub;
  await using shared = view();
  const stop = new AbortController();
  const loop = Array.fromAsync(shared.messages({ signal: stop.signal }));
  stop.abort(new Error("enough"));
  await assertRejects(() => loop, Error, "enough");
  await mailbox.close();
  await shared.closed;
  assertEquals(await Array.fromAsync(shared.messages()), []);
});
