import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { openStock } from "../../lib/mailbox/stock.ts";
import {
  formatRecipient,
  parseRecipient,
  type Recipient,
} from "../../lib/message/recipient.ts";
import { newSenderTag } from "../../lib/message/sender_tag.ts";
import { listenStreams, openStream } from "../../lib/stream/open.ts";
import type { Dialect } from "../../lib/wire/native/dialect.ts";
import type { NativeRequest } from "../../lib/wire/native/request.ts";
import { ADDRESS, OTHER_ADDRESS } from "../support/fake_mailbox.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { StockDouble } from "../support/stock_double.ts";
import { readAll, writeAll } from "../support/streams.ts";

/** Two stock clients that bring each other's messages, and count the reply blocks. */
class Post implements AsyncDisposable {
  readonly clients: readonly [StockDouble, StockDouble];
  readonly #tag = newSenderTag(systemRandom);
  readonly #random = seededRandom(5);
  readonly #loss: number;
  readonly #deliveries = new Set<Promise<void>>();
  /** Reply blocks that the listener has. */
  blocks = 0;

  constructor(dialect: Dialect, loss: number) {
    this.#loss = loss;
    const client = (address: string) =>
      new StockDouble({
        dialect,
        address: parseRecipient(address),
        onRequest: (request) => this.#carry(request),
      });
    this.clients = [client(ADDRESS), client(OTHER_ADDRESS)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#deliveries);
    for (const client of this.clients) await client[Symbol.asyncDispose]();
  }

  #carry(request: NativeRequest): void {
    if (this.#random(1)[0]! / 256 < this.#loss) return;
    switch (request.kind) {
      case "sendAnonymous": {
        this.blocks += request.surbs;
        const senderTag = this.#tag;
        const handle = { kind: "senderTag", senderTag } as const;
        return this.#deliver(this.#at(request.recipient), request.body, handle);
      }
      case "send":
        return this.#deliver(this.#at(request.recipient), request.body);
      case "reply":
        this.blocks -= Math.ceil((request.body.length + 3) / 1604);
        return this.#deliver(this.clients[0], request.body);
    }
  }

  #at(recipient: Recipient): StockDouble {
    return this.clients[formatRecipient(recipient) === ADDRESS ? 0 : 1];
  }

  #deliver(
    to: StockDouble,
    ...message: Parameters<StockDouble["deliver"]>
  ): void {
    const delivery = to.deliver(...message)
      .finally(() => this.#deliveries.delete(delivery));
    this.#deliveries.add(delivery);
  }
}

for (const loss of [0, 0.02]) {
  Deno.test(`streams run over stock clients that lose ${loss * 100} % of messages`, async () => {
    await using post = new Post("c", loss);
    const [one, other] = post.clients;
    const open = (client: StockDouble) =>
      openStock({
        url: client.url,
        random: systemRandom,
        clock: systemClock,
      });
    await using alice = await open(one);
    await using bob = await open(other);
    const callers = listenStreams(bob);
    const stream = openStream(alice, bob.address);
    const [up, down] = [seededRandom(1)(300_000), seededRandom(2)(300_000)];
    const writing = writeAll(stream.writable, up);
    const { value: peer } = await callers.next();
    const [received, answered] = await Promise.all([
      readAll(peer!.readable),
      readAll(stream.readable),
      writing,
      writeAll(peer!.writable, down),
      stream.closed,
      peer!.closed,
    ]);
    assertEquals(received, up);
    assertEquals(answered, down);
    assert(post.blocks >= 0, "the caller has sent all blocks that were spent");
    await callers.return();
  });
}
