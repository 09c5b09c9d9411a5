import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../../lib/errors.ts";
import {
  type ControlRequest,
  decodeControlRequest,
  encodeControlRequest,
} from "../../../lib/wire/gateway/control_request.ts";
import { jsonMutations, truncations } from "../../support/json_mutations.ts";
import { fill } from "./fixtures.ts";

type Sendable = Exclude<ControlRequest, { kind: "obsoleteCredential" }>;

const PROOF = {
  identity: fill(32, 1),
  sealedIdentity: fill(48, 2),
  nonce: fill(12, 3),
};

/** One request of each type with its exact text. */
const REQUESTS: readonly (readonly [Sendable, string])[] = [
  [{ kind: "supportedProtocol" }, '{"type":"supportedProtocol"}'],
  [
    {
      kind: "handshakePayload",
      protocol: 3,
      data: Uint8Array.of(15, 0, 255),
    },
    '{"type":"handshakePayload","protocol_version":3,"data":[15,0,255]}',
  ],
  [
    { kind: "handshakeError", message: "no" },
    '{"type":"handshakeError","message":"no"}',
  ],
  [
    {
      kind: "authenticateV2",
      protocol: 6,
      ...PROOF,
      timestamp: 1767225600,
      signature: fill(64, 4),
    },
    `{"type":"authenticateV2","protocolVersion":6,"clientIdentity":[${
      Array(32).fill(1)
    }],"addressCiphertext":"${"AgIC".repeat(16)}","nonce":"${
      "AwMD".repeat(4)
    }","requestUnixTimestamp":1767225600,"requestSignature":[${
      Array(64).fill(4)
    }]}`,
  ],
  [
    { kind: "authenticate", protocol: 3, ...PROOF },
    '{"type":"authenticate","protocol_version":3,"address":"4vJ9JU1bJJE96FWSJKvHsmmFADCg4gpZQff4P3bkLKi","enc_address":"5GmXHcNhP5Xp2qanXE4ZSm8kYqLA6fgUxwsLEFNs1WXbHxhcnHG4hSET3f3Y1ixED","iv":"4JC7TMFjb5fAF2dx"}',
  ],
  [
    { kind: "claimFreeTestnetBandwidth" },
    '{"type":"claimFreeTestnetBandwidth"}',
  ],
  [
    {
      kind: "ecashCredential",
      ciphertext: Uint8Array.of(9),
      nonce: fill(12, 0),
    },
    '{"type":"ecashCredential","enc_credential":[9],"iv":[0,0,0,0,0,0,0,0,0,0,0,0]}',
  ],
  [
    { kind: "upgradeModeJwt", token: "a.b.c" },
    '{"type":"upgradeModeJWT","token":"a.b.c"}',
  ],
  [
    {
      kind: "encryptedRequest",
      ciphertext: Uint8Array.of(9),
      nonce: fill(12, 0),
    },
    '{"type":"encryptedRequest","ciphertext":[9],"nonce":[0,0,0,0,0,0,0,0,0,0,0,0]}',
  ],
];

Deno.test("encodeControlRequest() writes the exact text, decodeControlRequest() reads it", () => {
  for (const [request, text] of REQUESTS) {
    assertEquals(encodeControlRequest(request), text);
    assertEquals(decodeControlRequest(text), request);
  }
});

Deno.test("decodeControlRequest() ignores unknown members, not unknown types", () => {
  for (const [request, text] of REQUESTS) {
    const longer = text.replace(/\}$/, ',"more":{"type":1}}');
    assertEquals(decodeControlRequest(longer), request);
  }
  for (const type of ["", "send", "SupportedProtocol", "__proto__"]) {
    const error = assertThrows(
      () => decodeControlRequest(JSON.stringify({ type })),
      DecodeError,
    );
    assertEquals(
      error.message,
      "Cannot decode gateway request: type: unknown type of request",
    );
  }
});

