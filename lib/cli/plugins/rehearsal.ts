import { UsageError } from "../../errors.ts";
import type { OutboundMessage, PluginMailbox } from "../../plugin/mailbox.ts";

/** A client that shows what plugins send, and sends nothing. */
export function rehearsal(
  address: string | undefined,
  show: (message: OutboundMessage) => Promise<void>,
): PluginMailbox {
  return {
    get address() {
      if (address !== undefined) return address;
      throw new UsageError("Cannot tell the address: there is no home");
    },
    async send(message) {
      await show(message);
      return { left: Promise.resolve() };
    },
  };
}
