import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ConnectionError, EXIT } from "../../../lib/errors.ts";
import {
  FakeMailbox,
  OTHER_ADDRESS,
  someTag,
} from "../../support/fake_mailbox.ts";
import { FakeWorld } from "../../support/fake_world.ts";

Deno.test("request asks with reply blocks and prints the answer", async () => {
  const { world, mailbox } = setup((mailbox) => mailbox.arrive("42"));
  assertEquals(await world.run("request", "--to", OTHER_ADDRESS, "what?"), 0);
  assertEquals(world.stdout.text, "42\n");
  assertEquals(mailbox.sent[0]?.message.surbs, 11);
  assertEquals(mailbox.taken, ["m1"]);
  assertEquals(world.stderr.text, "");
});

Deno.test("request makes room for as many answers, as long as they are", async () => {
  const { world, mailbox } = setup((mailbox) => {
    mailbox.arrive("a");
    mailbox.arrive("b");
    mailbox.arrive("c");
  });
  const code = await world.run(
    "request",
    "--to",
    OTHER_ADDRESS,
    "--replies",
    "2",
    "--reply-size",
    "3KB",
    "--join",
    "nul",
    "what?",
  );
  assertEquals(code, 0);
  assertEquals(world.stdout.text, "a\0b\0");
  assertEquals(mailbox.sent[0]?.message.surbs, 14);
});

Deno.test("request leaves other mail alone", async () => {
  const { world, mailbox } = setup((mailbox) => {
    mailbox.arrive("stored", { stored: true, receivedAt: 0 });
    mailbox.arrive("someone else's question", { senderTag: someTag() });
    mailbox.arrive("no reply", { isReply: false });
    mailbox.arrive("the answer", { isReply: true });
  });
  assertEquals(await world.run("request", "--to", OTHER_ADDRESS, "?"), 0);
  assertEquals(world.stdout.text, "the answer\n");
  assertEquals(mailbox.taken, ["m4"]);
});

Deno.test("request leaves answers to other questions alone, where the client tells them apart", async () => {
  const { world, mailbox } = setup((mailbox, { message: { senderTag } }) => {
    mailbox.arrive("late", { isReply: true, answers: someTag() });
    mailbox.arrive("mine", { isReply: true, answers: senderTag });
  });
  assertEquals(await world.run("request", "--to", OTHER_ADDRESS, "?"), 0);
  assertEquals(world.stdout.text, "mine\n");
  assertEquals(mailbox.taken, ["m2"]);
});

Deno.test("request --json tells of question, answer and end", async () => {
  const { world } = setup((mailbox) => mailbox.arrive("42"));
  await world.run("request", "--json", "--to", OTHER_ADDRESS, "?");
  assertEquals(
    world.stdout.objects.map(({ type }) => type),
    ["sent", "message", "end"],
  );
});

Deno.test("request without an answer in time ends with 6, and the answer may still arrive", async () => {
  const { world } = setup((_, sending) => {
    sending.progress = 1;
    sending.reach("acked");
  });
  const running = world.run(
    "request",
    "--to",
    OTHER_ADDRESS,
    "--timeout",
    "9s",
    "?",
  );
  await world.clock.advance(9_000);
  assertEquals(await running, 6);
  assertStringIncludes(
    world.stderr.text,
    "Cannot get an answer: the time limit of 9s is reached while waiting for the recipient, whose gateway has the question (may still arrive)",
  );
});

Deno.test("request --replies tells how many came in time", async () => {
  for (const came of [1, 0]) {
    const { world } = setup((mailbox, sending) => {
      sending.progress = 1;
      sending.reach("acked");
      if (came > 0) mailbox.arrive("one");
    });
    const running = world.run(
      "request",
      "--to",
      OTHER_ADDRESS,
      "--replies",
      "2",
      "--timeout",
      "9s",
      "?",
    );
    await world.clock.advance(9_000);
    assertEquals(await running, 6);
    assertStringIncludes(
      world.stderr.text,
      `Cannot get 2 answers, ${
        came || "none"
      } came: the time limit of 9s is reached while waiting for the recipient, `,
    );
  }
});

Deno.test("request --retry asks again under the same id", async () => {
  const { world, mailbox } = setup((mailbox, sending) => {
    sending.reach("acked");
    if (sending.id === "s3") mailbox.arrive("late");
  });
  const running = world.run(
    "request",
    "--to",
    OTHER_ADDRESS,
    "--retry",
    "2",
    "--timeout",
    "9s",
    "?",
  );
  await world.clock.advance(3_000);
  await world.clock.advance(3_000);
  assertEquals(await running, 0);
  assertEquals(
    mailbox.sent.map(({ message }) => message.resendOf),
    [undefined, "s1", "s1"],
  );
});

Deno.test("request ends with the client's error if the question cannot get there", async () => {
  const { world } = setup((_, sending) =>
    sending.fail(
      new ConnectionError("Cannot deliver", {
        exitCode: EXIT.lost,
        mayArrive: true,
      }),
    )
  );
  assertEquals(await world.run("request", "--to", OTHER_ADDRESS, "?"), 5);
  assertStringIncludes(world.stderr.text, "Cannot deliver (may still arrive)");
});

Deno.test("request is taken back on SIGINT", async () => {
  const { world, mailbox } = setup(() => {});
  const running = world.run("request", "--to", OTHER_ADDRESS, "?");
  await world.clock.advance(0);
  world.interrupt("SIGINT");
  assertEquals(await running, 130);
  assert(mailbox.sent[0]?.withdrawn);
  assertStringIncludes(world.stderr.text, "Interrupted (not sent)");
});

Deno.test("request needs one recipient and something to ask", async () => {
  const { world } = setup(() => {});
  assertEquals(await world.run("request", "?"), 2);
  assertEquals(await world.run("request", "--to", OTHER_ADDRESS), 2);
  assertEquals(await world.run("request", "--to", "x@y", "?"), 7);
  assertEquals(world.choices, []);
});

function setup(
  onSend: (mailbox: FakeMailbox, sending: FakeMailbox["sent"][number]) => void,
) {
  const world = new FakeWorld();
  const mailbox: FakeMailbox = new FakeMailbox({
    onSend: (sending) => onSend(mailbox, sending),
  });
  world.mailboxes = [mailbox];
  return { world, mailbox };
}
