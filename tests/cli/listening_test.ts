import { assertEquals } from "@std/assert";
import { Listening } from "../../lib/cli/listening.ts";
import type { IncomingMessage, Mailbox } from "../../lib/mailbox/mailbox.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeMailbox } from "../support/fake_mailbox.ts";

/** Listening that is idle after a second, and what it has delivered. */
function setup(deliver: (message: IncomingMessage) => Promise<void>) {
  const clock = new FakeClock();
  const mailbox = new FakeMailbox();
  const delivered: string[] = [];
  const listening = new Listening({
    clock,
    signal: new AbortController().signal,
    deliverer: {
      async deliver(message) {
        await deliver(message);
        delivered.push(new TextDecoder().decode(message.body));
      },
    },
    jobs: 1,
    idle: 1000,
    drain: 0,
  });
  const take = (more: Partial<Mailbox> = {}) =>
    listening.take(mailbox.messages({ signal: listening.signal }), {
      ...more,
    } as Mailbox);
  return { clock, mailbox, listening, delivered, take };
}

Deno.test("Listening is not idle before it can take messages", async () => {
  const { clock, mailbox, listening, delivered, take } = setup(async () => {});
  using _listening = listening;
  await clock.advance(60_000);
  assertEquals(listening.ended, undefined);
  const taking = take();
  await clock.advance(999);
  mailbox.arrive("a");
  await clock.advance(999);
  assertEquals([listening.ended, delivered], [undefined, ["a"]]);
  await clock.advance(1);
  await taking;
  assertEquals(listening.ended?.kind, "idle");
});

Deno.test("Listening is not idle while something is in hand, and hands out what waits behind it", async () => {
  const { clock, mailbox, listening, delivered, take } = setup(() =>
    clock.until(clock.now() + 5_000)
  );
  using _listening = listening;
  mailbox.arrive("a");
  mailbox.arrive("b");
  const taking = take();
  await clock.advance(10_000);
  assertEquals([listening.ended, delivered], [undefined, ["a", "b"]]);
  await clock.advance(1_000);
  await taking;
  assertEquals(listening.ended?.kind, "idle");
});

Deno.test("Listening waits as long again for what is there and has only to come, and no longer", async () => {
  for (const comes of [true, false]) {
    const { clock, mailbox, listening, delivered, take } = setup(
      async () => {},
    );
    using _listening = listening;
    let waiting = 1;
    const taking = take({ backlog: () => Promise.resolve(waiting) });
    await clock.advance(1_500);
    assertEquals(listening.ended, undefined);
    if (comes) {
      mailbox.arrive("slow");
      waiting = 0;
      await clock.advance(900);
    } else await clock.advance(500);
    assertEquals(listening.ended?.kind, comes ? undefined : "idle");
    await clock.advance(100);
    await taking;
    assertEquals(listening.ended?.kind, "idle");
    assertEquals(delivered, comes ? ["slow"] : []);
  }
});
