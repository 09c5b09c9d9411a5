import { EXIT, UsageError } from "../errors.ts";
import {
  type Dialect,
  hasLanes,
  hasSingleSurbs,
} from "../wire/native/dialect.ts";
import { MAX_SURB_REPLY } from "../wire/native/reply_handle.ts";
import { MAX_SURBS, type NativeRequest } from "../wire/native/request.ts";
import type { OutgoingMessage } from "./mailbox.ts";
import type { SurbPurse } from "./surb_purse.ts";

/** The largest message, with room for the head of its frame. */
const MAX_BODY = 64 * 1024 * 1024 - 1024;

/** Whether a message can name a lane: what goes through a single reply block cannot. */
export function takesLane(
  { target }: OutgoingMessage,
  dialect: Dialect,
): boolean {
  return hasLanes(dialect) &&
    !(target.kind === "reply" && hasSingleSurbs(dialect));
}

/**
 * Refuse a message that a client does not take.
 *
 * @throws {UsageError} With exit code 8.
 */
export function checkSize(
  { body, target }: OutgoingMessage,
  dialect: Dialect,
): void {
  const max = target.kind === "reply" && hasSingleSurbs(dialect)
    ? MAX_SURB_REPLY
    : MAX_BODY;
  if (body.length <= max) return;
  throw new UsageError(
    `Cannot send message: have ${body.length} bytes, this client takes ${max}`,
    { exitCode: EXIT.refused, mayArrive: false },
  );
}

/**
 * Say a message in a dialect.
 *
 * @throws {NymError} With exit code 11 if it answers through a reply block that is not there any more.
 */
export function stockRequest(
  message: OutgoingMessage,
  lane: bigint | undefined,
  dialect: Dialect,
  purse: SurbPurse,
): NativeRequest {
  const { target, surbs = 0 } = message;
  const body = new Uint8Array(message.body);
  const single = hasSingleSurbs(dialect);
  if (target.kind === "reply") {
    const { senderTag } = target;
    const handle = single
      ? { kind: "replySurb", surb: purse.take(senderTag) } as const
      : { kind: "senderTag", senderTag } as const;
    return { kind: "reply", handle, body, lane };
  }
  const { recipient } = target;
  if (surbs === 0) return { kind: "send", recipient, body, lane };
  // The old dialects attach one, however many are asked for: one answer is what they are good for.
  const attached = single ? 1 : Math.min(surbs, MAX_SURBS);
  return { kind: "sendAnonymous", recipient, body, surbs: attached, lane };
}
