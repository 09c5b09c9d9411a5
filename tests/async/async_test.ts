import { assert, assertEquals, assertRejects } from "@std/assert";
import { backoff } from "../../lib/async/backoff.ts";
import { sleep, systemClock } from "../../lib/async/clock.ts";
import { TaskSet } from "../../lib/async/tasks.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("backoff() doubles up to its bound and spreads within half a step", () => {
  const shortest = backoff({ first: 250, max: 1000, random: () => 0 });
  const longest = backoff({ first: 250, max: 1000, random: () => 1 });
  const steps = Array.from(
    { length: 4 },
    () => [shortest.next().value, longest.next().value],
  );
  assertEquals(steps, [[125, 250], [250, 500], [500, 1000], [500, 1000]]);
});

Deno.test("systemClock waits until a deadline and not at all for one that has passed", async () => {
  const start = systemClock.now();
  await systemClock.until(start - 1);
  await systemClock.until(start + 2);
  assert(systemClock.now() >= start + 2);
});

Deno.test("systemClock waits exactly, and not at all for what has passed", async () => {
  for (const ms of [-1, 0.3, 3.3]) {
    const deadline = systemClock.now() + ms;
    await systemClock.exactly!(deadline);
    assert(systemClock.now() >= deadline);
  }
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => systemClock.exactly!(0, signal),
    Error,
    "enough",
  );
});

Deno.test("sleep() rejects with the signal's reason and leaves no timer", async () => {
  const abort = new AbortController();
  const sleeping = sleep(systemClock, 60_000, abort.signal);
  abort.abort(new Error("enough"));
  await assertRejects(() => sleeping, Error, "enough");
  await assertRejects(
    () => sleep(systemClock, 1, abort.signal),
    Error,
    "enough",
  );
});

Deno.test("FakeClock wakes sleepers in order of their deadlines", async () => {
  const clock = new FakeClock();
  const woken: string[] = [];
  const late = clock.until(20).then(() => woken.push(`late at ${clock.now()}`));
  const early = clock.until(10).then(() =>
    woken.push(`early at ${clock.now()}`)
  );
  await clock.advance(15);
  assertEquals(woken, ["early at 10"]);
  await clock.advance(15);
  assertEquals(woken, ["early at 10", "late at 20"]);
  await Promise.all([late, early]);
});

Deno.test("TaskSet reports failures and waits for everything", async () => {
  const failures: unknown[] = [];
  const order: string[] = [];
  {
    await using tasks = new TaskSet((reason) => failures.push(reason));
    tasks.add(Promise.reject("one"));
    tasks.add(
      Promise.resolve().then(() =>
        tasks.add(Promise.resolve().then(() => order.push("nested")))
      ),
    );
    assertEquals(tasks.size, 2);
  }
  assertEquals([failures, order], [["one"], ["nested"]]);
});
