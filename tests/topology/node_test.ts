import { assert, assertEquals } from "@std/assert";
import { routingNodeOf, routingNodeOfFile } from "../../lib/topology/node.ts";
import { gateway, identity, mix } from "./samples.ts";

Deno.test("routingNodeOf() takes the first address and cuts the performance off", () => {
  const node = mix(1, {
    ipAddresses: ["10.0.0.1", "10.0.0.2"],
    performance: "0.999",
  });
  assertEquals(routingNodeOf(node), {
    nodeId: 1,
    identity: node.identity,
    sphinxKey: node.sphinxKey,
    mixHost: { host: "10.0.0.1", port: 1789 },
    entry: undefined,
    performance: 99,
    roles: { mixnode: true, entry: false, exit: false },
  });
});

Deno.test("routingNodeOf() drops nodes that cannot be reached", () => {
  assertEquals(routingNodeOf(mix(1, { ipAddresses: [] })), undefined);
  assertEquals(routingNodeOf(mix(1, { mixPort: 0 })), undefined);
});

Deno.test("routingNodeOf() counts as exit only what can do both", () => {
  const roles = gateway(7).supportedRoles;
  const half = gateway(7, {
    supportedRoles: { ...roles, exitRouter: false },
  });
  assert(!routingNodeOf(half)!.roles.exit);
  assert(routingNodeOf(gateway(7))!.roles.exit);
});

Deno.test("routingNodeOf() lists where clients connect, the host name first", () => {
  const entry = (
    hostname: string | undefined,
    wssPort: number | undefined,
    ...ipAddresses: readonly string[]
  ) =>
    routingNodeOf(gateway(7, {
      ipAddresses,
      entry: { hostname, wsPort: 9000, wssPort },
    }))?.entry;
  assertEquals(entry(undefined, undefined, "127.0.0.1", "::1"), {
    listeners: ["ws://127.0.0.1:9000", "ws://[::1]:9000"],
    tlsListener: undefined,
  });
  assertEquals(entry("gw.example.org", 9001, "10.0.0.7"), {
    listeners: ["ws://gw.example.org:9000", "ws://10.0.0.7:9000"],
    tlsListener: "wss://gw.example.org:9001",
  });
  assertEquals(entry(undefined, 9001, "10.0.0.7")?.tlsListener, undefined);
});

Deno.test("routingNodeOf() leaves host names out that would change the URL", () => {
  for (
    const hostname of ["", "a/b", "a@b", "a:1", "a b", "a#", "[::1]", ".."]
  ) {
    const node = gateway(7, {
      entry: { hostname, wsPort: 9000, wssPort: 9001 },
    });
    assertEquals(routingNodeOf(node)?.entry, {
      listeners: ["ws://10.0.0.7:9000"],
      tlsListener: undefined,
    });
  }
});

Deno.test("routingNodeOfFile() takes a node as it is", () => {
  const sphinxKey = identity(9);
  const node = {
    nodeId: 4,
    mixHost: { host: "127.0.0.1", port: 10004 },
    entry: {
      ipAddresses: ["127.0.0.1"],
      wsPort: 9000,
      hostname: undefined,
      wssPort: undefined,
    },
    identity: identity(4),
    sphinxKey,
    supportedRoles: { mixnode: false, entry: true, exit: true },
  };
  assertEquals(routingNodeOfFile(node), {
    nodeId: 4,
    identity: identity(4),
    sphinxKey,
    mixHost: { host: "127.0.0.1", port: 10004 },
    entry: { listeners: ["ws://127.0.0.1:9000"], tlsListener: undefined },
    performance: 100,
    roles: { mixnode: false, entry: true, exit: true },
  });
});
