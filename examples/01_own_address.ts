// deno-lint-ignore-file no-console -- It prints, as programs do.
/** A client of your own and its address: what others need to know to write to you. `deno run -A examples/01_own_address.ts` */
import { formatRecipient, openClient, startMixnet } from "nymwire";

// A mixnet on this machine; without this line, name one: openClient({ network: "https://validator.nymtech.net/api" })
await using mixnet = await startMixnet();

await using client = await openClient({ network: mixnet.apiUrl });
console.log(formatRecipient(client.address));
