import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { generateEd25519, signEd25519 } from "../../../lib/crypto/ed25519.ts";
import {
  type AuthenticationContext,
  type AuthenticationMark,
  buildAuthentication,
  judgeAuthenticate,
  judgeAuthenticateV2,
  signedBytes,
} from "../../../lib/wire/gateway/authenticate.ts";
import {
  type AuthenticateV2Request,
  decodeControlRequest,
  encodeControlRequest,
} from "../../../lib/wire/gateway/control_request.ts";
import type { GatewayProtocol } from "../../../lib/wire/gateway/version.ts";
import { hex, unhex } from "../../support/hex.ts";
import { recordedRandom } from "../../support/recorded_random.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { CLIENT, fill, GATEWAY, SHARED_KEY } from "./fixtures.ts";

const SECOND = 1767225600;
const NOW = SECOND * 1000;

function build(
  change: Partial<Parameters<typeof buildAuthentication>[0]> = {},
): AuthenticateV2Request {
  const request = buildAuthentication({
    identity: CLIENT,
    sharedKey: SHARED_KEY,
    protocol: 6,
    now: NOW,
    random: recordedRandom(fill(12, 8)),
    ...change,
  });
  assert(request.kind === "authenticateV2");
  return request;
}

/** A changed request that its client has signed again. */
function resigned(
  change: Partial<AuthenticateV2Request>,
): AuthenticateV2Request {
  const request = { ...build(), ...change };
  const signature = signEd25519(CLIENT.secret, signedBytes(request));
  return { ...request, signature };
}

const CONTEXT: AuthenticationContext = {
  announced: 6,
  now: NOW,
  client: { sharedKey: SHARED_KEY },
};

/** Why a request is refused, or that it is not. */
function verdict(
  request: AuthenticateV2Request,
  change: Partial<AuthenticationContext> = {},
): string {
  const verdict = judgeAuthenticateV2(request, { ...CONTEXT, ...change });
  return verdict.kind === "refused" ? verdict.message : verdict.kind;
}

Deno.test("buildAuthentication() follows the published vector", () => {
  const request = build();
  assertEquals(
    hex(request.sealedIdentity),
    "a8b327bc4af4bfa4de3a5f6789616990b24e332de7c5f355c859aeaabf962e29d0d4bb817dea2db1339c02929c172653",
  );
  assertEquals(
    hex(signedBytes(request)),
    `06${hex(CLIENT.public)}${hex(request.sealedIdentity)}${
      "08".repeat(12)
    }000000006955b900`,
  );
  assertEquals(
    request.signature,
    unhex(
      "bff07fd5907099508419515f37287571799f404937f3941d3a30cc40f934909b2d785bea41dcf12c464e98b2e2934ad16344995442b8a042abeeda812d926005",
    ),
  );
  const text = encodeControlRequest(request);
  assert(text.includes(
    '"addressCiphertext":"qLMnvEr0v6TeOl9niWFpkLJOMy3nxfNVyFmuqr+WLinQ1LuBfeotsTOcApKcFyZT","nonce":"CAgICAgICAgICAgI"',
  ));
  assertEquals(decodeControlRequest(text), request);
});

Deno.test("judgeAuthenticateV2() accepts the published vector and leaves a mark", () => {
  assertEquals(judgeAuthenticateV2(build(), CONTEXT), {
    kind: "accepted",
    protocol: 6,
    mark: { timestamp: SECOND, nonces: [fill(12, 8)] },
  });
});

Deno.test("judgeAuthenticateV2() answers each version as it was announced", () => {
  const unsupported = (version: number, announced: number) =>
    `unsupported protocol version ${version}: need 4 to ${announced}`;
  for (const protocol of [0, 3, 7, 255]) {
    assertEquals(verdict(resigned({ protocol })), unsupported(protocol, 6));
  }
  assertEquals(
    verdict(resigned({ protocol: 5 }), { announced: 4 }),
    unsupported(5, 4),
  );
  assertEquals(
    verdict(resigned({ protocol: 4 }), { announced: 3 }),
    unsupported(4, 3),
  );
  for (const [protocol, answer] of [[4, 5], [5, 5], [6, 6]] as const) {
    const judged = judgeAuthenticateV2(resigned({ protocol }), CONTEXT);
    assert(judged.kind === "accepted");
    assertEquals(judged.protocol, answer);
  }
});

Deno.test("judgeAuthenticateV2() refuses clocks more than two minutes apart", () => {
  const far = "the request timestamp is too far from the current time";
  for (const skew of [-120_000, 0, 120_999]) {
    assertEquals(verdict(build(), { now: NOW + skew }), "accepted");
  }
  for (const skew of [-120_001, 121_000, -NOW]) {
    assertEquals(verdict(build(), { now: NOW + skew }), far);
  }
});

Deno.test("judgeAuthenticateV2() refuses a signature over anything else", () => {
  const invalid = "the request signature is invalid";
  const request = build();
  for (
    const change of [
      { protocol: 5 },
      { timestamp: SECOND + 1 },
      { identity: GATEWAY.public },
      { sealedIdentity: fill(48, 0) },
      { nonce: fill(12, 9) },
      { signature: fill(64, 0) },
    ]
  ) assertEquals(verdict({ ...request, ...change }), invalid);
  for (let byte = 0; byte < 64; byte++) {
    const signature = request.signature.slice();
    signature[byte]! ^= 1 << (byte % 8);
    assertEquals(verdict({ ...request, signature }), invalid);
  }
});

