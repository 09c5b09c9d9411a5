import { assertEquals, assertRejects } from "@std/assert";
import { Waiters } from "../../lib/async/waiters.ts";

Deno.test("Waiters.wake() wakes all who wait, and nobody who comes later", async () => {
  const waiters = new Waiters();
  const woken: number[] = [];
  const first = waiters.change().then(() => woken.push(1));
  const second = waiters.change().then(() => woken.push(2));
  waiters.wake();
  const stop = new AbortController();
  const late = waiters.change(stop.signal);
  await Promise.all([first, second]);
  assertEquals(woken, [1, 2]);
  stop.abort(new Error("enough"));
  await assertRejects(() => late, Error, "enough");
  await assertRejects(() => waiters.change(stop.signal), Error, "enough");
});
