import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { sleep } from "../../lib/async/clock.ts";
import { ConnectionError, EXIT, NymError } from "../../lib/errors.ts";
import { StreamHub } from "../../lib/stream/hub.ts";
import { FakeClock, passing } from "../support/fake_clock.ts";
import { air, CLOCK, pairOf, readAll, writeAll } from "../support/streams.ts";
import type { AirOptions } from "../support/mailbox_pair.ts";
import { seededRandom } from "../support/seeded_random.ts";

for (
  const [what, options] of Object.entries<Partial<AirOptions>>({
    "good air": {},
    "air that loses, doubles and mixes": {
      loss: 0.05,
      doubling: 0.1,
      delay: 30,
    },
    "a client that tells no more than flushed": { strongestStage: "flushed" },
    "a client that tells no more than queued": { strongestStage: "queued" },
  })
) {
  Deno.test(`StreamHub carries bytes both ways at once through ${what}`, async () => {
    await using pair = pairOf(air(options));
    const { caller, listener, address } = pair;
    const up = seededRandom(3)(300_000);
    const down = seededRandom(4)(300_000);
    const callers = listener.listen();
    const serving = callers.next().then(async ({ value: stream }) => {
      const [received] = await Promise.all([
        readAll(stream!.readable),
        writeAll(stream!.writable, down),
        stream!.closed,
      ]);
      return received;
    });
    const stream = caller.dial(address);
    const [received, served] = await Promise.all([
      readAll(stream.readable),
      serving,
      writeAll(stream.writable, up),
      stream.closed,
    ]);
    assertEquals(received, down);
    assertEquals(served, up);
    assertEquals(stream.progress.acknowledged, up.length);
    assertEquals(stream.progress.received, down.length);
  });
}

Deno.test("StreamHub lets both sides end without a byte", async () => {
  await using pair = pairOf(air());
  const { caller, listener, address } = pair;
  const callers = listener.listen();
  const stream = caller.dial(address);
  await stream.writable.close();
  for await (const peer of callers) {
    await peer.writable.close();
    assertEquals(await readAll(peer.readable), new Uint8Array());
    await peer.closed;
    break;
  }
  assertEquals(await readAll(stream.readable), new Uint8Array());
  await stream.closed;
});

Deno.test("StreamHub opens a stream on which nobody speaks", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  await stream.opened;
  assert((await callers.next()).value);
});

Deno.test("StreamHub opens a stream whose first messages are lost", async () => {
  await using pair = pairOf(air({ loses: (number) => number <= 2 }));
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  const writing = writeAll(stream.writable, new Uint8Array([1, 2, 3]));
  const { value: peer } = await callers.next();
  await peer!.writable.close();
  assertEquals(await readAll(peer!.readable), new Uint8Array([1, 2, 3]));
  await Promise.all([writing, stream.closed, peer!.closed]);
});

Deno.test("StreamHub opens a stream whose segments overtake the opening", async () => {
  await using pair = pairOf(air({ delay: 2000 }));
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  const bytes = seededRandom(9)(60_000);
  const writing = writeAll(stream.writable, bytes);
  const { value: peer } = await callers.next();
  await peer!.writable.close();
  assertEquals(await readAll(peer!.readable), bytes);
  await Promise.all([writing, stream.closed]);
  assertEquals(pair.listener.counters.unknown, 0);
});

Deno.test("StreamHub does not serve a caller who is gone", async () => {
  await using pair = pairOf(air({ loses: (number) => number > 1 }));
  const { caller, listener, address } = pair;
  const callers = listener.listen();
  const gone = caller.dial(address, { openTimeout: 2500 });
  const first = callers.next();
  await assertRejects(() => gone.closed, ConnectionError, "no answer");
  await sleep(CLOCK, 31_000);
  assertEquals(listener.size, 0);
  await callers.return();
  assert((await first).done);
});

Deno.test("StreamHub answers a wrong code like silence", async () => {
  await using pair = pairOf(air());
  const { caller, listener, address } = pair;
  const callers = listener.listen({ code: new Uint8Array([1]) });
  const first = callers.next();
  const before = pair.between.sent;
  const stranger = caller.dial(address, {
    code: new Uint8Array([2]),
    openTimeout: 2500,
  });
  const error = await assertRejects(
    () => stranger.closed,
    ConnectionError,
    "no answer",
  );
  assertEquals(error.exitCode, EXIT.lost);
  assertEquals(listener.counters.strangers, 1);
  assertLess(pair.between.sent - before, 3, "an opening and a reset at most");

  const friend = caller.dial(address, { code: new Uint8Array([1]) });
  const { value } = await first;
  await Promise.all([friend.writable.close(), value!.writable.close()]);
  await Promise.all([friend.closed, value!.closed]);
});