Deno.test("judgeAuthenticateV2() refuses who is not registered or holds another key", () => {
  assertEquals(
    verdict(build(), { client: undefined }),
    "the client is not registered",
  );
  assertEquals(
    verdict(build(), { client: { sharedKey: fill(32, 9) } }),
    "the provided address ciphertext is invalid",
  );
  const sealedIdentity = build().sealedIdentity.slice();
  sealedIdentity[47]! ^= 1;
  assertEquals(
    verdict(resigned({ sealedIdentity })),
    "the provided address ciphertext is invalid",
  );
});

Deno.test("judgeAuthenticateV2() refuses what is older than the last, or the same again", () => {
  const old =
    "the request timestamp is smaller or equal to one previously used";
  const marked = (mark: AuthenticationMark) => ({
    client: { sharedKey: SHARED_KEY, mark },
  });
  const used = [fill(12, 8)];
  const other = [fill(12, 7)];
  const at = (timestamp: number, nonces = other) =>
    marked({ timestamp, nonces });
  assertEquals(verdict(build(), at(SECOND - 1, used)), "accepted");
  assertEquals(verdict(build(), at(SECOND)), "accepted");
  assertEquals(verdict(build(), at(SECOND, used)), old);
  assertEquals(verdict(build(), at(SECOND + 1)), old);
  assertEquals(verdict(build(), { ...at(SECOND), sameSecond: false }), old);
  const many = Array.from({ length: 64 }, (_, i) => fill(12, 100 + i));
  assertEquals(verdict(build(), at(SECOND, many)), old);
});

Deno.test("judgeAuthenticateV2() lets nobody replay any of several within one second", () => {
  const random = seededRandom(1);
  let mark: AuthenticationMark | undefined;
  const requests = Array.from({ length: 5 }, () => build({ random }));
  for (const request of requests) {
    const context = { ...CONTEXT, client: { sharedKey: SHARED_KEY, mark } };
    const judged = judgeAuthenticateV2(request, context);
    assert(judged.kind === "accepted");
    mark = judged.mark;
  }
  for (const request of requests) {
    const context = { client: { sharedKey: SHARED_KEY, mark } };
    assert(verdict(request, context).includes("previously used"));
  }
});

Deno.test("judgeAuthenticateV2() refuses to replace a session that began later", () => {
  const open = (sessionStart: number) => ({
    client: { sharedKey: SHARED_KEY, sessionStart },
  });
  assertEquals(verdict(build(), open(SECOND - 1)), "accepted");
  const stale = "the request is stale: a later session is open";
  assertEquals(verdict(build(), open(SECOND)), stale);
  assertEquals(verdict(build(), open(SECOND + 1)), stale);
});

Deno.test("judgeAuthenticateV2() accepts whatever buildAuthentication() builds", () => {
  const version = fc.constantFrom<GatewayProtocol>(4, 5, 6);
  const seeds = fc.nat(2 ** 32 - 1);
  fc.assert(
    fc.property(version, seeds, fc.nat(4e12), (protocol, seed, now) => {
      const random = seededRandom(seed);
      const identity = generateEd25519(random);
      const sharedKey = random(32);
      const request = build({ identity, sharedKey, protocol, now, random });
      assertEquals(
        verdict(request, { now, client: { sharedKey } }),
        "accepted",
      );
    }),
    { numRuns: 25 },
  );
});

Deno.test("judgeAuthenticate() serves version 3 where the gateway announces no more", () => {
  const request = buildAuthentication({
    identity: CLIENT,
    sharedKey: SHARED_KEY,
    protocol: 3,
    now: NOW,
    random: recordedRandom(fill(12, 8)),
  });
  assert(request.kind === "authenticate");
  assertEquals(decodeControlRequest(encodeControlRequest(request)), request);
  const context = { ...CONTEXT, announced: 3 } as const;
  const accepted = { kind: "accepted", protocol: 3, mark: undefined } as const;
  assertEquals(judgeAuthenticate(request, context), accepted);
  const nameless = { ...request, protocol: undefined };
  assertEquals(judgeAuthenticate(nameless, context), accepted);
  assertEquals(
    judgeAuthenticate(request, {
      ...context,
      client: { sharedKey: fill(32, 9) },
    }),
    { kind: "wrongKey", protocol: 3 },
  );
  assertEquals(judgeAuthenticate(request, { ...context, client: undefined }), {
    kind: "refused",
    message: "the client is not registered",
  });
  const legacy = {
    kind: "refused",
    message: "the legacy authentication method is no longer supported",
  } as const;
  for (const announced of [4, 5, 6] as const) {
    assertEquals(judgeAuthenticate(request, { ...CONTEXT, announced }), legacy);
  }
  for (const protocol of [1, 2, 4]) {
    assertEquals(judgeAuthenticate({ ...request, protocol }, context), legacy);
  }
});
