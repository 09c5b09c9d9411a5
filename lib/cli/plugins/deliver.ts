import type { Deliverer } from "../deliver/deliver.ts";
import type { Plugins } from "./open.ts";

/** Let every message go through plugins before `inner` deals with what became of it. */
export function throughPlugins(
  { chain, use }: Plugins,
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
