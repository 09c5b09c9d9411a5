// What plugins cost: a message through none, one and three of them, and the start of one. Each runs behind both walls.
import type { PluginChain } from "../../lib/plugin/chain.ts";
import { openPluginChain } from "../../lib/plugin/open_chain.ts";
import { folderOf, message, pluginSource } from "../plugin/support.ts";

const NAMES = ["first", "second", "third"];

const folder = await folderOf(Object.fromEntries(
  NAMES.map((name) => [
    `${name}.ts`,
    pluginSource(name, `message: (m) => ({ kind: "replace", body: m.bytes })`),
  ]),
));

function open(count: number): Promise<PluginChain> {
  const specs = NAMES.slice(0, count).map((name) => ({
    name,
    file: `${folder.path}/${name}.ts`,
  }));
  return openPluginChain(specs, {
    mailbox: () => undefined,
    onLog() {},
    protect: [],
    env: { get: () => undefined },
    deadLetter: () => Promise.resolve(),
    onError: "fail",
  });
}

const chains = await Promise.all([0, 1, 3].map(open));
const messages = {
  "1 KB": message(new Uint8Array(1000)),
  "1 MB": message(new Uint8Array(1_000_000)),
};

for (const [size, one] of Object.entries(messages)) {
  for (const chain of chains) {
    const { length } = chain.runners;
    Deno.bench(`${size} through ${length} plugins`, {
      group: size,
      baseline: length === 1,
    }, async () => {
      await chain.incoming(one);
    });
  }
}

Deno.bench("start and end a plugin", { n: 10, warmup: 2 }, async () => {
  await using _chain = await open(1);
});

Deno.bench("end what was measured", { n: 1, warmup: 0 }, async () => {
  if (chains.length === 0) return;
  for (const chain of chains.splice(0)) await chain.close();
  await Deno.remove(folder.path, { recursive: true });
});
