import type { Mailbox } from "../../mailbox/mailbox.ts";
import type { PluginChain } from "../../plugin/chain.ts";
import type { Deliverer } from "../deliver/deliver.ts";

/** Plugins, and the client that they send through. */
export interface Chained {
  readonly chain: PluginChain;
  use(mailbox: Mailbox): void;
}

/** Let every message go through plugins before `inner` deals with what became of it. */
export function throughPlugins(
  { chain, use }: Chained,
  inner: Deliverer,
): Deliverer {
  return {
    async deliver(message, mailbox, signal) {
      if (mailbox) use(mailbox);
      for (const part of await chain.incoming(message, signal)) {
        await inner.deliver(part, mailbox, signal);
        await chain.observe(part, signal);
      }
    },
  };
}
