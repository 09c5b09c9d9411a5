import { assertEquals, assertRejects } from "@std/assert";
import { ConnectionError, EXIT, UsageError } from "../../lib/errors.ts";
import { ClientLeftError } from "../../lib/mailbox/client_left.ts";
import type { Mailbox, MailboxState } from "../../lib/mailbox/mailbox.ts";
import { openReconnecting } from "../../lib/mailbox/reconnecting.ts";
import { openStock } from "../../lib/mailbox/stock.ts";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ADDRESS, MemoryMailbox } from "../support/memory_mailbox.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { StockDouble } from "../support/stock_double.ts";

const to = {
  kind: "recipient",
  recipient: parseRecipient(ADDRESS),
} as const;
const text = (message: { body: Uint8Array }) =>
  new TextDecoder().decode(message.body);

const lost = () => new ConnectionError("gone", { exitCode: EXIT.lost });

/** A mailbox whose connection a test can break. */
class Breakable extends MemoryMailbox {
  readonly #broken = Promise.withResolvers<void>();
  override readonly closed = this.#broken.promise;

  break(): void {
    this.#broken.reject(lost());
    super.close().catch(() => {});
  }

  override async close(): Promise<void> {
    this.#broken.resolve();
    await super.close().catch(() => {});
  }
}

function setup(
  openings: (() => Mailbox)[],
  options: { persistent?: boolean } = {},
) {
  const clock = new FakeClock();
  let opened = 0;
  const open = () => {
    const next = openings[opened++];
    return next === undefined
      ? Promise.reject(new ConnectionError("down", { exitCode: EXIT.down }))
      : Promise.resolve().then(next);
  };
  const random = seededRandom(1);
  const mailbox = openReconnecting({ open, clock, random, ...options });
  return { clock, mailbox, opened: () => opened };
}

Deno.test("openReconnecting() fails as the first opening does", async () => {
  const { mailbox, opened } = setup([]);
  await assertRejects(() => mailbox, ConnectionError, "down");
  assertEquals(opened(), 1);
});

Deno.test("openReconnecting() opens again after growing pauses, and tells", async () => {
  const first = new Breakable();
  const second = new Breakable();
  const down = () => {
    throw new ConnectionError("down", { exitCode: EXIT.down });
  };
  const { clock, mailbox: opening, opened } = setup([
    () => first,
    down,
    down,
    () => second,
  ]);
  await using mailbox = await opening;
  const states: MailboxState[] = [];
  const watching = (async () => {
    for await (const state of mailbox.states()) states.push(state);
  })();
  first.break();
  await clock.advance(250);
  assertEquals(opened(), 2);
  await clock.advance(500);
  assertEquals(opened(), 3);
  await clock.advance(1000);
  assertEquals(opened(), 4);
  await mailbox.close();
  await watching;
  assertEquals(states.map(({ kind }) => kind), [
    "reconnecting",
    "reconnecting",
    "reconnecting",
    "connected",
    "closed",
  ]);
});

Deno.test("openReconnecting() hands out what each mailbox had, in order, and sends through the new one", async () => {
  const first = new Breakable();
  const second = new Breakable();
  const { clock, mailbox: opening } = setup([() => first, () => second]);
  await using mailbox = await opening;
  first.deliver("1");
  first.deliver("2");
  first.break();
  await clock.advance(0);
  const sending = mailbox.send({ target: to, body: new Uint8Array() });
  await clock.advance(250);
  await sending;
  assertEquals([first.sent.length, second.sent.length], [0, 1]);
  second.deliver("3");
  const got: [string, number][] = [];
  for await (const message of mailbox.messages()) {
    await message.taken();
    got.push([text(message), message.seq]);
    if (got.length === 3) break;
  }
  assertEquals(got, [["1", 1], ["2", 2], ["3", 3]]);
});

Deno.test("openReconnecting() hands out nothing twice that was taken while its client was gone", async () => {
  class Forgetful extends Breakable {
    override async *messages() {
      for await (const message of super.messages()) {
        yield { ...message, taken: () => Promise.reject(lost()) };
      }
    }
  }
  const first = new Forgetful();
  const second = new Breakable();
  const { clock, mailbox: opening } = setup([() => first, () => second]);
  await using mailbox = await opening;
  first.deliver("once");
  const messages = mailbox.messages()[Symbol.asyncIterator]();
  const { value } = await messages.next();
  await value!.taken();
  first.break();
  await clock.advance(250);
  second.deliver("once", { redelivered: true });
  second.deliver("another");
  const next = await messages.next();
  assertEquals(text(next.value!), "another");
  assertEquals(second.taken, ["once"]);
});

