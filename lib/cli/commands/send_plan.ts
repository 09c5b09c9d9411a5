import { readHomeAddress } from "../../home/home_address.ts";
import { formatRecipient } from "../../message/recipient.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";
import type { BodyRecord } from "../body/record.ts";
import type { CommandContext } from "../context.ts";
import type { SendCommand } from "../definitions/send.ts";
import { findHome } from "../homes.ts";
import { plural } from "../plural.ts";
import type { Wanted } from "../recipients.ts";
import type { TargetName } from "../sent.ts";
import { packetsOf } from "../surb_count.ts";
import { recipientsOf, surbsOf } from "./send.ts";

/** Show what `send` would do, and send nothing: nobody is connected to. */
export async function planSend(
  command: SendCommand,
  context: CommandContext,
  recipients: readonly Wanted[],
  messages: AsyncIterable<BodyRecord>,
): Promise<void> {
  const { output } = context;
  for await (const record of messages) {
    for (const wanted of recipientsOf(record, recipients)) {
      const surbs = await surbsOf(wanted, record, command);
      const size = record.body.length;
      const packets = packetsOf(size, surbs);
      const name = await nameOf(wanted, command, context);
      if (output.json) {
        await output.record("plan", { ...name, size, packets, surbs });
      } else {
        const [to] = Object.values(name) as [string];
        await output.print(
          `would send ${plural(size, "byte")} in ${
            plural(packets, "packet")
          } with ${plural(surbs, "reply block")} to ${to}`,
        );
      }
    }
  }
}

async function nameOf(
  wanted: Wanted,
  { id, url }: SendCommand,
  { env }: CommandContext,
): Promise<TargetName> {
  switch (wanted.kind) {
    case "self": {
      const home = url === undefined ? await findHome(id, env) : undefined;
      return { to: home ? await readHomeAddress(home) : "self" };
    }
    case "recipient":
      return { to: formatRecipient(wanted.recipient) };
    case "reply":
      return { replyTo: formatSenderTag(wanted.senderTag) };
    case "replySurb":
      return { replyTo: "reply block" };
    default:
      return wanted satisfies never;
  }
}