Deno.test("StreamHub does not believe a listener that cannot prove the code", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address, {
    code: new Uint8Array([1]),
    openTimeout: 2500,
  });
  const first = callers.next();
  await assertRejects(() => stream.closed, ConnectionError, "no answer");
  await callers.return();
  assert((await first).done);
});

Deno.test("StreamHub refuses one caller too many", async () => {
  await using pair = pairOf(air());
  const { caller, listener, address } = pair;
  const callers = listener.listen({ maxCallers: 1 });
  const served = caller.dial(address);
  const { value: peer } = await callers.next();
  const error = await assertRejects(
    () => caller.dial(address).closed,
    ConnectionError,
  );
  assertEquals(error.exitCode, EXIT.busy);
  assertStringIncludes(error.message, "serves all the callers it can");
  assert(listener.counters.refused >= 1);

  await Promise.all([served.writable.close(), peer!.writable.close()]);
  await Promise.all([served.closed, peer!.closed]);
  const next = caller.dial(address);
  await next.opened;
  assert((await callers.next()).value);
});

Deno.test("StreamHub refuses whoever waits when the listener leaves", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const first = pair.caller.dial(pair.address);
  const second = pair.caller.dial(pair.address);
  const { value: peer } = await callers.next();
  await Promise.all([first.opened, second.opened]);
  await callers.return();
  await assertRejects(() => second.closed, ConnectionError, "serves no more");
  await Promise.all([first.writable.close(), peer!.writable.close()]);
  await first.closed;
  assertThrows(() => {
    pair.listener.listen();
    pair.listener.listen();
  }, TypeError);
});

Deno.test("StreamHub tells the peer when a reader goes away", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  const { value: peer } = await callers.next();
  await peer!.readable.cancel();
  await assertRejects(
    () => stream.closed,
    ConnectionError,
    "the reader has gone",
  );
  await assertRejects(() => readAll(stream.readable), ConnectionError);
});

Deno.test("StreamHub repeats a reset that was lost", async () => {
  let isCut = false;
  await using pair = pairOf(air({ loses: () => isCut }));
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  const { value: peer } = await callers.next();
  await stream.opened;
  isCut = true;
  await peer!.reset("failed", "out of paper");
  isCut = false;
  await stream.writable.getWriter().write(new Uint8Array(1));
  await assertRejects(() => stream.closed, ConnectionError, "out of paper");
});

Deno.test("StreamHub loses a peer that falls silent, and keeps nothing of its stream", async () => {
  let isCut = false;
  await using pair = pairOf(air({ loses: () => isCut }));
  const callers = pair.listener.listen({ idle: 30_000 });
  const stream = pair.caller.dial(pair.address, { idle: 30_000 });
  const { value: peer } = await callers.next();
  await stream.opened;
  isCut = true;
  for (const side of [stream, peer!]) {
    const error = await assertRejects(
      () => side.closed,
      ConnectionError,
      "silent for 30 s",
    );
    assertEquals(error.exitCode, EXIT.lost);
  }
  assertEquals([pair.caller.size, pair.listener.size], [0, 0]);
});

Deno.test("StreamHub keeps a stream open on which nothing happens", async () => {
  const clock = new FakeClock();
  await using pair = pairOf(air({ clock }));
  const callers = pair.listener.listen({ idle: 30_000 });
  const stream = pair.caller.dial(pair.address, { idle: 30_000 });
  const { value: peer } = await passing(clock, callers.next());
  await clock.advance(90_000);
  const closing = [stream, peer!].flatMap((side) => [
    side.writable.close(),
    side.closed,
  ]);
  await passing(clock, Promise.all(closing));
  await passing(clock, pair[Symbol.asyncDispose]());
});

Deno.test("StreamHub fails its streams when the client is lost", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  await callers.next();
  const next = callers.next();
  pair.boxes[0].lose(new ConnectionError("Lost the daemon"));
  pair.boxes[1].close();
  const error = await assertRejects(
    () => stream.closed,
    ConnectionError,
    "Lost the daemon",
  );
  assertEquals(error.exitCode, EXIT.lost);
  await assertRejects(() => next, ConnectionError, "it has closed");
  await assertRejects(() => pair.caller.dial(pair.address).closed);
});

Deno.test("StreamHub endures a client that fails now and then", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  const { value: peer } = await callers.next();
  for (const box of pair.boxes) {
    box.failures.push(
      new ConnectionError("Cannot send: the daemon restarts"),
      new NymError("Cannot reply: no blocks", { exitCode: EXIT.noReply }),
    );
  }
  const bytes = seededRandom(6)(50_000);
  const [up, down] = await Promise.all([
    readAll(peer!.readable),
    readAll(stream.readable),
    writeAll(peer!.writable, bytes),
    writeAll(stream.writable, bytes),
    stream.closed,
    peer!.closed,
  ]);
  assertEquals(up, bytes);
  assertEquals(down, bytes);
});

