/**
 * A mixnet as a process of its own, as in real life: `network_process.ts [loss in percent]`. Writes the URL of its directory; to
 * each line it answers with the times since the last one at which packets of clients came to their gateways.
 */
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { parentLines, tellParent } from "./children.ts";

await using net = await startMixnet({ loss: Number(Deno.args[0] ?? 0) });
const arrivals: number[] = [];
for (const node of net.nodes) {
  node.listen((event) => {
    if (event.kind === "packet" && event.role === "entry") {
      arrivals.push(event.at);
    }
  });
}
tellParent({ apiUrl: net.apiUrl });
for await (const _ of parentLines()) tellParent(arrivals.splice(0));
