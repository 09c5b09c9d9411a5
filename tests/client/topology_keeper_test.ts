import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { NetworkState } from "../../lib/client/directory.ts";
import {
  type Recollection,
  TopologyKeeper,
} from "../../lib/client/topology_keeper.ts";
import {
  ConnectionError,
  EXIT,
  ProtocolError,
  UsageError,
} from "../../lib/errors.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { FakeClock } from "../support/fake_clock.ts";

function state(epochId: number): NetworkState {
  return {
    topology: {
      rotationId: 1,
      epochId,
      refreshedAt: 0,
      layers: [[], [], []],
      gateways: new Map(),
    },
    keyRotation: undefined,
  };
}

async function start() {
  const clock = new FakeClock();
  const bench = { asked: 0, down: false };
  const changes: (number | undefined)[] = [];
  const keeper = new TopologyKeeper({
    clock,
    settings: DEFAULT_DEBUG.topology,
    source: {
      name: "test",
      fetch() {
        bench.asked++;
        return bench.down
          ? Promise.reject(new ConnectionError("down"))
          : Promise.resolve(state(bench.asked));
      },
    },
  });
  keeper.onChange((state) => changes.push(state?.topology.epochId));
  await keeper.refresh();
  const stop = new AbortController();
  const running = keeper.run(stop.signal);
  return {
    clock,
    bench,
    keeper,
    changes,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("TopologyKeeper refreshes every five minutes", async () => {
  await using t = await start();
  await t.clock.advance(299_999);
  assertEquals(t.bench.asked, 1);
  await t.clock.advance(600_001);
  assertEquals(t.bench.asked, 4);
  assertEquals(t.changes, [1, 2, 3, 4]);
  assertEquals(t.keeper.topology().epochId, 4);
});

Deno.test("TopologyKeeper keeps the old state through nine failures, and gives it up with the tenth", async () => {
  await using t = await start();
  t.bench.down = true;
  await t.clock.advance(9 * 300_000);
  assertEquals([t.keeper.failures, t.keeper.topology().epochId], [9, 1]);
  await t.clock.advance(300_000);
  assertEquals(t.changes, [1, undefined]);
  const error = assertThrows(() => t.keeper.topology(), ProtocolError);
  assertEquals(error.exitCode, EXIT.down);
  t.bench.down = false;
  await t.clock.advance(300_000);
  assertEquals(t.keeper.failures, 0);
  assertEquals(t.keeper.topology().epochId, t.bench.asked);
});

Deno.test("TopologyKeeper follows a suspicion soon, but not at once and not twice", async () => {
  await using t = await start();
  t.keeper.suspect();
  t.keeper.suspect();
  await t.clock.advance(14_999);
  assertEquals(t.bench.asked, 1);
  await t.clock.advance(1);
  assertEquals(t.bench.asked, 2);
  await t.clock.advance(100_000);
  assertEquals(t.bench.asked, 2);
  t.keeper.suspect();
  await t.clock.advance(1);
  assertEquals(t.bench.asked, 3);
});

Deno.test("TopologyKeeper.refresh() gives those who ask at once one answer", async () => {
  await using t = await start();
  t.bench.down = true;
  await Promise.all(
    [1, 2, 3].map(() =>
      assertRejects(() => t.keeper.refresh(), ConnectionError)
    ),
  );
  assertEquals([t.bench.asked, t.keeper.failures], [2, 1]);
});

Deno.test("TopologyKeeper.gateway() names the network that lacks one", async () => {
  await using t = await start();
  const error = assertThrows(
    () => t.keeper.gateway(new Uint8Array(32)),
    UsageError,
    "not on the network test",
  );
  assertEquals(error.exitCode, EXIT.address);
});

const MINUTE = 60_000;

/** A keeper that starts `age` milliseconds after an earlier run has learned epoch 100. */
function recalling(
  age: number,
  { down = false, disableRefreshing = false } = {},
) {
  const clock = new FakeClock();
  const bench = { asked: 0, down, slow: false };
  const recollections: Recollection[] = [];
  const learnedAt = clock.wall() - age;
  const keeper = new TopologyKeeper({
    clock,
    settings: { ...DEFAULT_DEBUG.topology, disableRefreshing },
    onRecalled: (recollection) => recollections.push(recollection),
    source: {
      name: "test",
      recall: () => Promise.resolve({ ...state(100), learnedAt }),
      fetch(signal) {
        bench.asked++;
        if (bench.down) return Promise.reject(new ConnectionError("down"));
        if (!bench.slow) return Promise.resolve(state(bench.asked));
        return new Promise((_, reject) =>
          signal!.addEventListener("abort", () => reject(signal!.reason))
        );
      },
    },
  });
  const stop = new AbortController();
  let running: Promise<void> | undefined;
  return {
    clock,
    bench,
    keeper,
    recollections,
    run: () => running = keeper.run(stop.signal),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("TopologyKeeper.start() asks nobody if an earlier run has just done so, and then when that would", async () => {
  await using t = recalling(2 * MINUTE);
  await t.keeper.start();
  assertEquals([t.bench.asked, t.keeper.topology().epochId], [0, 100]);
  assertEquals(t.recollections, [
    { network: "test", age: 2 * MINUTE, failure: undefined },
  ]);
  t.run();
  await t.clock.advance(3 * MINUTE - 1);
  assertEquals(t.bench.asked, 0);
  await t.clock.advance(1);
  assertEquals([t.bench.asked, t.keeper.topology().epochId], [1, 1]);
  await t.clock.advance(5 * MINUTE);
  assertEquals(t.bench.asked, 2);
});

Deno.test("TopologyKeeper.start() asks where what is remembered is old", async () => {
  await using t = recalling(7 * MINUTE);
  await t.keeper.start();
  assertEquals([t.bench.asked, t.keeper.topology().epochId], [1, 1]);
  assertEquals(t.recollections, []);
});

Deno.test("TopologyKeeper.start() goes on with what is old while the directory is down, for as long as if it had run on", async () => {
  await using t = recalling(43 * MINUTE, { down: true });
  await t.keeper.start();
  assertEquals([t.bench.asked, t.keeper.topology().epochId], [1, 100]);
  const [{ age, failure }] = t.recollections as [Recollection];
  assertEquals([age, (failure as Error).message], [43 * MINUTE, "down"]);
  t.run();
  // It asks again at once, then every five minutes; the fiftieth is the last.
  await t.clock.advance(1);
  assertEquals([t.bench.asked, t.keeper.failures], [2, 9]);
  await t.clock.advance(5 * MINUTE);
  assertThrows(() => t.keeper.topology(), ProtocolError);
  t.bench.down = false;
  await t.clock.advance(5 * MINUTE);
  assertEquals(t.keeper.topology().epochId, t.bench.asked);
});

Deno.test("TopologyKeeper.start() does not wait long for a slow directory while there is something older", async () => {
  await using t = recalling(7 * MINUTE);
  t.bench.slow = true;
  const starting = t.keeper.start();
  await t.clock.advance(2000);
  await starting;
  assertEquals([t.bench.asked, t.keeper.topology().epochId], [1, 100]);
  t.bench.slow = false;
  t.run();
  await t.clock.advance(1);
  assertEquals([t.bench.asked, t.keeper.topology().epochId], [2, 2]);
});

Deno.test("TopologyKeeper.start() rejects where what is remembered is of no use", async () => {
  await using t = recalling(50 * MINUTE, { down: true });
  await assertRejects(() => t.keeper.start(), ConnectionError);
  await using never = recalling(0, { down: true, disableRefreshing: true });
  await assertRejects(() => never.keeper.start(), ConnectionError);
});

Deno.test("TopologyKeeper.start() rejects with the signal's reason", async () => {
  await using t = recalling(7 * MINUTE);
  t.bench.slow = true;
  const controller = new AbortController();
  const starting = assertRejects(
    () => t.keeper.start(controller.signal),
    Error,
    "enough",
  );
  await t.clock.advance(1);
  controller.abort(new Error("enough"));
  await starting;
  assertEquals(t.clock.sleepers, 0);
});

Deno.test("TopologyKeeper follows a suspicion at once if what it knows is that of an earlier run", async () => {
  await using t = recalling(MINUTE);
  await t.keeper.start();
  t.run();
  await t.clock.advance(1);
  assertEquals(t.bench.asked, 0);
  t.keeper.suspect();
  await t.clock.advance(1);
  assertEquals(t.bench.asked, 1);
});

Deno.test("TopologyKeeper.confirm() learns the present state once, and only if an earlier run learned the last", async () => {
  await using t = recalling(MINUTE);
  await t.keeper.start();
  t.bench.down = true;
  assert(!await t.keeper.confirm());
  assertEquals(t.keeper.topology().epochId, 100);
  t.bench.down = false;
  assert(await t.keeper.confirm());
  assertEquals(t.keeper.topology().epochId, 2);
  assert(!await t.keeper.confirm());
  assertEquals(t.bench.asked, 2);
});
