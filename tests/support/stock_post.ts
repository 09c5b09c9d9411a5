import { type Clock, sleep } from "../../lib/async/clock.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import {
  formatRecipient,
  parseRecipient,
  type Recipient,
} from "../../lib/message/recipient.ts";
import { newSenderTag } from "../../lib/message/sender_tag.ts";
import type { Dialect } from "../../lib/wire/native/dialect.ts";
import type { NativeRequest } from "../../lib/wire/native/request.ts";
import { ADDRESS, OTHER_ADDRESS } from "./fake_mailbox.ts";
import { seededRandom } from "./seeded_random.ts";
import { StockDouble } from "./stock_double.ts";

/** What happens to messages on their way. */
export interface StockPostOptions {
  readonly dialect?: Dialect;
  /** The share of messages that is lost. @default 0 */
  readonly loss?: number;
  /** The longest time a message travels, in milliseconds: what makes them overtake each other. @default 0 */
  readonly delay?: number;
  readonly clock: Clock;
}

/** Two stock clients that bring each other's messages: a caller's and a listener's, whose reply blocks are counted. */
export class StockPost implements AsyncDisposable {
  /** The listener's reply blocks. */
  blocks = 0;
  readonly #options: StockPostOptions;
  readonly #clients: [StockDouble, StockDouble];
  readonly #tag = newSenderTag(systemRandom);
  readonly #random = seededRandom(5);
  readonly #deliveries = new Set<Promise<void>>();
  readonly #end = new AbortController();

  constructor(options: StockPostOptions) {
    this.#options = options;
    this.#clients = [this.#open(ADDRESS), this.#open(OTHER_ADDRESS)];
  }

  get caller(): StockDouble {
    return this.#clients[0];
  }

  get listener(): StockDouble {
    return this.#clients[1];
  }

  /** End both clients, and start them again where they were. */
  async restart(): Promise<void> {
    for (const [index, address] of [ADDRESS, OTHER_ADDRESS].entries()) {
      const { port } = this.#clients[index]!;
      await this.#clients[index]![Symbol.asyncDispose]();
      this.#clients[index] = this.#open(address, port);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all(this.#deliveries);
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
  }

  #open(address: string, port = 0): StockDouble {
    return new StockDouble({
      dialect: this.#options.dialect ?? "c",
      address: parseRecipient(address),
      port,
      onRequest: (request) => this.#carry(request),
    });
  }

  #carry(request: NativeRequest): void {
    if (this.#chance() < (this.#options.loss ?? 0)) return;
    switch (request.kind) {
      case "sendAnonymous": {
        this.blocks += request.surbs;
        const senderTag = this.#tag;
        const handle = { kind: "senderTag", senderTag } as const;
        const to = this.#indexOf(request.recipient);
        return this.#deliver(to, request.body, handle);
      }
      case "send":
        return this.#deliver(this.#indexOf(request.recipient), request.body);
      case "reply":
        this.blocks -= Math.ceil((request.body.length + 3) / 1604);
        return this.#deliver(0, request.body);
    }
  }

  #indexOf(recipient: Recipient): 0 | 1 {
    return formatRecipient(recipient) === ADDRESS ? 0 : 1;
  }

  #deliver(to: 0 | 1, ...message: Parameters<StockDouble["deliver"]>): void {
    const delivery = this.#fly(to, message)
      .finally(() => this.#deliveries.delete(delivery));
    this.#deliveries.add(delivery);
  }

  async #fly(
    to: 0 | 1,
    message: Parameters<StockDouble["deliver"]>,
  ): Promise<void> {
    const { clock, delay = 0 } = this.#options;
    try {
      if (delay > 0) {
        await sleep(clock, delay * this.#chance(), this.#end.signal);
      }
      await this.#clients[to].deliver(...message);
    } catch {
      // The test is over.
    }
  }

  #chance(): number {
    return this.#random(1)[0]! / 256;
  }
}
