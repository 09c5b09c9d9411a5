import type { ClientCounters } from "../client/client.ts";
import { COUNTERS, type CounterSnapshot } from "../mixnet/counters.ts";
import type { StreamCounters } from "../stream/hub.ts";
import type { Output } from "./output.ts";

/** Something that was counted. */
export interface Counted {
  /** What programs call it. */
  readonly name: string;
  readonly count: number;
  /** What it is, as words that a number stands before. */
  readonly meaning: string;
}

/** Tell what was counted: as {@linkcode sayCounted} does, and with `--json` as a `counters` object too. */
export async function tellCounted(
  counted: readonly Counted[],
  output: Output,
): Promise<void> {
  if (output.json) {
    const counters = Object.fromEntries(
      counted.map(({ name, count }) => [name, count]),
    );
    await output.record("counters", { counters });
  }
  await sayCounted(counted, output);
}

/** Tell people what was counted, where it is above zero, if they want to know with `--verbose`. */
export async function sayCounted(
  counted: readonly Counted[],
  output: Output,
): Promise<void> {
  const shown = counted.filter(({ count }) => count > 0);
  if (shown.length === 0) return;
  const width = Math.max(0, ...shown.map(({ count }) => `${count}`.length));
  const lines = shown.map(({ count, meaning }) =>
    `  ${`${count}`.padStart(width)}  ${meaning}`
  );
  await output.detail(["counted:", ...lines].join("\n"));
}

/** What the nodes of a network counted. */
export function networkCounted(counters: CounterSnapshot): Counted[] {
  // The names are those of the record, all of them.
  return Object.entries(COUNTERS).map(([name, meaning]) => ({
    name,
    count: counters[name as keyof CounterSnapshot],
    meaning,
  }));
}

/** What a listener of streams did not take. */
export function streamCounted(
  { strangers, refused, unknown, malformed }: StreamCounters,
): Counted[] {
  return [
    {
      name: "strangers",
      count: strangers,
      meaning:
        "attempts to connect without the right code, answered like silence",
    },
    {
      name: "refused",
      count: refused,
      meaning: "attempts to connect refused for lack of room",
    },
    {
      name: "unknown",
      count: unknown,
      meaning: "dropped: pieces of unknown streams",
    },
    {
      name: "malformed",
      count: malformed,
      meaning: "dropped: pieces that cannot be read",
    },
  ];
}

/** What a client counted. */
export function clientCounted(
  { outbox, inbox, grants, refused, madeRoom, unacknowledged }: ClientCounters,
): Counted[] {
  const counted = (name: string, count: number, meaning: string): Counted => ({
    name,
    count,
    meaning,
  });
  return [
    counted("dataPackets", outbox.real, "packets of messages sent"),
    counted(
      "retransmissions",
      outbox.retransmissions,
      "of them sent again, as no acknowledgement had come",
    ),
    counted("acknowledged", outbox.acknowledged, "packets acknowledged"),
    counted(
      "unacknowledged",
      unacknowledged,
      "packets not acknowledged at the end",
    ),
    counted(
      "unroutable",
      outbox.unroutable,
      "dropped: no way to the recipient",
    ),
    counted("coverPackets", outbox.cover, "cover packets sent"),
    counted("coverReturned", inbox.cover, "cover packets that came back"),
    counted("messages", inbox.messages, "messages received"),
    counted("refused", refused, "dropped: messages, as the inbox was full"),
    counted(
      "madeRoom",
      madeRoom,
      "dropped: messages that plugins had seen, to make room in the inbox",
    ),
    counted(
      "duplicateFragments",
      inbox.duplicates + inbox.late,
      "dropped: fragments received before",
    ),
    counted(
      "conflictingFragments",
      inbox.conflicts,
      "dropped: fragments that contradict others",
    ),
    counted("crowdedOut", inbox.crowdedOut, "dropped: fragments, to make room"),
    counted(
      "stale",
      inbox.stale,
      "dropped: fragments whose message never came",
    ),
    counted(
      "unreadable",
      inbox.unreadable + inbox.malformed + inbox.unknown,
      "dropped: unreadable",
    ),
    counted("replyBlocksGranted", grants.granted, "more reply blocks given"),
    counted(
      "replyBlocksRefused",
      grants.strangers + grants.excessive,
      "requests for reply blocks refused",
    ),
  ];
}
