import { parseDuration } from "../duration.ts";
import { secsOf } from "../debug_write.ts";

/** What becomes of an old setting of `[debug]`. */
export type NewValue =
  | { readonly kind: "value"; readonly value: unknown }
  /** It had the value that was built in then: the one of today holds. */
  | { readonly kind: "default" }
  /** It makes no sense, then or now. */
  | { readonly kind: "nonsense" };

/** The flat settings of `[debug]` up to 1.1.13 by the section that they are in today; those under no section are gone. */
const FLAT_BY_SECTION: readonly (readonly [string, readonly string[]])[] = [
  ["traffic", [
    "average_packet_delay",
    "message_sending_average_delay",
    "disable_main_poisson_packet_distribution",
    "use_extended_packet_size",
  ]],
  ["cover_traffic", [
    "loop_cover_traffic_average_delay",
    "disable_loop_cover_traffic_stream",
  ]],
  ["gateway_connection", ["gateway_response_timeout"]],
  ["acknowledgements", [
    "average_ack_delay",
    "ack_wait_multiplier",
    "ack_wait_addition",
  ]],
  ["topology", ["topology_refresh_rate", "topology_resolution_timeout"]],
  ["reply_surbs", [
    "minimum_reply_surb_storage_threshold",
    "maximum_reply_surb_storage_threshold",
    "minimum_reply_surb_request_size",
    "maximum_reply_surb_request_size",
    "maximum_allowed_reply_surb_request_size",
    "maximum_reply_surb_rerequest_waiting_period",
    "maximum_reply_surb_drop_waiting_period",
    "maximum_reply_key_age",
  ]],
  ["", ["maximum_reply_surb_age", "vpn_key_reuse_limit"]],
];

/** One that has another name today, too. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["use_extended_packet_size", "secondary_packet_size"],
]);

/** Where a flat setting of `[debug]` is today; an empty section for one that is gone, nothing for one that never was. */
export function placeOfFlat(
  key: string,
): { readonly section: string; readonly key: string } | undefined {
  const found = FLAT_BY_SECTION.find(([, keys]) => keys.includes(key));
  if (found === undefined) return undefined;
  return { section: found[0], key: RENAMED.get(key) ?? key };
}

/** Settings of today's sections that are gone or refused today. */
export const GONE_DEBUG: readonly (readonly [string, string])[] = [
  ["reply_surbs", "maximum_reply_surb_age"],
  ["reply_surbs", "fresh_sender_tags"],
];

/** Delays that were written into every file with the value built in then, in milliseconds. */
const BUILT_IN_THEN: ReadonlyMap<string, readonly number[]> = new Map([
  ["average_packet_delay", [50, 15]],
  ["message_sending_average_delay", [20]],
  ["average_ack_delay", [50]],
]);

/** Delays that are written as `{ secs, nanos }` today. */
const AS_SECS = new Set([
  "average_packet_delay",
  "message_sending_average_delay",
]);

/**
 * Bring the value of an old setting up to date: numbers were milliseconds once, and two delays have another form today. One
 * that a version wrote by itself gives way to what is built in today, or the client would stand out from all others.
 */
export function newDebugValue(key: string, value: unknown): NewValue {
  if (!isDuration(key)) return { kind: "value", value };
  const milliseconds = typeof value === "number" ? value : durationOf(value);
  if (milliseconds === undefined) {
    return AS_SECS.has(key) && typeof value === "object"
      ? { kind: "value", value }
      : { kind: "nonsense" };
  }
  if (BUILT_IN_THEN.get(key)?.includes(milliseconds)) {
    return { kind: "default" };
  }
  if (AS_SECS.has(key)) return { kind: "value", value: secsOf(milliseconds) };
  const text = typeof value === "number" ? `${value}ms` : value;
  return { kind: "value", value: text };
}

function durationOf(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return parseDuration(value);
  } catch {
    // Whatever else it says, it is no duration.
    return undefined;
  }
}

function isDuration(key: string): boolean {
  return /_(delay|timeout|rate|addition|period|age)$/.test(key);
}
