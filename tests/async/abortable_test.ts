import { assertEquals, assertRejects } from "@std/assert";
import { abortable } from "../../lib/async/abortable.ts";

Deno.test("abortable() waits for the promise, or until the signal fires", async () => {
  assertEquals(await abortable(Promise.resolve(1), undefined), 1);
  const stop = new AbortController();
  assertEquals(await abortable(Promise.resolve(2), stop.signal), 2);
  const { promise, reject } = Promise.withResolvers<void>();
  const waiting = abortable(promise, stop.signal);
  stop.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  await assertRejects(() => abortable(promise, stop.signal), Error, "enough");
  // Nobody listens any more, and nothing complains.
  reject(new Error("too late"));
});
