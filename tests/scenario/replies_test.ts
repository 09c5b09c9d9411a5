import { assert, assertEquals, assertRejects } from "@std/assert";
import { EXIT, NymError } from "../../lib/errors.ts";
import type { MixnetClient } from "../../lib/client/client.ts";
import { newSenderTag } from "../../lib/message/sender_tag.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { openFast, pattern, take } from "../support/mixnet_clients.ts";

const text = (words: string) => new TextEncoder().encode(words);

/** Send from one client to another with reply blocks, and take what arrives. */
async function ask(from: MixnetClient, to: MixnetClient, surbs: number) {
  await from.send({
    target: { kind: "recipient", recipient: to.address },
    body: text("who is there?"),
    surbs,
  });
  const [question] = await take(to, 1);
  assert(question!.senderTag !== undefined);
  return question!;
}

Deno.test("an anonymous message is answered through its reply blocks", async () => {
  await using mixnet = await startMixnet({ gateways: 2 });
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const { senderTag } = await ask(alice, bob, 20);
  const sending = await bob.send({
    target: { kind: "reply", senderTag: senderTag! },
    body: text("me"),
  });
  const [answer] = await take(alice, 1);
  assertEquals(answer!.body, text("me"));
  assertEquals([answer!.isReply, answer!.senderTag], [true, undefined]);
  await sending.reached("acked");
});

Deno.test("a reply with fewer blocks than are held back waits for more, which are asked for and granted", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const { senderTag } = await ask(alice, bob, 3);
  await bob.send({
    target: { kind: "reply", senderTag: senderTag! },
    body: text("patience"),
  });
  const [answer] = await take(alice, 1);
  assertEquals(answer!.body, text("patience"));
  assert(alice.counters.grants.granted >= 10);
});

Deno.test("answers tell which question they are for, also those that need more blocks", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const tags = [newSenderTag(systemRandom), newSenderTag(systemRandom)];
  for (const senderTag of tags) {
    await alice.send({
      target: { kind: "recipient", recipient: bob.address },
      body: text("which?"),
      surbs: 3,
      senderTag,
    });
  }
  await take(bob, tags.length);
  for (const senderTag of tags.toReversed()) {
    await bob.send({
      target: { kind: "reply", senderTag },
      body: pattern(20_000 + senderTag[0]!),
    });
  }
  const answers = await take(alice, tags.length);
  for (const { answers: tag, body } of answers) {
    assertEquals(body, pattern(20_000 + tag![0]!));
  }
  assertEquals(
    answers.map(({ answers }) => answers!.toHex()).toSorted(),
    tags.map((tag) => tag.toHex()).toSorted(),
  );
});

Deno.test("a reply of 100 KB gets its blocks as it goes", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const { senderTag } = await ask(alice, bob, 10);
  const body = pattern(100_000);
  const sending = await bob.send({
    target: { kind: "reply", senderTag: senderTag! },
    body,
  });
  const [answer] = await take(alice, 1);
  assertEquals(answer!.body, body);
  await sending.reached("acked");
  assert(alice.counters.grants.granted >= sending.packets!);
});

Deno.test("fifty replies in a row arrive, each once", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const { senderTag } = await ask(alice, bob, 70);
  for (let i = 0; i < 50; i++) {
    await bob.send({
      target: { kind: "reply", senderTag: senderTag! },
      body: text(`${i}`),
    });
  }
  const answers = await take(alice, 50);
  const numbers = answers.map(({ body }) =>
    Number(new TextDecoder().decode(body))
  );
  assertEquals(
    numbers.sort((a, b) => a - b),
    Array.from({ length: 50 }, (_, i) => i),
  );
});

Deno.test("a reply to a stranger is refused at once", async () => {
  await using mixnet = await startMixnet();
  await using bob = await openFast(mixnet);
  const error = await assertRejects(
    () =>
      bob.send({
        target: { kind: "reply", senderTag: newSenderTag(systemRandom) },
        body: text("hello?"),
      }),
    NymError,
  );
  assertEquals(error.exitCode, EXIT.noReply);
});

Deno.test("one sender keeps its tag towards a recipient until it wants a fresh one", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  const message = {
    target: { kind: "recipient", recipient: bob.address },
    body: text("again"),
    surbs: 1,
  } as const;
  for (const freshTag of [false, false, true]) {
    await alice.send(message, { freshTag });
  }
  const tags = (await take(bob, 3)).map(({ senderTag }) => senderTag!.toHex());
  assertEquals(new Set(tags).size, 2);
});
