import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { progressText, RateMeter } from "../../../lib/cli/pipe/progress.ts";

const progress = {
  written: 3_000_000,
  acknowledged: 2_000_000,
  retransmissions: 0,
  received: 512,
  roundTrip: 800,
};

Deno.test("progressText() tells bytes, rates, the share of full speed and what was sent again", () => {
  const pace = { sent: 76_190, received: 12.3, ceiling: 80_200 };
  assertEquals(
    progressText(progress, pace),
    "sent 2 MB (76 KB/s), got 512 bytes (12 bytes/s), 95 % of full speed",
  );
  const most = progressText({
    ...progress,
    acknowledged: 12_340_000,
    received: 12_340_000,
    retransmissions: 12,
  }, { ...pace, received: 76_190 });
  assertEquals(
    most,
    "sent 12.34 MB (76 KB/s), got 12.34 MB (76 KB/s), 95 % of full speed, 12 resent",
  );
  assertLess(most.length, 80);
});

Deno.test("progressText() leaves out a direction in which nothing moved", () => {
  const pace = { sent: 0, received: 401_000, ceiling: 401_000 };
  assertEquals(
    progressText({ ...progress, acknowledged: 0, received: 3e6 }, pace),
    "got 3 MB (400 KB/s), 100 % of full speed",
  );
  assertEquals(
    progressText({ ...progress, acknowledged: 0, received: 0 }, {
      ...pace,
      received: 0,
    }),
    "sent 0 bytes (0 bytes/s), 0 % of full speed",
  );
});

Deno.test("RateMeter measures the last seconds", () => {
  const meter = new RateMeter(0);
  assertEquals(meter.measure(0, 0), 0);
  for (let second = 1; second <= 20; second++) {
    assertAlmostEquals(meter.measure(second * 100, second * 1000), 100);
  }
  for (let second = 21; second <= 24; second++) {
    meter.measure(2000, second * 1000);
  }
  assertAlmostEquals(meter.measure(2000, 25_000), 0);
});
