import { assertEquals } from "@std/assert";
import { progressText } from "../../lib/cli/send_progress.ts";
import { FakeMailbox } from "../support/fake_mailbox.ts";
import { FakeWorld } from "../support/fake_world.ts";

const CLEAR = "\r\x1b[K";

Deno.test("progressText() tells how much of it has got there, where that is known", () => {
  assertEquals(
    progressText({ through: 312_499.5, total: 1_000_000 }),
    "sending: 312.5 KB of 1 MB (31 %)",
  );
  assertEquals(
    progressText({ through: undefined, total: 1_000_000 }),
    "sending: 1 MB",
  );
  assertEquals(
    progressText({ through: 0, total: 0 }),
    "sending: 0 bytes of 0 bytes (0 %)",
  );
});

Deno.test("send draws how far it is on a terminal, once it takes a second, and makes room for words", async () => {
  const { world, mailbox } = sending();
  world.stderr.isTerminal = true;
  const sent = world.run("send", "--to", "self", "--color", "never", "hello");
  await world.clock.advance(999);
  assertEquals(world.stderr.text, "");
  // One packet of one: it has left, and is not acknowledged.
  mailbox.sent[0]!.progress = 1;
  await world.clock.advance(1);
  assertEquals(world.stderr.text, `${CLEAR}sending: 2 bytes of 5 bytes (50 %)`);
  const before = world.stderr.bytes.length;
  mailbox.sent[0]!.reach("acked");
  assertEquals(await sent, 0);
  const after = new TextDecoder().decode(world.stderr.bytes.slice(before));
  assertEquals(
    after,
    `${CLEAR}acked: 5 bytes for CytBse….4QXYyE…@4sBbL1…\n${CLEAR}`,
  );
});

Deno.test("send draws nothing where nobody watches, or objects are wanted", async () => {
  for (
    const [isTerminal, ...flags] of [
      [false],
      [true, "--quiet"],
      [true, "--json", "--quiet"],
    ] as const
  ) {
    const { world, mailbox } = sending();
    world.stderr.isTerminal = isTerminal;
    const sent = world.run("send", "--to", "self", ...flags, "hello");
    await world.clock.advance(5000);
    assertEquals(world.stderr.text, "");
    mailbox.sent[0]!.reach("acked");
    assertEquals(await sent, 0);
  }
});

/** A world whose client takes messages and gets no further with them. */
function sending(): { world: FakeWorld; mailbox: FakeMailbox } {
  const world = new FakeWorld();
  const mailbox = new FakeMailbox({ onSend: () => {} });
  world.mailboxes = [mailbox];
  return { world, mailbox };
}