Deno.test("openReconnecting() gives up on what does not pass: another address, a refusal", async () => {
  const other = new MemoryMailbox({
    address: parseRecipient(
      "7bxykcEH1uGNMr8mxGABvLJA44nbYt6Rp7xXHhJ4wQVk.HpnFbaMJ8NN1cp5ZPdPTc2GoBDnG4Jd51Sti32tbf3tF@BNjYZPxzcJwczXHHgBxCAyVJKxN6LPteDRrKapxWmexv",
    ),
  });
  const refusal = () => {
    throw new UsageError("never");
  };
  for (
    const [next, error, exitCode] of [
      [() => other, ConnectionError, EXIT.busy],
      [refusal, UsageError, undefined],
    ] as const
  ) {
    const first = new Breakable();
    const { clock, mailbox: opening } = setup([() => first, next]);
    await using mailbox = await opening;
    first.break();
    await clock.advance(250);
    const thrown = await assertRejects(() => mailbox.closed, error);
    assertEquals(thrown.exitCode, exitCode);
    assertEquals(await Array.fromAsync(mailbox.messages()), []);
    await assertRejects(
      () => mailbox.send({ target: to, body: new Uint8Array() }),
      error,
    );
  }
});

Deno.test("openReconnecting() sends through the next client what one that ends has not taken on", async () => {
  const first = new Breakable();
  const second = new Breakable();
  const { clock, mailbox: opening } = setup([() => first, () => second]);
  await using mailbox = await opening;
  first.failNextSend(new ClientLeftError());
  const sending = mailbox.send({ target: to, body: new Uint8Array(3) });
  first.break();
  await clock.advance(250);
  await sending;
  assertEquals([first.sent.length, second.sent.length], [0, 1]);
});

Deno.test("openReconnecting() that does not persist ends at the first failure to open again", async () => {
  const first = new Breakable();
  const { clock, mailbox: opening, opened } = setup([() => first], {
    persistent: false,
  });
  await using mailbox = await opening;
  first.failNextSend(new ClientLeftError());
  const sending = mailbox.send({ target: to, body: new Uint8Array(3) });
  const refusal = assertRejects(() => sending, ConnectionError, "down");
  first.break();
  await clock.advance(250);
  await refusal;
  await assertRejects(() => mailbox.closed, ConnectionError, "gone");
  assertEquals(opened(), 2);
});

Deno.test("openReconnecting() closes in the middle of a pause, and rejects with a signal's reason", async () => {
  const first = new Breakable();
  const { clock, mailbox: opening } = setup([() => first]);
  const mailbox = await opening;
  first.break();
  await clock.advance(1);
  const stop = new AbortController();
  const sending = mailbox.send({ target: to, body: new Uint8Array() }, {
    signal: stop.signal,
  });
  stop.abort(new Error("enough"));
  await assertRejects(() => sending, Error, "enough");
  await mailbox.close();
  await mailbox.closed;
  assertEquals(clock.sleepers, 0);
});

Deno.test("openReconnecting() finds a stock client again, one connection at a time", async () => {
  await using double = new StockDouble({ dialect: "c" });
  await using mailbox = await openReconnecting({
    open: (signal) => openStock({ url: double.url, signal }),
    firstPause: 1,
  });
  const states = mailbox.states()[Symbol.asyncIterator]();
  const messages = mailbox.messages()[Symbol.asyncIterator]();
  await double.deliver("before");
  assertEquals(text((await messages.next()).value!), "before");
  double.disconnect();
  let state = await states.next();
  while (state.value?.kind !== "connected") state = await states.next();
  await double.deliver("after");
  assertEquals(text((await messages.next()).value!), "after");
  assertEquals([double.connections, double.crashed], [2, false]);
});

Deno.test("openReconnecting() closes a client that was replaced once nothing of it is in hand", async () => {
  const first = new Breakable();
  const second = new Breakable();
  let closed = 0;
  first.close = () => {
    closed++;
    return Promise.resolve();
  };
  const { clock, mailbox: opening } = setup([() => first, () => second]);
  await using mailbox = await opening;
  const loop = mailbox.messages()[Symbol.asyncIterator]();
  first.deliver("in hand");
  const { value: message } = await loop.next();
  first.break();
  await clock.advance(250);
  second.deliver("later");
  await loop.next();
  assertEquals(closed, 0);
  await message!.taken();
  assertEquals(closed, 1);
});
