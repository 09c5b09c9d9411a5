// deno-lint-ignore-file no-console -- It prints, as programs do.
/** A message from one client to another, and how far it has come. `deno run -A examples/02_send_and_receive.ts` */
import { openClient, startMixnet } from "nymwire";

await using mixnet = await startMixnet();
await using alice = await openClient({ network: mixnet.apiUrl });
await using bob = await openClient({ network: mixnet.apiUrl });

const sending = await alice.send({
  target: { kind: "recipient", recipient: bob.address },
  body: new TextEncoder().encode("Hello, Bob"),
});
await sending.reached("acked"); // Bob's gateway has it, whether Bob is there or not.
console.log("The message is there");

for await (const message of bob.messages()) {
  console.log(new TextDecoder().decode(message.body));
  await message.taken(); // Until this is said, it would come once more.
  break;
}
