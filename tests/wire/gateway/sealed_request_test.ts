import { assertEquals, assertThrows } from "@std/assert";
import { openGcmSiv, sealGcmSiv } from "../../../lib/crypto/aes_gcm_siv.ts";
import { CryptoError, DecodeError } from "../../../lib/errors.ts";
import {
  openRequest,
  openResponse,
  sealRequest,
  sealResponse,
  SESSION_TYPES,
} from "../../../lib/wire/gateway/sealed_request.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { fill, SHARED_KEY } from "./fixtures.ts";

const random = seededRandom(1);

/** Anything, sealed as requests and responses are. */
function sealed(plain: string | Uint8Array) {
  const nonce = fill(12, 1);
  const bytes = typeof plain === "string"
    ? new TextEncoder().encode(plain)
    : plain;
  return { nonce, ciphertext: sealGcmSiv(SHARED_KEY, nonce, bytes) };
}

Deno.test("sealRequest() seals the official JSON, openRequest() reads it", () => {
  for (
    const [request, json] of [
      [
        { kind: "forgetMe", client: true, stats: false },
        '{"ForgetMe":{"client":true,"stats":false}}',
      ],
      ...SESSION_TYPES.map((sessionType) =>
        [
          { kind: "rememberMe", sessionType },
          `{"RememberMe":{"session_type":"${sessionType}"}}`,
        ] as const
      ),
    ] as const
  ) {
    const control = sealRequest(SHARED_KEY, request, random);
    const { nonce, ciphertext } = control;
    const plain = openGcmSiv(SHARED_KEY, nonce, ciphertext);
    assertEquals(new TextDecoder().decode(plain), json);
    assertEquals(control.kind, "encryptedRequest");
    assertEquals(openRequest(SHARED_KEY, control), request);
  }
});

Deno.test("sealResponse() seals the official JSON, openResponse() reads it", () => {
  for (
    const [kind, json] of [
      ["forgetMeAck", '{"ForgetMeAck":{}}'],
      ["rememberMeAck", '{"RememberMeAck":{}}'],
    ] as const
  ) {
    const control = sealResponse(SHARED_KEY, { kind }, random);
    const { nonce, ciphertext } = control;
    const plain = openGcmSiv(SHARED_KEY, nonce, ciphertext);
    assertEquals(new TextDecoder().decode(plain), json);
    assertEquals(openResponse(SHARED_KEY, control), { kind });
  }
});

Deno.test("openRequest() and openResponse() refuse other keys and flipped bits", () => {
  const request = sealRequest(
    SHARED_KEY,
    { kind: "forgetMe", client: true, stats: true },
    random,
  );
  assertThrows(() => openRequest(fill(32, 1), request), CryptoError);
  for (let byte = 0; byte < request.ciphertext.length; byte++) {
    const ciphertext = request.ciphertext.slice();
    ciphertext[byte]! ^= 1;
    const flipped = { ...request, ciphertext };
    assertThrows(() => openRequest(SHARED_KEY, flipped), CryptoError);
  }
  const empty = {
    kind: "encryptedResponse",
    nonce: fill(12, 1),
    ciphertext: new Uint8Array(0),
  } as const;
  assertThrows(() => openResponse(SHARED_KEY, empty), CryptoError);
});

Deno.test("openRequest() and openResponse() refuse everything else under seal", () => {
  for (
    const plain of [
      "",
      "null",
      "{}",
      '"ForgetMe"',
      '{"ForgetMe":{"client":true}}',
      '{"ForgetMe":{"client":1,"stats":true}}',
      '{"RememberMe":{"session_type":"native"}}',
      '{"UpgradeKey":{"hkdf_salt":[],"derived_key_digest":[]}}',
      Uint8Array.of(0xff),
      " ".repeat(48 * 1024 + 1),
    ]
  ) {
    const parts = sealed(plain);
    const request = { kind: "encryptedRequest", ...parts } as const;
    assertThrows(() => openRequest(SHARED_KEY, request), DecodeError);
    const response = { kind: "encryptedResponse", ...parts } as const;
    assertThrows(() => openResponse(SHARED_KEY, response), DecodeError);
  }
});
