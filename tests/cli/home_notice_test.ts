import { assertEquals } from "@std/assert";
import { tellNotice } from "../../lib/cli/home_notice.ts";
import { Output } from "../../lib/cli/output.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSink } from "../support/fake_world.ts";

const RECALLED = {
  kind: "recalled",
  network: "http://127.0.0.1:8000/api/",
  age: 125_400,
  failure: undefined,
} as const;

Deno.test("tellNotice() says with --verbose alone that the network is known from an earlier run", async () => {
  for (
    const [verbose, failure, told] of [
      [0, "down", ""],
      [1, undefined, "using the network as the directory told it 2m 5s ago\n"],
      [
        1,
        "Cannot ask directory",
        "Cannot ask directory; using the network as the directory told it 2m 5s ago\n",
      ],
    ] as const
  ) {
    const stderr = new FakeSink();
    const output = new Output({
      json: false,
      quiet: false,
      color: "never",
      logAddresses: false,
      plain: true,
      stdout: new FakeSink(),
      clock: new FakeClock(),
      stderr,
      verbose,
    });
    await tellNotice({ ...RECALLED, failure }, output);
    assertEquals(stderr.text, told);
  }
});
