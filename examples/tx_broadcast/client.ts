// deno-lint-ignore-file no-console -- It prints, as programs do.
/**
 * Broadcast a signed Bitcoin transaction through a `tx_broadcast` service: the service learns the transaction and not who
 * you are, the Bitcoin network learns neither. The address of this client lives as long as this takes.
 *
 *     deno run -A examples/tx_broadcast/client.ts NETWORK ADDRESS < signed.hex
 */
import { openClient, parseRecipient } from "nymwire";

/** What the service says. */
export type Answer = { readonly txid: string } | { readonly error: string };

/** Send a transaction, in hex, to the service at an address; its answer. */
export async function broadcast(
  network: string,
  address: string,
  transaction: string,
): Promise<Answer> {
  await using client = await openClient({ network });
  await client.send({
    target: { kind: "recipient", recipient: parseRecipient(address) },
    body: Uint8Array.fromHex(transaction.trim()),
    surbs: 20,
  });
  for await (const message of client.messages()) {
    await message.taken();
    return JSON.parse(new TextDecoder().decode(message.body));
  }
  throw new Error("The client was closed before there was an answer");
}

if (import.meta.main) {
  const [network, address] = Deno.args;
  if (!network || !address) throw new Error("Need a network and an address");
  const transaction = await new Response(Deno.stdin.readable).text();
  const answer = await broadcast(network, address, transaction);
  console.log(JSON.stringify(answer));
  if ("error" in answer) Deno.exit(1);
}