Deno.test("StreamHub gives a stream up when the client refuses for good", async () => {
  await using pair = pairOf(air());
  pair.boxes[0].failures.push(new NymError("Cannot send: too large"));
  const stream = pair.caller.dial(pair.address);
  await assertRejects(() => stream.closed, NymError, "too large");
});

Deno.test("StreamHub calls its own address", async () => {
  await using between = air();
  const box = between.open(1);
  await using hub = new StreamHub({
    mailbox: box,
    clock: CLOCK,
    random: seededRandom(1),
  });
  const callers = hub.listen();
  const stream = hub.dial(box.address);
  const { value: peer } = await callers.next();
  const [up, down] = await Promise.all([
    readAll(peer!.readable),
    readAll(stream.readable),
    writeAll(peer!.writable, new Uint8Array([2])),
    writeAll(stream.writable, new Uint8Array([1])),
  ]);
  assertEquals([up, down], [new Uint8Array([1]), new Uint8Array([2])]);
  await Promise.all([stream.closed, peer!.closed]);
});

Deno.test("StreamHub speaks with one of two listeners at an address", async () => {
  await using pair = pairOf(air());
  await using other = new StreamHub({
    mailbox: pair.boxes[1].twin(),
    clock: CLOCK,
    random: seededRandom(99),
  });
  const stream = pair.caller.dial(pair.address);
  const listeners = [pair.listener, other].map((hub) => hub.listen());
  const arrivals: string[] = [];
  const serving = listeners.map(async (callers, index) => {
    for await (const peer of callers) {
      arrivals.push(`listener ${index}`);
      const writing = writeAll(peer.writable, new Uint8Array([index]));
      await Promise.all([readAll(peer.readable), writing, peer.closed]);
    }
  });
  const [down] = await Promise.all([
    readAll(stream.readable),
    writeAll(stream.writable, seededRandom(8)(200_000)),
    stream.closed,
  ]);
  assertEquals(arrivals, [`listener ${down[0]}`]);
  await Promise.all(listeners.map((callers) => callers.return()));
  await Promise.all(serving);
});

Deno.test("StreamHub leaves other messages alone", async () => {
  await using between = air();
  const box = between.open(1);
  {
    await using _caller = new StreamHub({
      mailbox: box,
      clock: CLOCK,
      random: seededRandom(1),
    });
    const other = between.open(2);
    await other.send({
      target: { kind: "recipient", recipient: box.address },
      body: new TextEncoder().encode("hello"),
    });
    await sleep(CLOCK, 100);
  }
  assertEquals(box.taken, 0);
});

Deno.test("StreamHub keeps the listener in reply blocks", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  stream.writable.close();
  const bytes = seededRandom(5)(2_000_000);
  const { value: peer } = await callers.next();
  const [down] = await Promise.all([
    readAll(stream.readable),
    readAll(peer!.readable),
    writeAll(peer!.writable, bytes),
  ]);
  assertEquals(down, bytes);
  const box = pair.boxes[1];
  assertLess(box.grants, 8, "a listener without supply asks 25 times");
  assertLess(box.blocks, 600, "what is supplied is spent");
});

Deno.test("StreamHub supplies a listener that has no blocks left", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  const { value: peer } = await callers.next();
  await stream.opened;
  const box = pair.boxes[1];
  box.loseBlocks();
  const bytes = seededRandom(5)(20_000);
  const [up] = await Promise.all([
    readAll(peer!.readable),
    writeAll(stream.writable, bytes),
  ]);
  assertEquals(up, bytes);
  await peer!.writable.close();
  await Promise.all([stream.closed, peer!.closed]);
  assertGreater(box.blocks, 0);
});

Deno.test("StreamHub waits for blocks until a caller speaks that has nothing to say", async () => {
  const clock = new FakeClock();
  await using pair = pairOf(air({ clock }));
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address);
  const { value: peer } = await passing(clock, callers.next());
  await clock.advance(5000);
  pair.boxes[1].loseBlocks();
  const bytes = seededRandom(5)(20_000);
  const writing = writeAll(peer!.writable, bytes);
  // Far longer than a client may fail for any other reason, and less than the caller may be silent.
  await clock.advance(30_000);
  const answer = await passing(clock, readAll(stream.readable));
  assertEquals(answer, bytes);
  const ends = [writing, stream.writable.close(), stream.closed, peer!.closed];
  await passing(clock, Promise.all(ends));
  await passing(clock, pair[Symbol.asyncDispose]());
});
