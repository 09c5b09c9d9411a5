import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { NetworkState } from "../../lib/client/directory.ts";
import { TopologyKeeper } from "../../lib/client/topology_keeper.ts";
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
