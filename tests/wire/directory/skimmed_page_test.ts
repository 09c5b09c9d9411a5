import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError, EXIT } from "../../../lib/errors.ts";
import { performancePercent } from "../../../lib/wire/directory/skimmed_node.ts";
import {
  decodeSkimmedPage,
  encodeSkimmedPage,
  sameSnapshot,
} from "../../../lib/wire/directory/skimmed_page.ts";
import { jsonMutations, truncations } from "../../support/json_mutations.ts";
import { GATEWAY, PAGE, PAGE_JSON } from "./samples.ts";

/** The page with one thing of its node or metadata changed. */
function changed(change: {
  node?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}): string {
  const node = { ...PAGE_JSON.nodes.data[0], ...change.node };
  return JSON.stringify({
    metadata: { ...PAGE_JSON.metadata, ...change.metadata },
    nodes: { ...PAGE_JSON.nodes, data: [node] },
  });
}

Deno.test("decodeSkimmedPage() and encodeSkimmedPage() agree on the documented page", () => {
  assertEquals(decodeSkimmedPage(JSON.stringify(PAGE_JSON)), PAGE);
  assertEquals(JSON.parse(encodeSkimmedPage(PAGE)), PAGE_JSON);
});

Deno.test("decodeSkimmedPage() reads every role under both names", () => {
  for (
    const [json, role] of [
      [{ Mixnode: { layer: 3 } }, { kind: "mixnode", layer: 3 }],
      ["EntryGateway", { kind: "entryGateway" }],
      ["ExitGateway", { kind: "exitGateway" }],
      ["Standby", { kind: "standby" }],
      ["Inactive", { kind: "inactive" }],
    ] as const
  ) {
    const page = decodeSkimmedPage(changed({ node: { role: json } }));
    assertEquals(page.nodes[0]!.role, role);
    assertEquals(decodeSkimmedPage(encodeSkimmedPage(page)), page);
    const aliased = changed({ node: { role: undefined, epoch_role: json } });
    assertEquals(decodeSkimmedPage(aliased).nodes[0]!.role, role);
  }
});

Deno.test("decodeSkimmedPage() forgives what official clients forgive", () => {
  const bare = changed({
    node: { supported_roles: undefined, entry: null, more: { deep: [1] } },
    metadata: { status: undefined, refreshed_at: "nonsense", more: 1 },
  });
  const { metadata, nodes } = decodeSkimmedPage(bare);
  assertEquals(metadata.status, null);
  assertEquals(metadata.refreshedAt, 0);
  assertEquals(nodes[0]!.entry, undefined);
  assert(!nodes[0]!.supportedRoles.entry);
});

Deno.test("decodeSkimmedPage() keeps the status for comparison", () => {
  const fresh = { fresh: { id: 0, current_epoch_id: 50 } };
  const page = (status: unknown) =>
    decodeSkimmedPage(changed({ metadata: { status } })).metadata;
  assertEquals(page(fresh).status, fresh);
  assertEquals(page("no-updates").status, "no-updates");
  assert(sameSnapshot(page(fresh), { ...page(fresh), refreshedAt: 1 }));
  assert(!sameSnapshot(page(fresh), page(null)));
  assert(!sameSnapshot(page(fresh), { ...page(fresh), epochId: 51 }));
  assert(!sameSnapshot(page(fresh), { ...page(fresh), rotationId: 3 }));
});

Deno.test("decodeSkimmedPage() refuses a status that is too long or too deep to compare", () => {
  const status = (fresh: string) =>
    changed({ metadata: { status: { fresh: "HERE" } } })
      .replace('"HERE"', fresh);
  const depth = 100_000;
  for (
    const fresh of [
      `"${"x".repeat(5000)}"`,
      "[".repeat(depth) + "]".repeat(depth),
    ]
  ) {
    assertThrows(
      () => decodeSkimmedPage(status(fresh)),
      DecodeError,
      "metadata.status.fresh: need an interval",
    );
  }
});

