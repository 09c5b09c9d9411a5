import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertRejects,
} from "@std/assert";
import { sleep } from "../../lib/async/clock.ts";
import { ConnectionError } from "../../lib/errors.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import { decodeSegment } from "../../lib/stream/decode_segment.ts";
import { encodeSegment } from "../../lib/stream/encode_segment.ts";
import {
  type Segment,
  SEGMENT_MAGIC,
  StreamId,
} from "../../lib/stream/segment.ts";
import type { AirMailbox } from "../support/mailbox_pair.ts";
import { FakeClock, passing } from "../support/fake_clock.ts";
import { seededRandom } from "../support/seeded_random.ts";
import {
  air,
  CLOCK,
  type HubPair,
  pairOf,
  readAll,
  writeAll,
} from "../support/streams.ts";

const random = seededRandom(77);
const newId = () => StreamId(random(16));
const ZEROS = new Uint8Array(32);
const ACK = { received: 0, limit: 1 << 30, ranges: [] };

/** A peer that says what it likes. */
class Forger implements AsyncDisposable {
  readonly #box: AirMailbox;
  readonly #pair: HubPair;
  readonly #abort = new AbortController();
  readonly #reading: Promise<void>;
  readonly heard: Segment[] = [];

  constructor(pair: HubPair) {
    this.#pair = pair;
    this.#box = pair.between.open(66);
    this.#reading = this.#read();
  }

  /** Send a segment as a caller, or any bytes. */
  async say(
    segment: Partial<Segment> & Pick<Segment, "id"> | Uint8Array,
    surbs = 20,
    recipient = this.#pair.address,
  ): Promise<void> {
    await this.#box.send({
      target: { kind: "recipient", recipient },
      body: segment instanceof Uint8Array
        ? segment
        : encodeSegment({ answer: false, session: 0, ...segment }),
      surbs,
    });
  }

  /** Open a stream to the end, as an honest caller would; returns the listener's session. */
  async open(id: StreamId): Promise<number> {
    await this.say({ id, open: ZEROS });
    for (;;) {
      const answer = this.heard.find((segment) => segment.accept);
      if (answer) {
        await this.say({ id, session: answer.session, ack: ACK });
        return answer.session;
      }
      await turn();
    }
  }

  /** Why a stream was reset. */
  async resetOf(id: StreamId): Promise<Segment["reset"]> {
    for (;;) {
      const found = this.heard.find((segment) =>
        segment.reset && segment.id.every((byte, i) => byte === id[i])
      );
      if (found) return found.reset;
      await turn();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reading;
  }

  async #read(): Promise<void> {
    try {
      const { signal } = this.#abort;
      for await (const message of this.#box.messages({ signal })) {
        this.heard.push(decodeSegment((message as IncomingMessage).body));
      }
    } catch {
      // The test is over.
    }
  }
}

Deno.test("StreamHub counts and refuses ten thousand openings, and holds few", async () => {
  const clock = new FakeClock();
  await using pair = pairOf(air({ clock }));
  await using forger = new Forger(pair);
  const callers = pair.listener.listen();
  const first = callers.next();
  let largest = 0;
  for (let i = 0; i < 10_000; i++) {
    await forger.say({ id: newId(), open: ZEROS });
    largest = Math.max(largest, pair.listener.size);
  }
  await clock.advance(2000);
  assertEquals(largest, 64);
  assertEquals(pair.listener.counters.refused, 10_000 - 64);
  const resets = forger.heard.filter(({ reset }) => reset);
  assertEquals(new Set(resets.map(({ reset }) => reset!.reason)).size, 1);
  assertEquals(resets[0]?.reset?.reason, "full");
  assertLessOrEqual(resets.length, 20, "refusals are few");

  // None of them was more than an opening: nobody is served, and an honest caller is when they are forgotten.
  await clock.advance(31_000);
  assertEquals(pair.listener.size, 0);
  const stream = pair.caller.dial(pair.address);
  await clock.advance(100);
  await stream.opened;
  assert((await first).value);
  const disposing = pair[Symbol.asyncDispose]();
  await clock.advance(10_000);
  await disposing;
});

