import type { Clock } from "../async/clock.ts";
import type { Bytes } from "../bytes/brand.ts";
import type { RandomSource } from "../crypto/random.ts";
import type { NymMessage } from "../message/nym_message.ts";
import type { Recipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import type { ReplySurb } from "../message/reply_surb.ts";
import type { Deliveries } from "../mailbox/deliveries.ts";
import { InboxFullError, type InboxStore } from "../home/stores.ts";
import type { SurbOrigin } from "./reply_keys.ts";
import type { SurbStock } from "./surb_stock.ts";

/** How many random bytes name a message. */
const ID_SIZE = 16;

/** Options of {@linkcode Receiver}. */
export interface ReceiverOptions {
  clock: Clock;
  random: RandomSource;
  /** Keeps messages until a consumer takes them. */
  store: InboxStore;
  /** Hands them to consumers. */
  deliveries: Deliveries;
  /** Knows who can be answered. */
  stock: SurbStock;
  /** Reply blocks have come. `keep` keeps what they came with, and what its argument adds, together. */
  onSurbs: (
    tag: SenderTag,
    surbs: readonly ReplySurb[],
    options: { answered: boolean; keep: (add: () => void) => void },
  ) => void;
  /** Somebody asks for reply blocks. */
  onSurbRequest: (
    recipient: Recipient,
    amount: number,
    origin: SurbOrigin | undefined,
  ) => void;
}

/** Does with each message that arrives what it is for. */
export class Receiver {
  readonly #options: ReceiverOptions;
  #refused = 0;

  /** Uses what it is given. */
  constructor(options: ReceiverOptions) {
    this.#options = options;
  }

  /** Messages lost because the inbox was full. */
  get refused(): number {
    return this.#refused;
  }

  /** Messages that have gone from the inbox to make room. */
  get madeRoom(): number {
    return this.#options.store.madeRoom;
  }

  /**
   * Take a message that came in these sets of fragments. It is kept before anything else is done with it, in one breath with
   * the reply blocks that it brings: should the client die, both are there, or neither. An answer is for the tag of its `origin`.
   *
   * @throws {DiskError} If it cannot be kept now; then nothing has changed.
   */
  receive(
    message: NymMessage<Bytes>,
    setIds: readonly number[],
    origin?: SurbOrigin,
  ): void {
    const { store, deliveries, onSurbs, onSurbRequest } = this.#options;
    switch (message.kind) {
      case "plain":
        this.#keep({ body: message.data, isReply: false }, setIds);
        break;
      case "repliable": {
        const { senderTag, content } = message;
        const { surbs } = content;
        const answered = content.kind === "additionalSurbs";
        const keep = (add?: () => void) => {
          if (content.kind !== "data") return store.finish(setIds, add);
          const message = this.#repliable(senderTag, surbs, content.data);
          this.#keep(message, setIds, add);
        };
        if (surbs.length === 0) keep();
        else onSurbs(senderTag, surbs, { answered, keep });
        break;
      }
      case "reply": {
        const { content } = message;
        if (content.kind === "data") {
          const { data: body } = content;
          this.#keep({ body, isReply: true, senderTag: origin?.tag }, setIds);
        } else {
          store.finish(setIds);
          onSurbRequest(content.recipient, content.amount, origin);
        }
        break;
      }
      default:
        message satisfies never;
    }
    deliveries.arrived();
  }

  #repliable(senderTag: SenderTag, surbs: readonly ReplySurb[], body: Bytes) {
    const answerable = surbs.length > 0 || this.#options.stock.knows(senderTag);
    return {
      body,
      isReply: false,
      senderTag: answerable ? senderTag : undefined,
    };
  }

  #keep(
    message: {
      body: Bytes;
      isReply: boolean;
      senderTag?: SenderTag | undefined;
    },
    setIds: readonly number[],
    also?: () => void,
  ): void {
    const { store, clock, random } = this.#options;
    const { body, isReply, senderTag } = message;
    const id = random(ID_SIZE).toHex();
    const receivedAt = clock.wall();
    try {
      store.add({ id, body, isReply, senderTag, receivedAt }, setIds, also);
    } catch (error) {
      if (!(error instanceof InboxFullError)) throw error;
      // Waiting for room would hold up acknowledgements, so the message is lost, and counted.
      store.finish(setIds, also);
      this.#refused++;
    }
  }
}
