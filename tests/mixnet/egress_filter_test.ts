import { assertEquals } from "@std/assert";
import { mayReach } from "../../lib/mixnet/egress_filter.ts";

Deno.test("mayReach() lets packets go to loopback alone", () => {
  for (
    const [host, port, verdict] of [
      ["127.0.0.1", 1789, true],
      ["127.9.9.9", 1, true],
      ["::1", 1789, true],
      ["10.1.2.4", 1789, false],
      ["1.1.1.1", 53, false],
      ["::ffff:1.1.1.1", 53, false],
      ["128.0.0.1", 1789, false],
      ["127.0.0.1", 0, false],
    ] as const
  ) assertEquals(mayReach({ host, port }), verdict, `${host}:${port}`);
});