Deno.test("decodeSkimmedPage() names the key path of what does not fit", () => {
  for (
    const [text, message] of [
      [
        changed({ node: { mix_port: 65536 } }),
        "nodes.data[0].mix_port: need an integer from 0 to 65535, have 65536",
      ],
      [
        changed({ node: { ip_addresses: ["localhost"] } }),
        "nodes.data[0].ip_addresses[0]: need an IP address, have other text",
      ],
      [
        changed({ node: { performance: "1.5" } }),
        "nodes.data[0].performance: need a decimal number from 0 to 1, have other text",
      ],
      [
        changed({ node: { performance: 1 } }),
        "nodes.data[0].performance: need a string, have 1",
      ],
      [
        changed({ node: { x25519_sphinx_pubkey: "1111" } }),
        "nodes.data[0].x25519_sphinx_pubkey: need 32 bytes in base58, have other text",
      ],
      [
        changed({ metadata: { status: "stale" } }),
        "metadata.status: need an object, have a string",
      ],
    ] as const
  ) {
    const error = assertThrows(() => decodeSkimmedPage(text), DecodeError);
    assertEquals(error.message, `Cannot decode skimmed nodes: ${message}`);
    assertEquals(error.exitCode, EXIT.down);
  }
});

Deno.test("decodeSkimmedPage() refuses every malformed shape with a DecodeError", () => {
  const mixnode = {
    ...PAGE_JSON.nodes.data[0],
    role: { Mixnode: { layer: 1 } },
  };
  const page = structuredClone({
    ...PAGE_JSON,
    nodes: { ...PAGE_JSON.nodes, data: [PAGE_JSON.nodes.data[0], mixnode] },
  });
  for (const { path, text } of jsonMutations(page)) {
    try {
      decodeSkimmedPage(text);
    } catch (error) {
      assert(error instanceof DecodeError, `${path}: ${error}`);
    }
  }
  for (const text of truncations(JSON.stringify(PAGE_JSON))) {
    assertThrows(() => decodeSkimmedPage(text), DecodeError);
  }
});

Deno.test("performancePercent() cuts off as official clients do", () => {
  for (
    const [text, percent] of [
      ["1", 100],
      ["1.000", 100],
      ["0", 0],
      ["0.5", 50],
      ["0.499", 49],
      ["0.29", 29],
      ["0.999999999999999999", 99],
    ] as const
  ) assertEquals(performancePercent(text), percent, text);
});

Deno.test("encodeSkimmedPage() is read back as it was", () => {
  const u32 = fc.nat(2 ** 32 - 1);
  const port = fc.nat(65535);
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const maybe = <T>(value: fc.Arbitrary<T>) =>
    fc.option(value, { nil: undefined });
  const node = fc.record({
    nodeId: u32,
    identity: bytes,
    ipAddresses: fc.array(fc.ipV4(), { maxLength: 3 }),
    mixPort: port,
    sphinxKey: bytes,
    role: fc.constantFrom(GATEWAY.role, { kind: "mixnode", layer: 2 } as const),
    supportedRoles: fc.record({
      mixnode: fc.boolean(),
      entry: fc.boolean(),
      exitRequester: fc.boolean(),
      exitRouter: fc.boolean(),
    }),
    entry: maybe(
      fc.record({
        hostname: maybe(fc.domain()),
        wsPort: port,
        wssPort: maybe(port),
      }),
    ),
    performance: fc.constantFrom("0", "0.5", "0.994", "1"),
  });
  const page = fc.record({
    metadata: fc.record({
      status: fc.constantFrom(null, "no-updates" as const, { fresh: {} }),
      epochId: u32,
      rotationId: u32,
      refreshedAt: fc.nat(4e12),
    }),
    pagination: fc.record({ total: fc.nat(20_000), page: u32, size: u32 }),
    nodes: fc.array(node, { maxLength: 4 }),
  });
  fc.assert(fc.property(page, (page) => {
    assertEquals<unknown>(decodeSkimmedPage(encodeSkimmedPage(page)), page);
  }));
});
