import type { Clock } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import { NymError } from "../errors.ts";
import type { ClientKeys } from "../home/keys.ts";
import { openAck } from "../message/ack.ts";
import {
  decodeFragment,
  encodeFragment,
  type Fragment,
} from "../message/fragment.ts";
import type { FragmentId } from "../message/fragment_id.ts";
import { KEY_BLOCK_SIZE } from "../message/packet_size.ts";
import { decodeNymMessage, type NymMessage } from "../message/nym_message.ts";
import {
  Reassembler,
  type ReassemblerCounters,
} from "../message/reassemble.ts";
import { classifyPush, openPush } from "../message/receive.ts";
import type { OwnCover } from "./own_cover.ts";
import type { ReplyKeys, SurbOrigin, TakenKey } from "./reply_keys.ts";
import type { InboxStore } from "../home/stores.ts";

/** What has become of what was pushed. */
export interface InboxCounters extends ReassemblerCounters {
  /** Own cover packets that came back. */
  cover: number;
  /** Pushes that nobody can read: not for us, damaged, or malformed. */
  unreadable: number;
  /** Messages of a kind that is unknown. */
  unknown: number;
}

/** Options of {@linkcode Inbox}. */
export interface InboxOptions {
  /** The client's keys. */
  keys: ClientKeys;
  /** The keys of its reply blocks. */
  replyKeys: ReplyKeys;
  /** The cover packets that it has sent. */
  ownCover: OwnCover;
  /** Where fragments are kept until they are messages. */
  store: InboxStore;
  /** Where time comes from. */
  clock: Clock;
  /** An acknowledgement has come back. */
  onAck: (id: FragmentId) => void;
  /** A message has come, in these sets of fragments: whoever gets it lets the store know. `origin` is whom the reply block was given to that the last of it came through. */
  onMessage: (
    message: NymMessage<Bytes>,
    setIds: readonly number[],
    origin: SurbOrigin | undefined,
  ) => void;
}

/** From what the gateway pushes to whole messages, each once. */
export class Inbox {
  readonly #options: InboxOptions;
  readonly #reassembler: Reassembler;
  readonly #counters = { cover: 0, unreadable: 0, unknown: 0 };
  /** What has to be written down before anything else is taken in: not more than one push leads to. */
  readonly #unwritten: (() => void)[] = [];

  /** Take over the fragments that the store holds. */
  constructor(options: InboxOptions) {
    const { store } = options;
    this.#options = options;
    this.#reassembler = new Reassembler({
      finishedSets: store.finishedSets(),
      onDropped: (setIds) => this.#unwritten.push(() => store.finish(setIds)),
    });
  }

  /** What has become of everything so far. */
  get counters(): InboxCounters {
    return { ...this.#reassembler.counters, ...this.#counters };
  }

  /** Put in what an earlier life of the client kept. Call it once, when messages can be taken. */
  restore(): void {
    for (const bytes of this.#options.store.fragments()) {
      this.#assemble(decodeFragment(bytes), { kept: true });
    }
    this.#write();
  }

  /**
   * Take in what the gateway pushed. Nothing that a stranger can send makes it throw.
   *
   * @throws {DiskError} If it cannot be written down, or what came before cannot. It is when there is room again.
   */
  receive(payload: Bytes): void {
    this.#write();
    try {
      if (classifyPush(payload.length) === "ack") this.#receiveAck(payload);
      else this.#receiveData(payload);
    } catch (error) {
      if (!(error instanceof NymError)) throw error;
      this.#counters.unreadable++;
    }
    this.#write();
  }

  #write(): void {
    for (;;) {
      const [write] = this.#unwritten;
      if (write === undefined) return;
      write();
      this.#unwritten.shift();
    }
  }

  #receiveAck(payload: Bytes): void {
    const id = openAck(this.#options.keys.ackKey, payload);
    if (id !== "cover") this.#options.onAck(id);
  }

  #receiveData(payload: Bytes): void {
    const { keys, replyKeys, ownCover } = this.#options;
    if (ownCover.takes(payload.subarray(0, KEY_BLOCK_SIZE))) {
      this.#counters.cover++;
      return;
    }
    let taken: TakenKey | undefined;
    const opened = openPush(payload, {
      secret: keys.encryption.secret,
      takeReplyKey: (digest) => (taken = replyKeys.take(digest))?.key,
    });
    if (opened.kind === "cover") this.#counters.cover++;
    else this.#assemble(opened.fragment, { origin: taken?.origin });
    this.#unwritten.push(() => replyKeys.forgetUsed());
  }

  #assemble(
    fragment: Fragment,
    { kept = false, origin }: {
      kept?: boolean;
      origin?: SurbOrigin | undefined;
    },
  ): void {
    const { store, clock } = this.#options;
    const wall = clock.wall();
    const outcome = this.#reassembler.push(fragment, clock.now());
    switch (outcome.kind) {
      case "message":
        return this.#open(outcome.bytes, outcome.setIds, origin);
      case "waiting":
        if (kept) return;
        this.#unwritten.push(() =>
          store.keep(fragment.setId, encodeFragment(fragment), wall)
        );
    }
  }

  #open(
    bytes: Bytes,
    setIds: readonly number[],
    origin: SurbOrigin | undefined,
  ): void {
    const { store, onMessage } = this.#options;
    let message: NymMessage<Bytes>;
    try {
      message = decodeNymMessage(bytes);
    } catch (error) {
      if (!(error instanceof NymError)) throw error;
      this.#counters.unknown++;
      this.#unwritten.push(() => store.finish(setIds));
      return;
    }
    this.#unwritten.push(() => onMessage(message, setIds, origin));
  }
}
