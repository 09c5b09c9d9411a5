import type { Clock } from "../async/clock.ts";
import type { RandomSource } from "../crypto/random.ts";
import { NymError } from "../errors.ts";
import type { DebugConfig } from "../home/debug.ts";
import type { Target } from "../mailbox/mailbox.ts";
import type { FragmentId } from "../message/fragment_id.ts";
import type { PreparedPacket } from "../message/prepared_packet.ts";
import type { Recipient } from "../message/recipient.ts";
import { AckTracker } from "./ack_tracker.ts";
import {
  type FragmentJob,
  fragmentSource,
  type LaneItem,
  listSource,
} from "./fragment_job.ts";
import { type Lane, Lanes } from "./lanes.ts";
import type { OutboxCounters, OutboxPacket } from "./outbox_packet.ts";
import { type Outgoing, retriesUsedUp } from "./outgoing.ts";
import type { OwnCover } from "./own_cover.ts";
import type { CutMessage, PacketFactory } from "./packet_factory.ts";
import type { ReplyItem } from "./pending_replies.ts";
import { ReplyController } from "./reply_controller.ts";
import { noBlocksLeft } from "./reply_errors.ts";
import { surbRequest } from "./surb_request.ts";
import type { SurbStock } from "./surb_stock.ts";
import { LARGEST_WINDOW, SendWindow } from "./window.ts";

/** How often a packet is sent again where the settings set no bound: for some ten minutes, as the waits get longer. */
const MAX_REPETITIONS = 16;

/** How often a request for reply blocks is sent again. */
const MAX_REQUEST_REPETITIONS = 10;

/** Lanes that are open even while too much is unacknowledged: what they hold makes it less. */
const URGENT: ReadonlySet<Lane> = new Set([
  "retransmission",
  "replySurbRequest",
]);

/** Options of {@linkcode Outbox}. */
export interface OutboxOptions {
  clock: Clock;
  random: RandomSource;
  settings: DebugConfig;
  /** The client's address. */
  self: Recipient;
  /** Makes packets. */
  factory: PacketFactory;
  /** Reply blocks of others. */
  stock: SurbStock;
  /** Remembers the cover packets that left. */
  ownCover: OwnCover;
  /** An acknowledgement did not come in time. */
  onLoss: () => void;
}

/** Messages on their way out: cut, waiting in lanes, built one by one, watched until acknowledged, repeated if need be. */
export class Outbox {
  readonly lanes: Lanes<LaneItem>;
  readonly replies: ReplyController<FragmentJob>;
  readonly counters: OutboxCounters = {
    real: 0,
    cover: 0,
    retransmissions: 0,
    acknowledged: 0,
    unroutable: 0,
  };
  readonly #options: OutboxOptions;
  readonly #tracker: AckTracker<FragmentJob>;
  /** Only where no clock paces the packets. */
  readonly #window: SendWindow | undefined;

