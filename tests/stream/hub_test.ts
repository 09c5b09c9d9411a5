import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { concat } from "../../lib/bytes/concat.ts";
import { ConnectionError, EXIT } from "../../lib/errors.ts";
import type { Mailbox } from "../../lib/mailbox/mailbox.ts";
import { StreamHub } from "../../lib/stream/hub.ts";
import { Air, type AirOptions } from "../support/mailbox_pair.ts";
import { fastClock } from "../support/fast_clock.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** Retransmission timers and lingering take seconds, which are short here. */
const CLOCK = fastClock(100);

const hub = (mailbox: Mailbox, seed: number) =>
  new StreamHub({ mailbox, clock: CLOCK, random: seededRandom(seed) });

function air(options: Partial<AirOptions> = {}): Air {
  const random = seededRandom(7);
  return new Air({
    random: () => random(1)[0]! / 256,
    clock: CLOCK,
    ...options,
  });
}

async function readAll(
  readable: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  return concat(...await Array.fromAsync(readable));
}

async function writeAll(
  writable: WritableStream<Uint8Array>,
  bytes: Uint8Array,
): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes);
  await writer.close();
}

/** Send bytes to the first caller, and return what it sends. */
async function serve(
  listener: StreamHub,
  bytes: Uint8Array,
): Promise<Uint8Array> {
  const { value: stream } = await listener.listen().next();
  const [received] = await Promise.all([
    readAll(stream!.readable),
    writeAll(stream!.writable, bytes),
    stream!.closed,
  ]);
  return received;
}

for (
  const [what, options] of Object.entries<Partial<AirOptions>>({
    "good air": {},
    "air that loses, doubles and mixes": {
      loss: 0.05,
      doubling: 0.1,
      delay: 30,
    },
    "a client that tells no more than queued": { strongestStage: "flushed" },
  })
) {
  Deno.test(`StreamHub carries bytes both ways at once through ${what}`, async () => {
    await using between = air(options);
    await using caller = hub(between.open(1), 1);
    const box = between.open(2);
    await using listener = hub(box, 2);
    const up = seededRandom(3)(300_000);
    const down = seededRandom(4)(300_000);

    const serving = serve(listener, down);
    const stream = caller.dial(box.address);
    const [received, served] = await Promise.all([
      readAll(stream.readable),
      serving,
      writeAll(stream.writable, up),
      stream.closed,
    ]);
    assertEquals(received, down);
    assertEquals(served, up);
  });
}

Deno.test("StreamHub lets both sides end without a byte", async () => {
  await using between = air();
  await using caller = hub(between.open(1), 1);
  const box = between.open(2);
  await using listener = hub(box, 2);
  const stream = caller.dial(box.address);
  await stream.writable.close();
  for await (const peer of listener.listen()) {
    await peer.writable.close();
    assertEquals(await readAll(peer.readable), new Uint8Array());
    await peer.closed;
    break;
  }
  assertEquals(await readAll(stream.readable), new Uint8Array());
  await stream.closed;
});

Deno.test("StreamHub answers a wrong code like silence", async () => {
  await using between = air();
  await using caller = hub(between.open(1), 1);
  const box = between.open(2);
  await using listener = hub(box, 2);
  const callers = listener.listen({ code: new Uint8Array([1]) });
  const first = callers.next();
  const stranger = caller.dial(box.address, {
    code: new Uint8Array([2]),
    openTimeout: 50,
  });
  const error = await assertRejects(
    () => stranger.closed,
    ConnectionError,
    "no answer",
  );
  assertEquals(error.exitCode, EXIT.lost);
  assertEquals(listener.counters.strangers, 1);

  const friend = caller.dial(box.address, { code: new Uint8Array([1]) });
  const { value } = await first;
  await Promise.all([friend.writable.close(), value!.writable.close()]);
  await Promise.all([friend.closed, value!.closed]);
});

Deno.test("StreamHub does not believe a listener that cannot prove the code", async () => {
  await using between = air();
  await using caller = hub(between.open(1), 1);
  const box = between.open(2);
  await using listener = hub(box, 2);
  const callers = listener.listen();
  const first = callers.next();
  const stream = caller.dial(box.address, {
    code: new Uint8Array([1]),
    openTimeout: 50,
  });
  assert((await first).value);
  await assertRejects(() => stream.closed, ConnectionError, "no answer");
});

Deno.test("StreamHub refuses one caller too many", async () => {
  await using between = air();
  await using caller = hub(between.open(1), 1);
  const box = between.open(2);
  await using listener = hub(box, 2);
  const callers = listener.listen({ maxCallers: 1 });
  const first = callers.next();
  caller.dial(box.address);
  await first;
  const error = await assertRejects(
    () => caller.dial(box.address).closed,
    ConnectionError,
  );
  assertEquals(error.exitCode, EXIT.busy);
  assertStringIncludes(error.message, "serves all the callers it can");
});

Deno.test("StreamHub tells the peer when a reader goes away", async () => {
  await using between = air();
  await using caller = hub(between.open(1), 1);
  const box = between.open(2);
  await using listener = hub(box, 2);
  const stream = caller.dial(box.address);
  for await (const peer of listener.listen()) {
    await peer.readable.cancel();
    break;
  }
  await assertRejects(
    () => stream.closed,
    ConnectionError,
    "the reader has gone",
  );
  await assertRejects(() => readAll(stream.readable), ConnectionError);
});

Deno.test("StreamHub leaves other messages alone", async () => {
  await using between = air();
  const box = between.open(1);
  {
    await using _caller = hub(box, 1);
    const other = between.open(2);
    await other.send({
      target: { kind: "recipient", recipient: box.address },
      body: new TextEncoder().encode("hello"),
    });
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assertEquals(box.taken, 0);
});

Deno.test("StreamHub keeps the listener in reply blocks", async () => {
  await using between = air();
  await using caller = hub(between.open(1), 1);
  const box = between.open(2);
  await using listener = hub(box, 2);
  const stream = caller.dial(box.address);
  stream.writable.close();
  const bytes = seededRandom(5)(2_000_000);
  for await (const peer of listener.listen()) {
    await Promise.all([writeAll(peer.writable, bytes), readAll(peer.readable)]);
    break;
  }
  assertEquals(await readAll(stream.readable), bytes);
  assertLess(box.grants, 5, "a listener without supply asks 25 times");
});
