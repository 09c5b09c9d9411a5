import type { Dialect } from "./dialect.ts";
import { hasLanes } from "./dialect.ts";
import type { FieldSpec } from "./json_field.ts";
import type { JsonMember } from "./json_node.ts";

const MESSAGE: FieldSpec = { key: "message", type: "string" };
const RECIPIENT: FieldSpec = { key: "recipient", type: "string" };
const SENDER_TAG: FieldSpec = { key: "senderTag", type: "senderTag" };
const REPLY_SURB: FieldSpec = { key: "replySurb", type: "string" };
const REPLY_SURBS: FieldSpec = { key: "replySurbs", type: "u32" };
const WITH_SURB: FieldSpec = { key: "withReplySurb", type: "boolean" };
const LANE: FieldSpec = { key: "connectionId", type: "u64", optional: true };

/** Fields of requests by the `type` that they have in text. */
export type Variants = Readonly<Record<string, readonly FieldSpec[]>>;

/** The requests of each dialect with their fields, both in the order of declaration (…/websocket-requests/src/text.rs). */
export const VARIANTS: Readonly<
  Record<Dialect, Variants>
> = {
  a: {
    send: [MESSAGE, RECIPIENT, WITH_SURB],
    selfAddress: [],
    reply: [MESSAGE, REPLY_SURB],
  },
  b: {
    send: [MESSAGE, RECIPIENT, WITH_SURB, LANE],
    selfAddress: [],
    reply: [MESSAGE, REPLY_SURB],
  },
  c: {
    send: [MESSAGE, RECIPIENT, LANE],
    sendAnonymous: [RECIPIENT, MESSAGE, REPLY_SURBS, LANE],
    reply: [SENDER_TAG, MESSAGE, LANE],
    selfAddress: [],
  },
};

/**
 * What a lenient listener of a dialect takes: the requests of every dialect, as their keys do not collide, and in text what
 * native clients have in binary alone. `members` is the request: an answer has the handle of either kind.
 */
export function lenientVariants(
  dialect: Dialect,
  members: readonly JsonMember[],
): Variants {
  const lane = hasLanes(dialect) ? [LANE] : [];
  const byTag = members.some(({ key }) => key === SENDER_TAG.key);
  return {
    ...VARIANTS[dialect],
    send: [MESSAGE, RECIPIENT, { ...WITH_SURB, optional: true }, ...lane],
    sendAnonymous: [RECIPIENT, MESSAGE, REPLY_SURBS, ...lane],
    ...byTag ? { reply: [SENDER_TAG, MESSAGE, ...lane] } : {},
    ...hasLanes(dialect)
      ? {
        closedConnection: [{ ...LANE, optional: false }],
        getLaneQueueLength: [{ ...LANE, optional: false }],
      }
      : {},
  };
}
