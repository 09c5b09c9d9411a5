import { UsageError } from "../errors.ts";
import type { BodyRecord } from "./body/record.ts";
import type { SendCommand } from "./definitions/send.ts";
import { parseReplyTo, parseWanted, type Wanted } from "./recipients.ts";

/** Who gets this message: whom it names itself, else whom the command line names. */
export function recipientsOf(
  { to, replyTo }: BodyRecord,
  recipients: readonly Wanted[],
): readonly Wanted[] {
  if (to !== undefined) return [parseWanted(to)];
  if (replyTo !== undefined) return [parseReplyTo(replyTo)];
  if (recipients.length > 0) return recipients;
  throw new UsageError("Cannot send: a message names no recipient", {
    hint: 'Give it a "to", or add --to <address>',
  });
}

/** How many reply blocks go with a message. */
export async function surbsOf(
  wanted: Wanted,
  record: BodyRecord,
  command: Pick<SendCommand, "surbs" | "replySize">,
): Promise<number> {
  const surbs = record.surbs ?? command.surbs ?? 0;
  if (wanted.kind === "reply" || wanted.kind === "replySurb") return 0;
  if (surbs !== "auto") return surbs;
  const { DEFAULT_REPLY_SIZE, surbsFor } = await import("./surb_count.ts");
  return surbsFor(command.replySize ?? DEFAULT_REPLY_SIZE);
}
