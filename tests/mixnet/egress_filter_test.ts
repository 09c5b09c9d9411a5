import { assertEquals } from "@std/assert";
import { egressFilter } from "../../lib/mixnet/egress_filter.ts";

Deno.test("egressFilter() lets packets go to loopback and to known hosts only", () => {
  const mayReach = egressFilter(["10.1.2.3"]);
  const verdicts = [
    ["127.0.0.1", 1789],
    ["127.9.9.9", 1],
    ["::1", 1789],
    ["10.1.2.3", 1789],
    ["10.1.2.4", 1789],
    ["1.1.1.1", 53],
    ["::ffff:1.1.1.1", 53],
    ["128.0.0.1", 1789],
    ["127.0.0.1", 0],
  ].map(([host, port]) => mayReach({ host: `${host}`, port: Number(port) }));
  assertEquals(verdicts, [
    true,
    true,
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});
