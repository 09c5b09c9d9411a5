/**
 * One mix node as a process of its own: its Sphinx secret in base58 in the first argument, its mix port as JSON on
 * stdout, running until stdin ends.
 */
import { decodeBase58 } from "../../lib/bytes/base58.ts";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { startMixNode } from "../../lib/mixnet/mix_node.ts";

const secret = decodeBase58(Deno.args[0]!, { length: 32 });
await using node = await startMixNode({
  name: "elsewhere",
  sphinxKeys: [{ secret, public: x25519PublicKey(secret) }],
});
Deno.stdout.writeSync(
  new TextEncoder().encode(`${JSON.stringify(node.mixAddress)}\n`),
);
for await (const _ of Deno.stdin.readable);
