import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionError } from "../../lib/errors.ts";
import { listenStreams, openStream } from "../../lib/stream/open.ts";
import { air, CLOCK, readAll, writeAll } from "../support/streams.ts";

const OPTIONS = { clock: CLOCK };

Deno.test("openStream() and listenStreams() share the mailbox, several streams at once", async () => {
  await using between = air();
  const [alice, bob] = [between.open(1), between.open(2)];
  const callers = listenStreams(bob, OPTIONS);
  const serving = (async () => {
    const running: Promise<void>[] = [];
    for await (const stream of callers) {
      running.push(stream.readable.pipeTo(stream.writable));
    }
    await Promise.all(running);
  })();
  const answers = await Promise.all(["a", "bb", "ccc"].map(async (word) => {
    await using stream = openStream(alice, bob.address, OPTIONS);
    const bytes = new TextEncoder().encode(word);
    const writing = writeAll(stream.writable, bytes);
    const answer = await readAll(stream.readable);
    await Promise.all([writing, stream.closed]);
    return new TextDecoder().decode(answer);
  }));
  assertEquals(answers, ["a", "bb", "ccc"]);
  await callers.return();
  await serving;
});

Deno.test("openStream() is reset by its signal", async () => {
  await using between = air();
  const [alice, bob] = [between.open(1), between.open(2)];
  await using callers = listenStreams(bob, OPTIONS);
  const controller = new AbortController();
  const { signal } = controller;
  const stream = openStream(alice, bob.address, { ...OPTIONS, signal });
  const { value: peer } = await callers.next();
  controller.abort();
  await assertRejects(() => stream.closed, ConnectionError, "given up");
  await assertRejects(() => peer!.closed, ConnectionError, "by the other side");
  assertThrows(
    () => openStream(alice, bob.address, { ...OPTIONS, signal }),
    DOMException,
  );
});

Deno.test("listenStreams() ends with its signal, and leaves those it has handed out alone", async () => {
  await using between = air();
  const [alice, bob] = [between.open(1), between.open(2)];
  const controller = new AbortController();
  const { signal } = controller;
  const callers = listenStreams(bob, { ...OPTIONS, signal });
  assertThrows(() => listenStreams(bob, OPTIONS), TypeError, "twice");
  const stream = openStream(alice, bob.address, OPTIONS);
  const { value: peer } = await callers.next();
  controller.abort();
  assert((await callers.next()).done);
  await callers.return();
  const [up] = await Promise.all([
    readAll(peer!.readable),
    writeAll(stream.writable, new Uint8Array(3)),
    peer!.writable.close(),
    stream.closed,
    peer!.closed,
  ]);
  assertEquals(up.length, 3);
});

Deno.test("openStream() and listenStreams() let go of a mailbox without streams", async () => {
  await using between = air();
  const [alice, bob] = [between.open(1), between.open(2)];
  for (let round = 0; round < 2; round++) {
    const callers = listenStreams(bob, OPTIONS);
    const stream = openStream(alice, bob.address, OPTIONS);
    const { value: peer } = await callers.next();
    await Promise.all([stream.writable.close(), peer!.writable.close()]);
    await Promise.all([stream.closed, peer!.closed]);
    await callers.return();
    // Nobody else reads now: what arrives is there for whoever reads next.
    await alice.send({
      target: { kind: "recipient", recipient: bob.address },
      body: new TextEncoder().encode("by the way"),
    });
    for await (const message of bob.messages()) {
      assertEquals(message.body.length, 10);
      await message.taken();
      break;
    }
  }
});

Deno.test("a stream that is let go of in time ends well, and in the middle as a reset", async () => {
  await using between = air();
  const [alice, bob] = [between.open(1), between.open(2)];
  await using callers = listenStreams(bob, OPTIONS);
  {
    await using stream = openStream(alice, bob.address, OPTIONS);
    await stream.writable.getWriter().write(new Uint8Array(5));
    await stream.delivered();
    const { value: peer } = await callers.next();
    const reading = readAll(peer!.readable);
    reading.catch(() => {});
    assertEquals(stream.progress.acknowledged, 5);
    await stream.reset("cancelled", "enough");
    await assertRejects(() => reading, ConnectionError, "enough");
    await assertRejects(
      () => stream.writable.close(),
      TypeError, // its writer is held
    );
  }
  const stream = openStream(alice, bob.address, OPTIONS);
  const writer = stream.writable.getWriter();
  await assertRejects(
    () => writer.write("text" as unknown as Uint8Array),
    TypeError,
    "need a Uint8Array",
  );
});
