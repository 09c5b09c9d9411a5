import { assert, assertEquals } from "@std/assert";
import { AckTracker, type TrackedId } from "../../lib/client/ack_tracker.ts";
import { FakeClock } from "../support/fake_clock.ts";

const MS = 1_000_000n;
const ID: TrackedId = { setId: 2 ** 31 - 1, index: 255 };

/** A tracker that runs as long as the test. */
function start(
  options: { waitMultiplier?: number; waitAddition?: number } = {},
) {
  const clock = new FakeClock();
  const expired: { at: number; item: string }[] = [];
  const tracker = new AckTracker<string>({
    ...options,
    clock,
    onExpired: (item) => expired.push({ at: clock.now(), item }),
  });
  const stop = new AbortController();
  const running = tracker.run(stop.signal);
  return {
    clock,
    tracker,
    expired,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("AckTracker.timeout() is one and a half times the expected delay and 1.5 s", async () => {
  await using bench = start();
  const timeout = (expected: bigint) => bench.tracker.timeout(expected);
  assertEquals([0n, 90n * MS, 1000n * MS].map(timeout), [1500, 1635, 3000]);
  assertEquals(Math.trunc(timeout(1n)), 1500);
});

Deno.test("AckTracker tells of a packet whose acknowledgement is late, once", async () => {
  await using bench = start();
  await bench.clock.advance(100);
  bench.tracker.sent(ID, "a", 90n * MS);
  await bench.clock.advance(1634);
  assertEquals(bench.expired, []);
  await bench.clock.advance(10_000);
  assertEquals(bench.expired, [{ at: 1735, item: "a" }]);
  assert(bench.tracker.has(ID));
});

Deno.test("AckTracker starts the timer anew with each repetition", async () => {
  await using bench = start({ waitMultiplier: 2, waitAddition: 100 });
  bench.tracker.sent(ID, "a", 50n * MS);
  await bench.clock.advance(1000);
  bench.tracker.sent(ID, "a", 10n * MS);
  await bench.clock.advance(1000);
  assertEquals(bench.expired.map(({ at }) => at), [200, 1120]);
});

Deno.test("AckTracker.acknowledged() ends the wait, also for a packet already late", async () => {
  await using bench = start();
  bench.tracker.sent(ID, "a", 0n);
  assertEquals(bench.tracker.acknowledged(ID), "a");
  assertEquals(bench.tracker.acknowledged(ID), undefined);
  bench.tracker.sent(ID, "b", 0n);
  await bench.clock.advance(1500);
  assertEquals(bench.tracker.acknowledged(ID), "b");
  await bench.clock.advance(5000);
  assertEquals(bench.expired.map(({ item }) => item), ["b"]);
  assertEquals(bench.tracker.size, 0);
});

Deno.test("AckTracker.forget() drops what it is told to", async () => {
  await using bench = start();
  bench.tracker.sent({ setId: 1, index: 1 }, "a", 0n);
  bench.tracker.sent({ setId: 1, index: 2 }, "b", 0n);
  bench.tracker.forget((item) => item === "a");
  await bench.clock.advance(2000);
  assertEquals(bench.expired.map(({ item }) => item), ["b"]);
});

Deno.test("AckTracker tells of many packets in the order of their deadlines", async () => {
  await using bench = start({ waitMultiplier: 1, waitAddition: 0 });
  const delays = [70n, 10n, 50n, 30n, 90n, 20n, 25n];
  delays.forEach((delay, i) =>
    bench.tracker.sent({ setId: 5, index: i + 1 }, `${i}`, delay * MS)
  );
  await bench.clock.advance(5);
  bench.tracker.acknowledged({ setId: 5, index: 3 });
  bench.tracker.sent({ setId: 6, index: 1 }, "early", 1n * MS);
  await bench.clock.advance(1000);
  assertEquals(
    bench.expired.map(({ at, item }) => `${item}@${at}`),
    ["early@6", "1@10", "5@20", "6@25", "3@30", "0@70", "4@90"],
  );
});

Deno.test("AckTracker slows down when several repetitions have not helped, and never stops", async () => {
  await using bench = start();
  assertEquals(
    [0, 1, 3, 4, 5, 40].map((times) => bench.tracker.timeout(0n, times)),
    [1500, 1500, 1500, 3000, 6000, 6000],
  );
  bench.tracker.sent(ID, "a", 0n);
  for (let i = 0; i < 4; i++) {
    await bench.clock.advance(10_000);
    bench.tracker.sent(ID, "a", 0n);
  }
  await bench.clock.advance(10_000);
  assertEquals(
    bench.expired.map(({ at }) => at),
    [1500, 11_500, 21_500, 31_500, 43_000],
  );
});

Deno.test("AckTracker waits longer on a network whose acknowledgements come late", async () => {
  await using bench = start();
  for (let index = 1; index <= 20; index++) {
    bench.tracker.sent({ setId: 7, index }, "late", 0n);
    await bench.clock.advance(2000); // repeated, as the timer ran out
    bench.tracker.sent({ setId: 7, index }, "late", 0n);
    await bench.clock.advance(1000); // the first copy's acknowledgement, then the second's
    bench.tracker.acknowledged({ setId: 7, index });
    bench.tracker.acknowledged({ setId: 7, index });
  }
  const timeout = bench.tracker.timeout(0n);
  assert(timeout > 3000 && timeout < 4000, `${timeout}`);
});

Deno.test("AckTracker does not take loss for lateness", async () => {
  await using bench = start();
  for (let index = 1; index <= 20; index++) {
    bench.tracker.sent({ setId: 7, index }, "lost", 0n);
    await bench.clock.advance(2000);
    bench.tracker.sent({ setId: 7, index }, "lost", 0n);
    await bench.clock.advance(100);
    bench.tracker.acknowledged({ setId: 7, index });
  }
  assertEquals(bench.tracker.timeout(0n), 1500);
});