Deno.test("StreamHub refuses callers beyond its limit, though they are there", async () => {
  await using pair = pairOf(air());
  const callers = pair.listener.listen({ maxCallers: 4 });
  const streams = Array.from(
    { length: 20 },
    () => pair.caller.dial(pair.address),
  );
  const opened = await Promise.allSettled(
    streams.map((stream) => stream.opened),
  );
  await sleep(CLOCK, 1000);
  assertLessOrEqual(pair.listener.size, 4);
  assertGreater(
    opened.filter(({ status }) => status === "fulfilled").length,
    3,
  );
  await callers.return();
});

Deno.test("StreamHub tells segments of another version apart, unless it keeps a secret", async () => {
  for (const code of [undefined, new Uint8Array(16)]) {
    await using pair = pairOf(air());
    await using forger = new Forger(pair);
    const callers = pair.listener.listen({ code });
    const id = newId();
    const segment = encodeSegment({
      id,
      answer: false,
      session: 0,
      open: ZEROS,
    });
    segment[SEGMENT_MAGIC.length] = 9;
    await forger.say(segment);
    if (code) await sleep(CLOCK, 1000);
    else assertEquals((await forger.resetOf(id))?.reason, "version");
    assertEquals(forger.heard.length, code ? 0 : 1);
    assertEquals(pair.listener.counters.malformed, 1);
    await callers.return();
  }
});

Deno.test("StreamHub counts what does not decode, and goes on", async () => {
  await using pair = pairOf(air());
  await using forger = new Forger(pair);
  const callers = pair.listener.listen();
  for (let length = SEGMENT_MAGIC.length + 1; length < 60; length++) {
    const bytes = random(length);
    bytes.set(SEGMENT_MAGIC);
    bytes[SEGMENT_MAGIC.length] = 1;
    bytes[SEGMENT_MAGIC.length + 1] = 0xff;
    await forger.say(bytes);
  }
  const stream = pair.caller.dial(pair.address);
  await stream.opened;
  assert((await callers.next()).value);
  assertEquals(pair.listener.counters.malformed, 60 - SEGMENT_MAGIC.length - 1);
});

Deno.test("StreamHub refuses what it has forgotten, and is silent about what others may know", async () => {
  await using pair = pairOf(air());
  await using forger = new Forger(pair);
  const callers = pair.listener.listen();
  const session = await forger.open(newId());
  const [mine, foreign] = [newId(), newId()];
  const data = { offset: 0, payload: new Uint8Array(3), fin: false };
  await forger.say({ id: foreign, session: session ^ 1, data });
  await forger.say({ id: mine, session, data });
  assertEquals((await forger.resetOf(mine))?.reason, "unknownStream");
  assertEquals(pair.listener.counters.unknown, 2);
  assertEquals(
    forger.heard.filter(({ reset }) => reset).length,
    1,
  );
  await callers.return();
});

Deno.test("StreamHub resets a stream whose peer breaks a rule", async () => {
  const payload = new Uint8Array(10);
  const wrongs: Record<string, Partial<Segment>> = {
    "data beyond the window": {
      data: { offset: 1 << 30, payload, fin: false },
    },
    "an acknowledgement of what was never sent": {
      ack: { received: 5, limit: 9, ranges: [] },
    },
    "a second end": { data: { offset: 20, payload, fin: true } },
    "data behind the end": { data: { offset: 5, payload, fin: false } },
  };
  for (const [what, wrong] of Object.entries(wrongs)) {
    await using pair = pairOf(air());
    await using forger = new Forger(pair);
    const callers = pair.listener.listen();
    const id = newId();
    const session = await forger.open(id);
    const { value: peer } = await callers.next();
    const end = { offset: 0, payload, fin: true };
    await forger.say({ id, session, data: end });
    await forger.say({ id, session, ...wrong });
    await assertRejects(() => peer!.closed, ConnectionError, "rules", what);
    assertEquals((await forger.resetOf(id))?.reason, "protocol", what);
    await callers.return();
  }
});

