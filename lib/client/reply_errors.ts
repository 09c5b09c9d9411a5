import { shortKey } from "../bytes/short_key.ts";
import { EXIT, NymError } from "../errors.ts";
import type { SenderTag } from "../message/sender_tag.ts";

/** The error of a reply to someone who never sent reply blocks, or of whom that is forgotten. */
export function unknownSender(tag: SenderTag): NymError {
  return new NymError(
    `Cannot reply: no reply blocks ever came from ${shortKey(tag)}`,
    {
      exitCode: EXIT.noReply,
      hint: "Use the sender tag of a message that this client received",
      mayArrive: false,
    },
  );
}

/** The error of a reply for which there are no blocks, and no more to be had. */
export function noBlocksLeft(
  tag: SenderTag,
  { mayArrive }: { mayArrive: boolean },
): NymError {
  return new NymError(
    `Cannot reply: no reply blocks left for ${shortKey(tag)}`,
    {
      exitCode: EXIT.noReply,
      hint: "Ask the sender for another message with more reply blocks",
      mayArrive,
    },
  );
}
