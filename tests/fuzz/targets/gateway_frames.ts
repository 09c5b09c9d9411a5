import { assertEquals } from "@std/assert";
import { concat } from "../../../lib/bytes/concat.ts";
import { sealGcmSiv } from "../../../lib/crypto/aes_gcm_siv.ts";
import { CryptoError, DecodeError } from "../../../lib/errors.ts";
import { encodeMixPacket } from "../../../lib/message/mix_packet.ts";
import { decodeForward, decodePush } from "../../../lib/wire/gateway/binary.ts";
import {
  type ControlRequest,
  decodeControlRequest,
  encodeControlRequest,
} from "../../../lib/wire/gateway/control_request.ts";
import {
  type ControlResponse,
  decodeControlResponse,
  encodeControlResponse,
} from "../../../lib/wire/gateway/control_response.ts";
import {
  openRequest,
  openResponse,
} from "../../../lib/wire/gateway/sealed_request.ts";
import { fill, SHARED_KEY } from "../../wire/gateway/fixtures.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { mutateJson } from "../mutate_text.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const NONCE = fill(12, 3);
const SEALED = { ciphertext: fill(40, 9), nonce: NONCE };
const PROOF = {
  identity: fill(32, 1),
  sealedIdentity: fill(48, 2),
  nonce: NONCE,
};
const DATA = fill(80, 200);

const REQUESTS: readonly Exclude<
  ControlRequest,
  { kind: "obsoleteCredential" }
>[] = [
  { kind: "supportedProtocol" },
  { kind: "handshakePayload", protocol: 3, data: DATA },
  { kind: "handshakeError", message: "no" },
  {
    kind: "authenticateV2",
    protocol: 6,
    ...PROOF,
    timestamp: 1_767_225_600,
    signature: fill(64, 4),
  },
  { kind: "authenticate", protocol: 3, ...PROOF },
  { kind: "claimFreeTestnetBandwidth" },
  { kind: "ecashCredential", ...SEALED },
  { kind: "upgradeModeJwt", token: "a.b.c" },
  { kind: "encryptedRequest", ...SEALED },
];

const ACCEPTED = { protocol: 5, status: true, upgradeMode: false };

const RESPONSES: readonly ControlResponse[] = [
  { kind: "supportedProtocol", version: 6 },
  { kind: "handshakePayload", protocol: 6, data: DATA },
  { kind: "handshakeError", message: "no" },
  { kind: "register", ...ACCEPTED },
  { kind: "authenticate", ...ACCEPTED, remaining: 10_000_000_000 },
  { kind: "bandwidth", available: 68_719_476_736, upgradeMode: true },
  { kind: "send", remaining: -1, upgradeMode: false },
  { kind: "encryptedResponse", ...SEALED },
  { kind: "error", message: "no" },
  { kind: "outOfBandwidth", required: 2413, available: 0 },
  { kind: "ticketReplay" },
];

const SEALED_REQUESTS = [
  { ForgetMe: { client: true, stats: false } },
  { RememberMe: { session_type: "Native" } },
];
const SEALED_RESPONSES = [{ ForgetMeAck: {} }, { RememberMeAck: {} }];

/** The frames between client and gateway, those under seal as a peer who holds the key can write them. */
export function gatewayFrameTargets(): FuzzTarget[] {
  const requests = REQUESTS.map(encodeControlRequest).map(parse);
  const responses = RESPONSES.map(encodeControlResponse).map(parse);
  const bodies = ([1, 2] as const).map((version) =>
    encodeMixPacket({
      packetType: 0,
      rotation: "odd",
      firstHop: { host: "1.2.3.4", port: 5 },
      packet: fill(386, 6),
    }, version)
  );
  const errors = [DecodeError, CryptoError];
  return [
    fuzzTarget({
      name: "gateway: requests",
      draw: (random) => mutateJson(random, requests),
      feed(text) {
        const request = decodeControlRequest(text);
        if (request.kind === "obsoleteCredential") return;
        const again = decodeControlRequest(encodeControlRequest(request));
        assertEquals(again, request);
      },
    }),
    fuzzTarget({
      name: "gateway: responses",
      draw: (random) => mutateJson(random, responses),
      feed(text) {
        const response = decodeControlResponse(text);
        const again = decodeControlResponse(encodeControlResponse(response));
        assertEquals(again, response);
      },
    }),
    fuzzTarget({
      name: "gateway: forward frames",
      draw: (random) => frame(random, bodies),
      feed: (frame) => decodeForward(SHARED_KEY, frame),
      errors,
    }),
    fuzzTarget({
      name: "gateway: push frames",
      draw: (random) => frame(random, bodies),
      feed: (frame) => decodePush(SHARED_KEY, frame),
      errors,
    }),
    fuzzTarget({
      name: "gateway: sealed requests",
      draw: (random) => seal(mutateJson(random, SEALED_REQUESTS)),
      feed: (ciphertext) =>
        openRequest(SHARED_KEY, {
          kind: "encryptedRequest",
          ciphertext,
          nonce: NONCE,
        }),
      errors,
    }),
    fuzzTarget({
      name: "gateway: sealed responses",
      draw: (random) => seal(mutateJson(random, SEALED_RESPONSES)),
      feed: (ciphertext) =>
        openResponse(SHARED_KEY, {
          kind: "encryptedResponse",
          ciphertext,
          nonce: NONCE,
        }),
      errors,
    }),
  ];
}

/** A binary frame: mostly whole around a changed body, at times changed itself. */
function frame(
  random: FuzzRandom,
  bodies: readonly Uint8Array[],
): Uint8Array {
  const head = Uint8Array.of(1 + random.below(2), random.below(2));
  const plain = mutateBytes(random, bodies);
  const body = head[1] === 1 ? sealGcmSiv(SHARED_KEY, NONCE, plain) : plain;
  const whole = concat(head, NONCE, body);
  return random.chance(0.2) ? mutateBytes(random, [whole]) : whole;
}

function seal(text: string): ReturnType<typeof sealGcmSiv> {
  return sealGcmSiv(SHARED_KEY, NONCE, new TextEncoder().encode(text));
}

function parse(text: string): unknown {
  return JSON.parse(text);
}
