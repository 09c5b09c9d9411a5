// deno-lint-ignore-file no-console -- It prints, as programs do.
/** An answer to somebody whose address nobody knows, through reply blocks. `deno run -A examples/03_anonymous_reply.ts` */
import { type Mailbox, openClient, startMixnet } from "nymwire";

await using mixnet = await startMixnet();
await using service = await openClient({ network: mixnet.apiUrl });
await using caller = await openClient({ network: mixnet.apiUrl });

await caller.send({
  target: { kind: "recipient", recipient: service.address },
  body: new TextEncoder().encode("What time is it?"),
  surbs: 20, // Ways back that say nothing about where they lead. Each carries one packet.
});

const question = await first(service);
console.log(`Somebody asks: ${question.text}`);
await service.send({
  target: { kind: "reply", senderTag: question.senderTag! },
  body: new TextEncoder().encode("High time for privacy"),
});
console.log(`The answer: ${(await first(caller)).text}`);

async function first(mailbox: Mailbox) {
  for await (const { body, senderTag, taken } of mailbox.messages()) {
    await taken();
    return { text: new TextDecoder().decode(body), senderTag };
  }
  throw new Error("The mailbox was closed");
}
