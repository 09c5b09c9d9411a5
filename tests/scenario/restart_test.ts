import { assert, assertEquals } from "@std/assert";
import type { MixnetClient } from "../../lib/client/client.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import type { GatewayRegistration } from "../../lib/home/gateways.ts";
import { generateClientKeys } from "../../lib/home/keys.ts";
import {
  type ClientState,
  openState,
} from "../../lib/home/state/open_state.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { openFast, pattern, take } from "../support/mixnet_clients.ts";
import { tempFolder } from "../support/temp_folder.ts";

const text = (words: string) => new TextEncoder().encode(words);

/** A client with a life on disk: it can be closed and opened again. */
class Lasting implements AsyncDisposable {
  readonly #mixnet: Mixnet;
  readonly #path: string;
  readonly #keys = generateClientKeys(systemRandom);
  #registration: GatewayRegistration | undefined;
  #state: ClientState | undefined;
  client!: MixnetClient;

  constructor(mixnet: Mixnet, path: string) {
    this.#mixnet = mixnet;
    this.#path = path;
  }

  async open(): Promise<this> {
    this.#state = await openState(this.#path, { now: Date.now() });
    this.client = await openFast(this.#mixnet, {
      keys: this.#keys,
      registration: this.#registration,
      stores: this.#state.stores,
      onRegistered: (registration) => this.#registration = registration,
    });
    return this;
  }

  async close(): Promise<void> {
    await this.client.close();
    this.#state?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A folder that is gone afterwards. */
Deno.test("a reply finds its way after both sides were closed and opened again", async () => {
  await using folder = await tempFolder();
  await using mixnet = await startMixnet({ gateways: 2 });
  await using alice = await new Lasting(mixnet, `${folder.path}/alice`).open();
  await using bob = await new Lasting(mixnet, `${folder.path}/bob`).open();
  const sending = await alice.client.send({
    target: { kind: "recipient", recipient: bob.client.address },
    body: text("question"),
    surbs: 15,
  });
  await sending.reached("acked");
  const [question] = await take(bob.client, 1);
  await alice.close();
  await bob.close();
  await bob.open();
  const answer = await bob.client.send({
    target: { kind: "reply", senderTag: question!.senderTag! },
    body: text("answer"),
  });
  await answer.reached("acked");
  await alice.open();
  const [reply] = await take(alice.client, 1);
  assertEquals([reply!.body, reply!.isReply], [text("answer"), true]);
  // The same sender asks again, and is known by the same tag.
  await alice.client.send({
    target: { kind: "recipient", recipient: bob.client.address },
    body: text("more"),
    surbs: 1,
  });
  const [more] = await take(bob.client, 1);
  assertEquals(more!.senderTag, question!.senderTag);
});

Deno.test("a message that nobody took comes again with its id, one that was taken does not", async () => {
  await using folder = await tempFolder();
  await using mixnet = await startMixnet();
  await using alice = await new Lasting(mixnet, `${folder.path}/alice`).open();
  const me = { kind: "recipient", recipient: alice.client.address } as const;
  for (const words of ["one", "two", "three"]) {
    const sending = await alice.client.send({ target: me, body: text(words) });
    await sending.reached("acked");
  }
  const seen: IncomingMessage[] = [];
  for await (const message of alice.client.messages()) {
    seen.push(message);
    if (seen.length === 1) await message.taken();
    if (seen.length === 2) break;
  }
  await alice.close();
  await alice.open();
  const again = await take(alice.client, 2);
  assertEquals(
    again.map(({ id, redelivered, stored }) => [id, redelivered, stored]),
    [[seen[1]!.id, true, true], [again[1]!.id, false, true]],
  );
  assertEquals(again.map(({ seq }) => seq), [2, 3]);
});

Deno.test("a message that was arriving goes on arriving in another life", async () => {
  await using folder = await tempFolder();
  await using mixnet = await startMixnet();
  await using alice = await new Lasting(mixnet, `${folder.path}/alice`).open();
  await using bob = await openFast(mixnet);
  const body = pattern(100_000);
  const sending = await bob.send({
    target: { kind: "recipient", recipient: alice.client.address },
    body,
  });
  while (sending.progress! < 30) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  await alice.close();
  assertEquals(alice.client.counters.inbox.messages, 0);
  await alice.open();
  const [message] = await take(alice.client, 1);
  assertEquals(message!.body, body);
  await sending.reached("acked");
  assert(bob.counters.unacknowledged === 0);
});