Deno.test("StreamHub takes nothing of a stream from who does not know all of it", async () => {
  await using pair = pairOf(air());
  await using forger = new Forger(pair);
  const callers = pair.listener.listen();
  // The session of the listener is no secret: any caller is told.
  const session = await forger.open(newId());
  await callers.next();
  const stream = pair.caller.dial(pair.address);
  const { value: peer } = await callers.next();
  await stream.opened;
  const unknownBefore = pair.listener.counters.unknown;
  const payload = new TextEncoder().encode("forged");
  const forged: Partial<Segment>[] = [
    { data: { offset: 0, payload, fin: true } },
    { ack: { received: 999, limit: 9999, ranges: [] } },
    { reset: { reason: "cancelled", text: "forged" } },
  ];
  for (const wrong of forged) {
    await forger.say({ id: newId(), session, ...wrong });
    await forger.say({ id: stream.id, session: session ^ 1, ...wrong });
    const answer = { id: stream.id, answer: true, session: session ^ 1 };
    await forger.say({ ...answer, ...wrong }, 0, pair.boxes[0].address);
  }
  const bytes = new TextEncoder().encode("honest");
  const [up, down] = await Promise.all([
    readAll(peer!.readable),
    readAll(stream.readable),
    writeAll(stream.writable, bytes),
    writeAll(peer!.writable, bytes),
    stream.closed,
    peer!.closed,
  ]);
  assertEquals(up, bytes);
  assertEquals(down, bytes);
  assertEquals(pair.listener.counters.unknown - unknownBefore, forged.length);
  await callers.return();
});

Deno.test("StreamHub takes replayed segments once", async () => {
  await using pair = pairOf(air());
  await using forger = new Forger(pair);
  const callers = pair.listener.listen();
  const id = newId();
  const session = await forger.open(id);
  const { value: peer } = await callers.next();
  const payload = new TextEncoder().encode("once");
  for (let i = 0; i < 50; i++) {
    await forger.say({ id, open: ZEROS });
    await forger.say({
      id,
      session,
      data: { offset: 0, payload, fin: i > 20 },
    });
  }
  assertEquals(await readAll(peer!.readable), payload);
  assertEquals(pair.listener.size, 1);
  await callers.return();
});

Deno.test("StreamHub gives a stranger who has not shown up no more than the first window", async () => {
  await using pair = pairOf(air());
  await using forger = new Forger(pair);
  const callers = pair.listener.listen();
  const id = newId();
  await forger.say({ id, open: ZEROS });
  const data = { offset: 70_000, payload: new Uint8Array(1), fin: false };
  await forger.say({ id, open: ZEROS, data });
  assertEquals((await forger.resetOf(id))?.reason, "protocol");
  await callers.return();
});

Deno.test("StreamHub keeps no more than it may for a peer that acknowledges nothing", async () => {
  const clock = new FakeClock();
  await using pair = pairOf(air({ clock }));
  await using forger = new Forger(pair);
  const callers = pair.listener.listen({ idle: 20_000 });
  const id = newId();
  const session = await forger.open(id);
  // It promises to take any amount, and gives all the blocks that it takes.
  const limit = Number.MAX_SAFE_INTEGER;
  const ack = { received: 0, limit, ranges: [] };
  await forger.say({ id, session, ack }, 5000);
  const { value: peer } = await callers.next();
  const writer = peer!.writable.getWriter();
  writer.closed.catch(() => {});
  let taken = 0;
  const writing = assertRejects(
    async () => {
      for (;;) {
        await writer.write(new Uint8Array(16_384));
        taken += 16_384;
      }
    },
    ConnectionError,
    "silent",
  );
  await clock.advance(30_000);
  await writing;
  assertGreater(taken, 2 * 1024 * 1024 - 16_384);
  assertLessOrEqual(taken, (2 * 1024 + 256) * 1024);
  await callers.return();
});

Deno.test("StreamHub slows a writer down whose reader does not read", async () => {
  const clock = new FakeClock();
  await using pair = pairOf(air({ clock }));
  const callers = pair.listener.listen();
  const stream = pair.caller.dial(pair.address, { idle: 10_000 });
  const { value: peer } = await passing(clock, callers.next());
  const writer = stream.writable.getWriter();
  let taken = 0;
  const total = 4 * 1024 * 1024;
  const writing = (async () => {
    for (; taken < total; taken += 65_536) {
      await writer.write(new Uint8Array(65_536).fill(taken >> 16));
    }
    await writer.close();
  })();
  await clock.advance(30_000);
  assertLessOrEqual(taken, (2 * 1024 + 256) * 1024 + 65_536);
  const [bytes] = await passing(
    clock,
    Promise.all([readAll(peer!.readable), writing]),
  );
  assertEquals(bytes.length, total);
  await passing(clock, Promise.all([peer!.writable.close(), stream.closed]));
  await passing(clock, pair[Symbol.asyncDispose]());
});

/** Let others have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
