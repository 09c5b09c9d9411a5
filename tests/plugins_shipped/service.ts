import { formatRecipient } from "../../lib/message/recipient.ts";
import type { MixnetClient } from "../../lib/client/client.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import type { PluginChain } from "../../lib/plugin/chain.ts";
import { pluginMailbox } from "../../lib/plugin/mailbox.ts";
import { openPluginChain } from "../../lib/plugin/open_chain.ts";
import type { PluginSpec } from "../../lib/plugin/spec.ts";
import { openFast } from "../support/mixnet_clients.ts";

/** A client whose messages go through plugins. */
export interface Service extends AsyncDisposable {
  /** Its address, as text. */
  readonly address: string;
  /** What came out of the chain, as text. */
  readonly lines: readonly string[];
  readonly chain: PluginChain;
}

/** Open a client of a mixnet, and let plugins see what arrives. */
export async function startService(
  mixnet: Mixnet,
  specs: readonly PluginSpec[],
): Promise<Service> {
  const client = await openFast(mixnet);
  const chain = await openChain(client, specs);
  const lines: string[] = [];
  const stop = new AbortController();
  const serving = serve().catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  return {
    address: formatRecipient(client.address),
    lines,
    chain,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await serving;
      await chain[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  };

  async function serve(): Promise<void> {
    const { signal } = stop;
    for await (const message of client.messages({ signal })) {
      for (const part of await chain.incoming(message, signal)) {
        lines.push(new TextDecoder().decode(part.body));
        await part.taken();
      }
    }
  }
}

/** Start plugins over a client. */
export function openChain(
  client: MixnetClient,
  specs: readonly PluginSpec[],
): Promise<PluginChain> {
  return openPluginChain(specs, {
    mailbox: () => pluginMailbox(client),
    onLog() {},
    deadLetter: () => Promise.resolve(),
    protect: [],
    env: { get: () => undefined },
  });
}

/** The path of a file of this repository. */
export function path(name: string): string {
  return decodeURIComponent(new URL(`../../${name}`, import.meta.url).pathname);
}

/** A shipped plugin. */
export function shipped(
  name: string,
  options: Omit<PluginSpec, "name" | "file"> = {},
): PluginSpec {
  return { name, file: path(`plugins/${name}.ts`), ...options };
}