  /** Nothing waits at first. */
  constructor(options: OutboxOptions) {
    const { clock, random, settings, stock, factory, self } = options;
    this.#options = options;
    this.lanes = new Lanes(random);
    if (settings.traffic.disableMainPoissonPacketDistribution) {
      this.#window = new SendWindow();
    }
    this.#tracker = new AckTracker<FragmentJob>({
      clock,
      waitMultiplier: settings.acknowledgements.ackWaitMultiplier,
      waitAddition: settings.acknowledgements.ackWaitAddition,
      onExpired: (job, id) => this.#repeat(job, id),
    });
    this.replies = new ReplyController<FragmentJob>({
      clock,
      settings: settings.replySurbs,
      stock,
      dispatch: (lane, items) => this.#dispatch(lane, items),
      makeRequest: (tag, amount) =>
        surbRequest({ factory, self, senderTag: tag, amount }),
      wanted: (job) => this.#wanted(job),
      fail: (job, error) => job.message.fail(error),
    });
  }

  /** Whether a packet can be built now. */
  get waiting(): boolean {
    if (!this.#full) return !this.lanes.empty;
    return [...URGENT].some((lane) => this.lanes.length(lane) > 0);
  }

  /** How many packets may be on their way; nothing where a clock paces them. */
  get window(): number | undefined {
    return this.#window?.size;
  }

  /** Packets that have left and are not acknowledged. */
  get unacknowledged(): number {
    return this.#tracker.size;
  }

  /**
   * Let a message wait in a lane. Its `message` learns what becomes of it.
   *
   * @throws {NymError} With exit code 11 if it is a reply that cannot be sent.
   */
  add(
    cut: CutMessage,
    target: Target,
    lane: Lane,
    open: (onFailed: () => void) => Outgoing,
  ): Outgoing {
    if (target.kind === "reply") return this.#addReply(cut, target, lane, open);
    const message: Outgoing = open(() => {
      this.lanes.remove(source);
      this.#forget(message);
    });
    const source = fragmentSource(cut, { message, target }, (job) => ({ job }));
    this.lanes.push(lane, source);
    return message;
  }

  /** Build the next packet that carries something; `undefined` if none can be built. */
  buildReal(): OutboxPacket | undefined {
    for (;;) {
      const item = this.lanes.take(
        this.#full ? (lane) => URGENT.has(lane) : undefined,
      );
      if (item === undefined) return undefined;
      if (!this.#wanted(item.job)) continue;
      const prepared = this.#prepare(item);
      if (prepared !== undefined) return this.#ready(item.job, prepared);
    }
  }

  /** Build a packet that carries nothing; `undefined` while there is no way to ourselves. */
  buildCover(): OutboxPacket | undefined {
    let prepared: PreparedPacket;
    try {
      prepared = this.#options.factory.cover();
    } catch (error) {
      if (!(error instanceof NymError)) throw error;
      this.counters.unroutable++;
      return undefined;
    }
    return {
      cover: true,
      prepared,
      wanted: () => true,
      sent: () => {
        this.counters.cover++;
        this.#options.ownCover.sent(prepared.keyBlock);
      },
    };
  }

  /** An acknowledgement came. */
  acknowledged(id: FragmentId): void {
    const job = this.#tracker.acknowledged(id);
    if (job === undefined) return;
    this.counters.acknowledged++;
    if (job.repetitions === 0) {
      const took = this.#options.clock.now() - job.sentAt;
      this.#window?.acknowledged(took, job.expected);
    }
    job.message.packetAcked();
  }

  /** Watch over acknowledgements and replies until the signal is aborted; then returns. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#tracker.run(signal), this.replies.run(signal)]);
  }

  get #full(): boolean {
    return this.#tracker.size >= (this.#window?.size ?? LARGEST_WINDOW);
  }

  #addReply(
    cut: CutMessage,
    target: Target & { kind: "reply" },
    lane: Lane,
    open: (onFailed: () => void) => Outgoing,
  ): Outgoing {
    const message: Outgoing = open(() => {
      this.replies.withdraw(source);
      this.#forget(message);
    });
    const source = fragmentSource(cut, { message, target }, (job) => job);
    this.replies.reply(target.senderTag, {
      source,
      lane,
      fail: (error) => message.fail(error),
    });
    return message;
  }

  #ready(job: FragmentJob, prepared: PreparedPacket): OutboxPacket {
    return {
      cover: false,
      prepared,
      wanted: () => this.#wanted(job),
      sent: () => {
        this.counters.real++;
        if (job.left) this.counters.retransmissions++;
        else job.message.packetLeft();
        job.left = true;
        job.sentAt = this.#options.clock.now();
        job.expected = Number(prepared.totalDelay) / 1e6;
        this.#tracker.sent(job.fragment, job, prepared.totalDelay);
      },
    };
  }

  #prepare({ job, surb }: LaneItem): PreparedPacket | undefined {
    const { factory } = this.#options;
    const { fragment, packetSize, target } = job;
    try {
      return target.kind === "recipient"
        ? factory.data(fragment, packetSize, target.recipient)
        : factory.reply(fragment, packetSize, surb!);
    } catch (error) {
      if (!(error instanceof NymError)) throw error;
      // The way may come back, so the packet counts as sent and lost; what never had one was refused before.
      this.counters.unroutable++;
      this.#tracker.sent(fragment, job, 0n);
      return undefined;
    }
  }

  /** Whether a packet still has to leave: its message goes on, and if it is a repetition nobody has acknowledged it. */
  #wanted(job: FragmentJob): boolean {
    return !job.message.over &&
      (job.repetitions === 0 || this.#tracker.has(job.fragment));
  }

  #repeat(job: FragmentJob, id: FragmentId): void {
    const { message, target, asksFor } = job;
    if (message.over) return void this.#tracker.acknowledged(id);
    const limit = this.#limit(job);
    if (job.repetitions >= limit) {
      return this.#giveUp(job, retriesUsedUp(limit));
    }
    job.repetitions++;
    this.#options.onLoss();
    if (job.left) this.#window?.timedOut(this.#options.clock.now());
    if (target.kind === "recipient") {
      this.lanes.push("retransmission", listSource([{ job }]));
    } else if (asksFor === 0) {
      this.replies.repeat(target.senderTag, job);
    } else if (!this.replies.repeatRequest(target.senderTag, job)) {
      const { senderTag } = target;
      this.#giveUp(job, noBlocksLeft(senderTag, { mayArrive: true }));
    }
  }

  #giveUp(job: FragmentJob, error: NymError): void {
    const { message, target, asksFor } = job;
    this.#tracker.acknowledged(job.fragment);
    message.fail(error);
    if (target.kind === "reply" && asksFor > 0) {
      this.replies.requestFailed(target.senderTag, asksFor);
    }
  }

  #limit({ asksFor }: FragmentJob): number {
    const { maximumNumberOfRetransmissions: limit } =
      this.#options.settings.traffic;
    return Math.min(
      limit ?? MAX_REPETITIONS,
      asksFor > 0 ? MAX_REQUEST_REPETITIONS : Infinity,
    );
  }

  #dispatch(lane: Lane, items: readonly ReplyItem<FragmentJob>[]): void {
    this.lanes.push(
      lane,
      listSource(items.map(({ item, surb }) => ({ job: item, surb }))),
    );
  }

  #forget(message: Outgoing): void {
    this.#tracker.forget((job) => job.message === message);
  }
}
