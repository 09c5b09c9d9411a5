import { readHomeAddress } from "../../home/home_address.ts";
import { formatRecipient } from "../../message/recipient.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";
import type { BodyRecord } from "../body/record.ts";
import type { CommandContext } from "../context.ts";
import type { SendCommand } from "../definitions/send.ts";
import { bodyFields } from "../deliver/message_json.ts";
import { findHome } from "../homes.ts";
import { plural } from "../plural.ts";
import { rehearsal } from "../plugins/rehearsal.ts";
import { startPlugins } from "../plugins/start.ts";
import type { Wanted } from "../recipients.ts";
import { recipientsOf, surbsOf } from "../record_target.ts";
import type { TargetName } from "../sent.ts";
import { packetsOf } from "../surb_count.ts";

/** A message that would be sent. */
interface Planned {
  readonly name: TargetName;
  readonly body: Uint8Array;
  readonly surbs: number;
}

/**
 * Show what `send` would do, and send nothing: nobody is connected to. Plugins do their work, but what they send is shown, and
 * what they store is forgotten.
 */
export async function planSend(
  command: SendCommand,
  context: CommandContext,
  recipients: readonly Wanted[],
  messages: AsyncIterable<BodyRecord>,
): Promise<void> {
  const { output, signal } = context;
  await using plugins = await startPlugins(command, "send", context, {
    rehearsal: async () =>
      rehearsal(await ownAddress(command, context), async (message) => {
        const { to, replyTo = "", body, surbs = 0 } = message;
        const name = to === undefined ? { replyTo } : { to };
        await show({ name, body, surbs });
      }),
  });
  for await (const record of messages) {
    for (const wanted of recipientsOf(record, recipients)) {
      const surbs = await surbsOf(wanted, record, command);
      const name = await nameOf(wanted, command, context);
      const draft = { ...name, body: record.body.slice() };
      const bodies = await plugins?.chain.outgoing(draft, signal) ??
        [record.body];
      for (const body of bodies) await show({ name, body, surbs });
      if (bodies.length === 0 && !output.json) {
        const [to] = Object.values(name) as [string];
        await output.print(`would send nothing to ${to}: a plugin dropped it`);
      }
    }
  }

  async function show({ name, body, surbs }: Planned): Promise<void> {
    const size = body.length;
    const packets = packetsOf(size, surbs);
    if (output.json) {
      // What plugins made of it was not seen before.
      const made = plugins && bodyFields(body);
      await output.record("plan", { ...name, size, packets, surbs, ...made });
      return;
    }
    const [to] = Object.values(name) as [string];
    await output.print(
      `would send ${plural(size, "byte")} in ${
        plural(packets, "packet")
      } with ${plural(surbs, "reply block")} to ${to}`,
    );
  }
}

async function nameOf(
  wanted: Wanted,
  command: SendCommand,
  context: CommandContext,
): Promise<TargetName> {
  switch (wanted.kind) {
    case "self":
      return { to: await ownAddress(command, context) ?? "self" };
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

/** The address of the home, if one is meant. */
async function ownAddress(
  { id, url, ephemeral }: SendCommand,
  { env }: CommandContext,
): Promise<string | undefined> {
  if (url !== undefined || ephemeral) return undefined;
  const home = await findHome(id, env);
  return home && await readHomeAddress(home);
}
