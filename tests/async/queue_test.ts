import { assert, assertEquals, assertFalse, assertRejects } from "@std/assert";
import { AsyncQueue } from "../../lib/async/queue.ts";

Deno.test("AsyncQueue hands items out in order to whoever waits", async () => {
  const queue = new AsyncQueue<number>({ capacity: 4 });
  const first = queue.take();
  const second = queue.take();
  queue.offer(1);
  queue.offer(2);
  assertEquals(await Promise.all([first, second]), [1, 2]);
});

Deno.test("AsyncQueue push() waits for room", async () => {
  const queue = new AsyncQueue<number>({ capacity: 1 });
  assert(await queue.push(1));
  assertFalse(queue.offer(2));
  const pushed = queue.push(2);
  assertEquals(queue.size, 1);
  assertEquals(await queue.take(), 1);
  assert(await pushed);
  assertEquals(queue.poll(), 2);
});

Deno.test("AsyncQueue drops and counts the newest or the oldest item by policy", () => {
  const newest = new AsyncQueue<number>({ capacity: 1, policy: "drop-newest" });
  const oldest = new AsyncQueue<number>({ capacity: 1, policy: "drop-oldest" });
  for (const queue of [newest, oldest]) {
    queue.offer(1);
    queue.offer(2);
    assertEquals([queue.size, queue.dropped], [1, 1]);
  }
  assertEquals([newest.poll(), oldest.poll()], [1, 2]);
});

Deno.test("AsyncQueue iteration ends after close() with what was inside", async () => {
  const queue = new AsyncQueue<number>({ capacity: 4 });
  queue.offer(1);
  queue.offer(2);
  queue.close();
  assertFalse(queue.offer(3));
  assertEquals(await Array.fromAsync(queue), [1, 2]);
});

Deno.test("AsyncQueue fail() lets takers fail once the queue is empty", async () => {
  const queue = new AsyncQueue<number>({ capacity: 4 });
  queue.offer(1);
  queue.fail(new Error("gone"));
  assertEquals(await queue.take(), 1);
  await assertRejects(() => queue.take(), Error, "gone");
});

Deno.test("AsyncQueue take() and push() reject with the signal's reason and lose nothing", async () => {
  const queue = new AsyncQueue<number>({ capacity: 1 });
  const taking = new AbortController();
  const taken = queue.take(taking.signal);
  taking.abort(new Error("enough"));
  await assertRejects(() => taken, Error, "enough");
  queue.offer(1);
  const pushing = new AbortController();
  const pushed = queue.push(2, pushing.signal);
  pushing.abort(new Error("enough"));
  await assertRejects(() => pushed, Error, "enough");
  assertEquals([queue.poll(), queue.size], [1, 0]);
});

Deno.test("AsyncQueue close() releases those who wait for room", async () => {
  const queue = new AsyncQueue<number>({ capacity: 1 });
  queue.offer(1);
  const pushed = queue.push(2);
  queue.close();
  assertFalse(await pushed);
});

Deno.test("AsyncQueue take() hears a signal that fires after it was woken for nothing", async () => {
  const queue = new AsyncQueue<number>({ capacity: 1 });
  const taking = new AbortController();
  const taken = queue.take(taking.signal);
  queue.offer(1);
  assertEquals(queue.poll(), 1);
  taking.abort(new Error("enough"));
  await assertRejects(() => taken, Error, "enough");
});
