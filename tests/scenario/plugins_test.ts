import { assertEquals } from "@std/assert";
import type { MixnetClient } from "../../lib/client/client.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { PluginChain } from "../../lib/plugin/chain.ts";
import { pluginMailbox } from "../../lib/plugin/mailbox.ts";
import { openPluginChain } from "../../lib/plugin/open_chain.ts";
import { folderOf, pluginSource } from "../plugin/support.ts";
import { openFast, take } from "../support/mixnet_clients.ts";

Deno.test("plugins answer anonymous senders through reply blocks, and nothing is lost when one crashes on the way", async () => {
  await using folder = await folderOf({
    "frail.ts": pluginSource(
      "frail",
      `message: (m) => { if (m.text() === "two") Deno.exit(1); }`,
    ),
    "thanks.ts": pluginSource(
      "thanks",
      `message: (m, c) => c.reply(m, "thanks for " + m.text())`,
    ),
  });
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using bob = await openFast(mixnet);
  await using chain = await openPluginChain(
    ["frail", "thanks"].map((name) => ({
      name,
      file: `${folder.path}/${name}.ts`,
    })),
    {
      mailbox: () => pluginMailbox(bob),
      onLog() {},
      protect: [],
      env: { get: () => undefined },
      deadLetter: () => Promise.resolve(),
    },
  );
  const words = ["one", "two", "three"];
  for (const word of words) {
    await alice.send({
      target: { kind: "recipient", recipient: bob.address },
      body: new TextEncoder().encode(word),
      surbs: 20,
    });
  }
  const [arrived, answers] = await Promise.all([
    through(chain, bob, words.length),
    take(alice, words.length),
  ]);
  assertEquals(arrived.toSorted(), words.toSorted());
  assertEquals(
    answers.map(({ body }) => new TextDecoder().decode(body)).toSorted(),
    words.map((word) => `thanks for ${word}`).toSorted(),
  );
});

async function through(
  chain: PluginChain,
  client: MixnetClient,
  count: number,
): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of client.messages()) {
    for (const part of await chain.incoming(message)) {
      texts.push(new TextDecoder().decode(part.body));
      await part.taken();
    }
    if (texts.length === count) break;
  }
  return texts;
}