Deno.test("decodeControlRequest() knows what clients of other ages write", () => {
  const init = '{"type":"registerHandshakeInitRequest","data":[1]}';
  assertEquals(decodeControlRequest(init), {
    kind: "handshakePayload",
    protocol: undefined,
    data: Uint8Array.of(1),
  });
  const renamed =
    '{"type":"ecashCredential","enc_credential":[],"nonce":[0,0,0,0,0,0,0,0,0,0,0,0]}';
  assertEquals(decodeControlRequest(renamed), {
    kind: "ecashCredential",
    ciphertext: new Uint8Array(0),
    nonce: fill(12, 0),
  });
  for (const type of ["bandwidthCredential", "bandwidthCredentialV2"]) {
    assertEquals(decodeControlRequest(JSON.stringify({ type })), {
      kind: "obsoleteCredential",
    });
  }
});

Deno.test("decodeControlRequest() reads a version that is null or missing as none", () => {
  for (const version of ['"protocol_version":null,', ""]) {
    const text = `{"type":"handshakePayload",${version}"data":[]}`;
    assertEquals(decodeControlRequest(text), {
      kind: "handshakePayload",
      protocol: undefined,
      data: new Uint8Array(0),
    });
  }
});

Deno.test("decodeControlRequest() refuses every malformed shape", () => {
  for (const [, text] of REQUESTS) {
    for (const mutation of jsonMutations(JSON.parse(text))) {
      try {
        decodeControlRequest(mutation.text);
      } catch (error) {
        assert(error instanceof DecodeError, `${mutation.path}: ${error}`);
      }
    }
    for (const beginning of truncations(text)) {
      assertThrows(() => decodeControlRequest(beginning), DecodeError);
    }
  }
  for (const text of ["null", "[]", "1", '"type"', "{}", '{"type":1}']) {
    assertThrows(() => decodeControlRequest(text), DecodeError);
  }
});

Deno.test("decodeControlRequest() bounds what it reads", () => {
  const sized = (count: number) =>
    `{"type":"handshakePayload","protocol_version":3,"data":[${
      Array(count).fill(0)
    }]}`;
  decodeControlRequest(sized(1024));
  assertThrows(() => decodeControlRequest(sized(1025)), DecodeError);
  const huge = " ".repeat(256 * 1024 + 1);
  assertThrows(() => decodeControlRequest(huge), DecodeError, "at most 262144");
});

Deno.test("encodeControlRequest() is read back as it was", () => {
  const bytes = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length });
  const blob = fc.uint8Array({ maxLength: 200 });
  const version = fc.nat(255);
  const proof = {
    identity: bytes(32),
    sealedIdentity: bytes(48),
    nonce: bytes(12),
  };
  const request = fc.oneof(
    fc.record({
      kind: fc.constant("handshakePayload" as const),
      protocol: fc.option(version, { nil: undefined }),
      data: blob,
    }),
    fc.record({
      kind: fc.constant("handshakeError" as const),
      message: fc.string(),
    }),
    fc.record({
      kind: fc.constant("authenticateV2" as const),
      protocol: version,
      ...proof,
      timestamp: fc.maxSafeNat(),
      signature: bytes(64),
    }),
    fc.record({
      kind: fc.constant("authenticate" as const),
      protocol: fc.option(version, { nil: undefined }),
      ...proof,
    }),
    fc.record({
      kind: fc.constantFrom("ecashCredential" as const, "encryptedRequest"),
      ciphertext: blob,
      nonce: bytes(12),
    }),
    fc.record({
      kind: fc.constant("upgradeModeJwt" as const),
      token: fc.string(),
    }),
  );
  fc.assert(fc.property(request, (request) => {
    // The generator's arrays have buffers of their own.
    const encoded = encodeControlRequest(request as Sendable);
    assertEquals<unknown>(decodeControlRequest(encoded), request);
  }));
});
