import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../../lib/errors.ts";
import {
  type ControlResponse,
  decodeControlResponse,
  encodeControlResponse,
} from "../../../lib/wire/gateway/control_response.ts";
import { jsonMutations, truncations } from "../../support/json_mutations.ts";
import { fill } from "./fixtures.ts";

/** 64 GiB, what a claim adds. */
const GRANT = 68_719_476_736;

/** One response of each type with its exact text. */
const RESPONSES: readonly (readonly [ControlResponse, string])[] = [
  [
    { kind: "supportedProtocol", version: 6 },
    '{"type":"supportedProtocol","version":6}',
  ],
  [
    { kind: "handshakePayload", protocol: 6, data: Uint8Array.of(1) },
    '{"type":"handshakePayload","protocol_version":6,"data":[1]}',
  ],
  [
    { kind: "handshakeError", message: "no" },
    '{"type":"handshakeError","message":"no"}',
  ],
  [
    { kind: "register", protocol: 5, status: true, upgradeMode: false },
    '{"type":"register","protocol_version":5,"status":true,"upgrade_mode":false}',
  ],
  [
    {
      kind: "authenticate",
      protocol: 5,
      status: true,
      remaining: 10_000_000_000,
      upgradeMode: false,
    },
    '{"type":"authenticate","protocol_version":5,"status":true,"bandwidth_remaining":10000000000,"upgrade_mode":false}',
  ],
  [
    { kind: "bandwidth", available: GRANT, upgradeMode: true },
    '{"type":"bandwidth","available_total":68719476736,"upgrade_mode":true}',
  ],
  [
    { kind: "send", remaining: -1, upgradeMode: false },
    '{"type":"send","remaining_bandwidth":-1,"upgrade_mode":false}',
  ],
  [
    {
      kind: "encryptedResponse",
      ciphertext: Uint8Array.of(9),
      nonce: fill(12, 0),
    },
    '{"type":"encryptedResponse","ciphertext":[9],"nonce":[0,0,0,0,0,0,0,0,0,0,0,0]}',
  ],
  [{ kind: "error", message: "no" }, '{"type":"error","message":"no"}'],
  [
    { kind: "outOfBandwidth", required: 2413, available: 0 },
    '{"type":"typedError","error":{"out_of_bandwidth":{"required":2413,"available":0}}}',
  ],
  [{ kind: "ticketReplay" }, '{"type":"typedError","error":"ticket_replay"}'],
];

Deno.test("encodeControlResponse() writes the exact text, decodeControlResponse() reads it", () => {
  for (const [response, text] of RESPONSES) {
    assertEquals(encodeControlResponse(response), text);
    assertEquals(decodeControlResponse(text), response);
  }
});

Deno.test("decodeControlResponse() ignores unknown members, not unknown types", () => {
  for (const [response, text] of RESPONSES) {
    const longer = text.replace(/\}$/, ',"more":[]}');
    assertEquals(decodeControlResponse(longer), response);
  }
  for (
    const text of [
      '{"type":"claimFreeTestnetBandwidth"}',
      '{"type":"typedError","error":"other"}',
      '{"type":"typedError","error":{"other":{}}}',
    ]
  ) assertThrows(() => decodeControlResponse(text), DecodeError);
});

Deno.test("decodeControlResponse() reads what gateways before version 6 write", () => {
  assertEquals(
    decodeControlResponse('{"type":"register","status":false}'),
    {
      kind: "register",
      protocol: undefined,
      status: false,
      upgradeMode: false,
    },
  );
  assertEquals(
    decodeControlResponse('{"type":"send","remaining_bandwidth":7}'),
    { kind: "send", remaining: 7, upgradeMode: false },
  );
});

Deno.test("decodeControlResponse() takes byte counts beyond 2^53, not exactly", () => {
  const text = '{"type":"send","remaining_bandwidth":9223372036854775807}';
  assertEquals(decodeControlResponse(text), {
    kind: "send",
    remaining: 2 ** 63,
    upgradeMode: false,
  });
});

Deno.test("decodeControlResponse() refuses every malformed shape", () => {
  for (const [, text] of RESPONSES) {
    for (const mutation of jsonMutations(JSON.parse(text))) {
      try {
        decodeControlResponse(mutation.text);
      } catch (error) {
        assert(error instanceof DecodeError, `${mutation.path}: ${error}`);
      }
    }
    for (const beginning of truncations(text)) {
      assertThrows(() => decodeControlResponse(beginning), DecodeError);
    }
  }
  for (
    const text of [
      '{"type":"supportedProtocol","version":256}',
      '{"type":"supportedProtocol","version":"6"}',
      '{"type":"register","protocol_version":5}',
      '{"type":"register","protocol_version":5,"status":1}',
      '{"type":"send","remaining_bandwidth":1.5}',
      '{"type":"error"}',
    ]
  ) assertThrows(() => decodeControlResponse(text), DecodeError);
});

Deno.test("encodeControlResponse() cuts explanations that nobody would read", () => {
  const message = "x".repeat(5000);
  const text = encodeControlResponse({ kind: "error", message });
  const decoded = decodeControlResponse(text);
  assertEquals(decoded, { kind: "error", message: message.slice(0, 4096) });
});

Deno.test("encodeControlResponse() is read back as it was", () => {
  const count = fc.maxSafeInteger();
  const upgradeMode = fc.boolean();
  const protocol = fc.option(fc.nat(255), { nil: undefined });
  const status = fc.boolean();
  const response = fc.oneof(
    fc.record({
      kind: fc.constant("register" as const),
      protocol,
      status,
      upgradeMode,
    }),
    fc.record({
      kind: fc.constant("authenticate" as const),
      protocol,
      status,
      remaining: count,
      upgradeMode,
    }),
    fc.record({
      kind: fc.constant("bandwidth" as const),
      available: count,
      upgradeMode,
    }),
    fc.record({
      kind: fc.constant("send" as const),
      remaining: count,
      upgradeMode,
    }),
    fc.record({
      kind: fc.constant("outOfBandwidth" as const),
      required: count,
      available: count,
    }),
    fc.record({
      kind: fc.constantFrom("error" as const, "handshakeError" as const),
      message: fc.string(),
    }),
  );
  fc.assert(fc.property(response, (response) => {
    const encoded = encodeControlResponse(response);
    assertEquals<ControlResponse>(decodeControlResponse(encoded), response);
  }));
});
