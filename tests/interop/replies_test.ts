import { assertEquals } from "@std/assert";
import { systemRandom } from "../../lib/crypto/random.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { openFast, take } from "../support/mixnet_clients.ts";
import { ask, beAsked, receive, replyTo, startOfficial } from "./pair.ts";

/** The network and the processes live as long as the whole test, which checks that nothing is left of them. */
const STEP = { sanitizeOps: false, sanitizeResources: false };

const text = (words: string) => new TextEncoder().encode(words);

Deno.test("our client and the official one answer each other without knowing whom", async (t) => {
  await using net = await startMixnet({ gateways: 2 });
  await using official = await startOfficial(net);
  const gateway = net.node("gateway2").identity;
  await using ours = await openFast(net, { gateway });
  await t.step({
    name: "we ask, it answers",
    async fn() {
      const senderTag = await ask(ours, official, 10);
      await official.reply(senderTag, text("me"));
      const [answer] = await take(ours, 1);
      assertEquals(answer!.body, text("me"));
      assertEquals([answer!.isReply, answer!.senderTag], [true, undefined]);
    },
    ...STEP,
  });
  await t.step({
    name: "it asks, we answer",
    async fn() {
      const senderTag = await beAsked(ours, official, 10);
      const sending = await replyTo(ours, senderTag, text("me"));
      const { body, senderTag: none } = await receive(official);
      assertEquals([body, none], [text("me"), null]);
      await sending.reached("acked");
    },
    ...STEP,
  });
  await t.step({
    name: "we ask, it answers with 100 KB",
    async fn() {
      const answer = systemRandom(100_000);
      await official.reply(await ask(ours, official, 10), answer);
      const [message] = await take(ours, 1);
      assertEquals(message!.body, answer);
    },
    ...STEP,
  });
  await t.step({
    name: "it asks, we answer with 100 KB",
    async fn() {
      const answer = systemRandom(100_000);
      await replyTo(ours, await beAsked(ours, official, 10), answer);
      assertEquals((await receive(official)).body, answer);
    },
    ...STEP,
  });
  await t.step({
    name: "we ask once, it answers 50 times in a row",
    async fn() {
      const senderTag = await ask(ours, official, 10);
      const answers = numbered(50);
      for (const answer of answers) await official.reply(senderTag, answer);
      const messages = await take(ours, answers.length);
      assertEquals(sorted(messages.map(({ body }) => body)), sorted(answers));
    },
    ...STEP,
  });
  await t.step({
    name: "it asks once, we answer 50 times in a row",
    async fn() {
      const senderTag = await beAsked(ours, official, 10);
      const answers = numbered(50);
      const sendings = [];
      for (const answer of answers) {
        sendings.push(await replyTo(ours, senderTag, answer));
      }
      const bodies = [];
      for (const _ of answers) bodies.push((await receive(official)).body);
      assertEquals(sorted(bodies), sorted(answers));
      for (const sending of sendings) await sending.reached("acked");
    },
    ...STEP,
  });
});

function numbered(count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => text(`answer ${i}`));
}

/** Messages overtake each other. */
function sorted(bodies: readonly Uint8Array[]): string[] {
  return bodies.map((body) => new TextDecoder().decode(body)).toSorted();
}
