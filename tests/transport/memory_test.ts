import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionError } from "../../lib/errors.ts";
import { memoryPair } from "../../lib/transport/memory.ts";

Deno.test("memoryPair() carries frames both ways, by value", async () => {
  await using pair = disposable(memoryPair());
  const { near, far } = pair;
  const bytes = new Uint8Array([1, 2]);
  near.send(bytes);
  bytes.fill(0);
  near.send("text");
  far.send("back");
  near.close();
  assertEquals(await Array.fromAsync(far.frames), [
    new Uint8Array([1, 2]),
    "text",
  ]);
  assertEquals(await Array.fromAsync(near.frames), ["back"]);
});

Deno.test("memoryPair() closes both ends once", async () => {
  await using pair = disposable(memoryPair());
  const { near, far } = pair;
  near.close(4000, "enough");
  far.close();
  const end = { code: 4000, reason: "enough", clean: true };
  assertEquals([await near.closed, await far.closed], [end, end]);
  assertThrows(() => far.send("late"), ConnectionError);
});

Deno.test("drained() of a pair waits for the peer to read", async () => {
  await using pair = disposable(memoryPair());
  const { near, far } = pair;
  near.send("12345");
  near.send("678");
  assertEquals(near.bufferedAmount, 8);
  const drained = near.drained(3);
  for await (const _ of far.frames) break;
  await drained;
  assertEquals(near.bufferedAmount, 3);
  const reason = new Error("changed my mind");
  const controller = new AbortController();
  const waiting = near.drained(0, controller.signal);
  controller.abort(reason);
  assertEquals(await assertRejects(() => waiting), reason);
  const cut = near.drained(0);
  far.close();
  await assertRejects(() => cut, ConnectionError);
});

Deno.test("memoryPair() ends when the reader is too slow, keeping what it holds", async () => {
  await using pair = disposable(memoryPair({ maxQueuedBytes: 5 }));
  const { near, far } = pair;
  near.send("too long for the bound, but alone");
  near.send("x");
  assertEquals((await near.closed).code, 1008);
  assertEquals((await Array.fromAsync(far.frames)).length, 1);
});

function disposable(
  [near, far]: ReturnType<typeof memoryPair>,
): AsyncDisposable & { near: typeof near; far: typeof far } {
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      await near[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
    },
  };
}
