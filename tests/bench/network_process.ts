/**
 * A mixnet as a process of its own, as in real life: `network_process.ts [clock] [loss in percent]`. Writes the URL of its
 * directory; to each line it answers with the times since the last one at which packets of clients came to their gateways. The
 * line `restart` lets its gateway restart first, `rotate` its nodes go over to new keys.
 */
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { parentLines, tellParent } from "./children.ts";
import { clockOf } from "./hopping_clock.ts";

await using net = await startMixnet({
  clock: clockOf(Deno.args[0]),
  loss: Number(Deno.args[1] ?? 0),
});
const arrivals: number[] = [];
for (const node of net.nodes) {
  node.listen((event) => {
    if (event.kind === "packet" && event.role === "entry") {
      arrivals.push(event.at);
    }
  });
}
tellParent({ apiUrl: net.apiUrl });
for await (const line of parentLines()) {
  if (line === "restart") await net.restartNode("gateway1");
  if (line === "rotate") await net.rotateKeys();
  tellParent(arrivals.splice(0));
}
