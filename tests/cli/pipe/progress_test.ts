import { assertAlmostEquals, assertEquals } from "@std/assert";
import { progressText, RateMeter } from "../../../lib/cli/pipe/progress.ts";

const progress = {
  written: 3_000_000,
  acknowledged: 2_000_000,
  retransmissions: 0,
  received: 512,
  roundTrip: 800,
};

Deno.test("progressText() tells bytes, rates, the share of the floor and what was sent again", () => {
  const pace = { sent: 76_190, received: 12.3, ceiling: 80_200 };
  assertEquals(
    progressText(progress, pace),
    "sent 2 MB (76.19 KB/s), received 512 bytes (12 bytes/s), 95 % of the floor",
  );
  assertEquals(
    progressText({ ...progress, retransmissions: 3 }, pace).split(", ").at(-1),
    "3 sent again",
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
