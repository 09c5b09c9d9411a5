// deno-lint-ignore-file camelcase -- the names of the official directory
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError, EXIT } from "../../../lib/errors.ts";
import { UNKNOWN_ROTATION_ID } from "../../../lib/message/key_rotation.ts";
import {
  decodeTopologyFile,
  encodeTopologyFile,
  type TopologyFile,
} from "../../../lib/wire/directory/topology_file.ts";
import { jsonMutations, truncations } from "../../support/json_mutations.ts";
import { key } from "./samples.ts";

const REWARDED_SET = {
  epoch_id: 0,
  entry_gateways: [4],
  exit_gateways: [4],
  layer1: [1],
  layer2: [2],
  layer3: [3],
  standby: [],
};
const JSON_VALUE = {
  metadata: {
    key_rotation_id: 0,
    absolute_epoch_id: 0,
    refreshed_at: "2026-05-16T06:00:00Z",
  },
  rewarded_set: REWARDED_SET,
  node_details: {
    "1": {
      node_id: 1,
      mix_host: "127.0.0.1:10001",
      entry: null,
      identity_key: [...key(1)],
      sphinx_key: [...key(2)],
      supported_roles: {
        mixnode: true,
        mixnet_entry: false,
        mixnet_exit: false,
      },
    },
    "4": {
      node_id: 4,
      mix_host: "[::1]:10004",
      entry: {
        ip_addresses: ["127.0.0.1", "::1"],
        clients_ws_port: 9000,
        hostname: null,
        clients_wss_port: null,
      },
      identity_key: [...key(3)],
      sphinx_key: [...key(4)],
      supported_roles: {
        mixnode: false,
        mixnet_entry: true,
        mixnet_exit: true,
      },
    },
  },
};
const FILE: TopologyFile = {
  metadata: {
    rotationId: 0,
    epochId: 0,
    refreshedAt: Date.UTC(2026, 4, 16, 6),
  },
  rewardedSet: {
    epochId: 0,
    entryGateways: [4],
    exitGateways: [4],
    layers: [[1], [2], [3]],
    standby: [],
  },
  nodes: [{
    nodeId: 1,
    mixHost: { host: "127.0.0.1", port: 10001 },
    entry: undefined,
    identity: key(1),
    sphinxKey: key(2),
    supportedRoles: { mixnode: true, entry: false, exit: false },
  }, {
    nodeId: 4,
    mixHost: { host: "::1", port: 10004 },
    entry: {
      ipAddresses: ["127.0.0.1", "::1"],
      wsPort: 9000,
      hostname: undefined,
      wssPort: undefined,
    },
    identity: key(3),
    sphinxKey: key(4),
    supportedRoles: { mixnode: false, entry: true, exit: true },
  }],
};

Deno.test("decodeTopologyFile() and encodeTopologyFile() agree on the documented file", () => {
  assertEquals(decodeTopologyFile(JSON.stringify(JSON_VALUE)), FILE);
  assertEquals(JSON.parse(encodeTopologyFile(FILE)), JSON_VALUE);
});

Deno.test("decodeTopologyFile() can do without metadata", () => {
  const { metadata: _, ...rest } = JSON_VALUE;
  const file = decodeTopologyFile(JSON.stringify(rest));
  assertEquals(file.metadata, {
    rotationId: UNKNOWN_ROTATION_ID,
    epochId: 0,
    refreshedAt: undefined,
  });
  assertEquals(JSON.parse(encodeTopologyFile(file)), rest);
});

Deno.test("decodeTopologyFile() names the key path of what does not fit", () => {
  const node = JSON_VALUE.node_details["1"];
  const { epoch_id: _, ...noEpoch } = REWARDED_SET;
  for (
    const [change, message] of [
      [
        { node_details: { "2": node } },
        "node_details.2: need a node of that id, have node 1",
      ],
      [
        { node_details: { "1": { ...node, mix_host: "localhost:1" } } },
        "node_details.1.mix_host: need an IP address and a port, have other text",
      ],
      [
        { node_details: { "1": { ...node, identity_key: [1] } } },
        "node_details.1.identity_key: need 32 bytes, have 1",
      ],
      [{ rewarded_set: noEpoch }, "rewarded_set.epoch_id: missing"],
    ] as const
  ) {
    const text = JSON.stringify({ ...JSON_VALUE, ...change });
    const error = assertThrows(() => decodeTopologyFile(text), DecodeError);
    assertEquals(error.message, `Cannot decode topology file: ${message}`);
    assertEquals(error.exitCode, EXIT.usage);
  }
});

Deno.test("decodeTopologyFile() reads only IP addresses with a port as mix hosts", () => {
  const read = (host: string) =>
    decodeTopologyFile(
      JSON.stringify(JSON_VALUE).replace("127.0.0.1:10001", host),
    ).nodes[0]!.mixHost;
  assertEquals(read("10.0.0.1:65535"), { host: "10.0.0.1", port: 65535 });
  assertEquals(read("[2001:DB8::1]:1"), { host: "2001:db8::1", port: 1 });
  for (
    const host of [
      "",
      ":",
      "10.0.0.1",
      "10.0.0.1:",
      "10.0.0.1:65536",
      "10.0.0.1:-1",
      "10.0.0:1",
      "::1:1",
      "[::1]",
      "[10.0.0.1]:1",
      "[::1%1]:1",
      "a.example:1",
    ]
  ) assertThrows(() => read(host), DecodeError);
});

Deno.test("decodeTopologyFile() refuses every malformed shape with a DecodeError", () => {
  for (const { path, text } of jsonMutations(structuredClone(JSON_VALUE))) {
    try {
      decodeTopologyFile(text);
    } catch (error) {
      assert(error instanceof DecodeError, `${path}: ${error}`);
    }
  }
  for (const text of truncations(JSON.stringify(JSON_VALUE))) {
    assertThrows(() => decodeTopologyFile(text), DecodeError);
  }
});

Deno.test("encodeTopologyFile() is read back as it was", () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const port = fc.nat(65535);
  const maybe = <T>(value: fc.Arbitrary<T>) =>
    fc.option(value, { nil: undefined });
  const node = fc.record({
    nodeId: fc.nat(2 ** 32 - 1),
    mixHost: fc.record({ host: fc.ipV4(), port }),
    entry: maybe(fc.record({
      ipAddresses: fc.array(fc.ipV4(), { maxLength: 2 }),
      wsPort: port,
      hostname: maybe(fc.domain()),
      wssPort: maybe(port),
    })),
    identity: bytes,
    sphinxKey: bytes,
    supportedRoles: fc.record({
      mixnode: fc.boolean(),
      entry: fc.boolean(),
      exit: fc.boolean(),
    }),
  });
  const nodes = fc.uniqueArray(node, {
    maxLength: 4,
    selector: ({ nodeId }) => nodeId,
  });
  fc.assert(fc.property(nodes, (nodes) => {
    const decoded = decodeTopologyFile(encodeTopologyFile({ ...FILE, nodes }));
    const byId = nodes.toSorted((a, b) => a.nodeId - b.nodeId);
    assertEquals<unknown>(
      decoded.nodes.toSorted((a, b) => a.nodeId - b.nodeId),
      byId,
    );
  }));
});
