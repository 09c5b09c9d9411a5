import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import { EXIT } from "../../lib/errors.ts";
import { type BothWaysOutcome, carryBothWays } from "../support/both_ways.ts";
import { OTHER_ADDRESS } from "../support/fake_mailbox.ts";
import { StockDouble } from "../support/stock_double.ts";
import { StockPost } from "../support/stock_post.ts";
import { closedPort, Testbed } from "../support/testbed.ts";

/** Bytes each way: more than a side takes in before the other has shown up. */
const SIZE = 250_000;

function assertCarried({ caller, listener }: BothWaysOutcome): void {
  for (const { code, size, isEqual, told } of [caller, listener]) {
    assertEquals([code, size, isEqual], [0, SIZE, true], told);
  }
}

for (
  const [what, faults] of Object.entries({
    "a good mixnet": [],
    "a mixnet that loses 5 % of packets": ["--loss", "5"],
    "a mixnet that mixes packets up": ["--delay", "40ms"],
  })
) {
  Deno.test(`pipe carries bytes both ways at once through ${what}, equal to the last bit`, async () => {
    await using bed = await Testbed.create();
    const { apiUrl } = await bed.network("--port", "0", ...faults);
    await bed.init("caller", "--network", apiUrl);
    const address = await bed.init("listener", "--network", apiUrl);
    assertCarried(
      await carryBothWays({
        listen: ["--id", "listener", "--anyone"],
        call: ["--id", "caller", "--to", address],
        env: bed.env,
        size: SIZE,
      }),
    );
  });
}

Deno.test("pipe carries bytes both ways at once over a client that is killed and started again", async () => {
  await using bed = await Testbed.create();
  const { apiUrl } = await bed.network("--port", "0");
  await bed.init("caller", "--network", apiUrl);
  const address = await bed.init("listener", "--network", apiUrl);
  const port = String(closedPort());
  const running = await bed.run("listener", "--port", port);
  const outcome = await carryBothWays({
    listen: ["--url", running.url, "--anyone"],
    call: ["--id", "caller", "--to", address],
    env: bed.env,
    size: SIZE,
    midway: async () => {
      running.process.kill("SIGKILL");
      await running.process.outcome();
      await bed.run("listener", "--port", port);
    },
  });
  assertCarried(outcome);
});

for (
  const [what, { restarts = false, ...faults }] of Object.entries<
    { loss?: number; delay?: number; restarts?: boolean }
  >({
    "": {},
    " that lose 5 % of messages": { loss: 0.05 },
    " that mix messages up": { delay: 500 },
    " that are started again": { restarts: true },
  })
) {
  Deno.test(`pipe carries bytes both ways at once over stock clients${what}`, async () => {
    await using bed = await Testbed.create();
    await using post = new StockPost({ ...faults, clock: systemClock });
    const address = OTHER_ADDRESS;
    const outcome = await carryBothWays({
      listen: ["--url", post.listener.url, "--anyone"],
      call: ["--url", post.caller.url, "--to", address],
      env: bed.env,
      size: SIZE,
      ...restarts && { midway: () => post.restart() },
    });
    assertCarried(outcome);
    assert(post.blocks >= 0, "the caller has sent all blocks that were spent");
  });
}

for (const dialect of ["a", "b"] as const) {
  Deno.test(`pipe refuses a stock client of dialect ${dialect}, which answers once: exit 8`, async () => {
    await using bed = await Testbed.create();
    await using double = new StockDouble({ dialect });
    const address = OTHER_ADDRESS;
    for (const words of [["--listen", "--anyone"], ["--to", address]]) {
      const { code, stdout, stderr } = await bed.nymwire([
        "pipe",
        "--url",
        double.url,
        ...words,
      ]);
      assertEquals([code, stdout], [EXIT.refused, ""]);
      assertStringIncludes(stderr, "older than 1.1.4");
    }
    assertFalse(double.requests.some(({ kind }) => kind !== "selfAddress"));
  });
}
