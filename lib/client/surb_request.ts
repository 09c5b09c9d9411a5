import { nymMessageParts } from "../message/nym_message.ts";
import type { Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { type FragmentJob, fragmentSource } from "./fragment_job.ts";
import { Outgoing } from "./outgoing.ts";
import type { PacketFactory } from "./packet_factory.ts";

/** What {@linkcode surbRequest} needs. */
export interface SurbRequestInput {
  readonly factory: PacketFactory;
  /** Who asks, and says so. */
  readonly self: Recipient;
  /** Who is asked. */
  readonly senderTag: SenderTag;
  /** How many blocks are asked for. */
  readonly amount: number;
}

/** Make the one packet that asks an anonymous sender for more reply blocks. */
export function surbRequest(input: SurbRequestInput): FragmentJob {
  const { factory, self: recipient, senderTag, amount } = input;
  const content = { kind: "surbRequest", recipient, amount } as const;
  const cut = factory.cut(nymMessageParts({ kind: "reply", content }));
  // Nobody waits for it: what matters is whether blocks come.
  const message = new Outgoing("", cut.fragments.length, {
    onOver: () => {},
    onRoom: () => {},
  });
  const target = { kind: "reply", senderTag } as const;
  return fragmentSource(cut, { message, target }, (job) => job, amount).next();
}
