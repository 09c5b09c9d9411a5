// deno-lint-ignore-file no-console -- It prints, as programs do.
/** A mixnet for your tests: it loses every tenth packet, and nothing is lost. `deno run -A examples/04_local_mixnet.ts` */
import { openClient, startMixnet } from "nymwire";

await using mixnet = await startMixnet({ mixesPerLayer: 2, loss: 10, seed: 7 });
console.log(mixnet.nodes.map(({ name }) => name).join(" "));

await using alice = await openClient({ network: mixnet.apiUrl });
await using bob = await openClient({ network: mixnet.apiUrl });
const body = crypto.getRandomValues(new Uint8Array(5_000));
await alice.send({
  target: { kind: "recipient", recipient: bob.address },
  body,
});

for await (const message of bob.messages()) {
  const same = message.body.toHex() === body.toHex();
  console.log(`${message.body.length} bytes, ${same ? "the same" : "others"}`);
  await message.taken();
  break;
}
