import type { Target } from "../mailbox/mailbox.ts";
import type { Fragment } from "../message/fragment.ts";
import type { ReplySurb } from "../message/reply_surb.ts";
import type { LaneSource } from "./lanes.ts";
import type { Outgoing } from "./outgoing.ts";
import type { CutMessage } from "./packet_factory.ts";

/** One fragment of a message, from its lane until it is acknowledged. */
export interface FragmentJob {
  readonly fragment: Fragment;
  readonly packetSize: CutMessage["packetSize"];
  /** The message that it belongs to. */
  readonly message: Outgoing;
  /** Whom it is for. */
  readonly target: Target;
  /** How many reply blocks it asks for; 0 if it is no request. */
  readonly asksFor: number;
  /** How often it was to be sent again. */
  repetitions: number;
  /** Whether it has ever left. */
  left: boolean;
  /** When it left last, in milliseconds of the clock. */
  sentAt: number;
  /** How long nodes hold it and its acknowledgement back, as it left last, in milliseconds. */
  expected: number;
}

/** What waits in a lane: a fragment, and the reply block that it uses if it is for an anonymous sender. */
export interface LaneItem {
  readonly job: FragmentJob;
  readonly surb?: ReplySurb | undefined;
}

/** Items for a lane that exist already. */
export function listSource<T>(items: readonly T[]): LaneSource<T> {
  let taken = 0;
  return {
    get remaining() {
      return items.length - taken;
    },
    next: () => items[taken++]!,
  };
}

/** The fragments of a message, each made into an item when its turn comes. */
export function fragmentSource<T>(
  cut: CutMessage,
  job: Pick<FragmentJob, "message" | "target">,
  wrap: (job: FragmentJob) => T,
  asksFor = 0,
): LaneSource<T> {
  const { fragments, packetSize } = cut;
  let taken = 0;
  return {
    get remaining() {
      return fragments.length - taken;
    },
    next: () => {
      const fragment = fragments[taken++]!;
      return wrap({
        ...job,
        fragment,
        packetSize,
        asksFor,
        repetitions: 0,
        left: false,
        sentAt: 0,
        expected: 0,
      });
    },
  };
}
