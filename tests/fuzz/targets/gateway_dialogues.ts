import { assert, assertEquals } from "@std/assert";
import type { Bytes } from "../../../lib/bytes/brand.ts";
import {
  buildAuthentication,
  judgeAuthenticate,
  judgeAuthenticateV2,
} from "../../../lib/wire/gateway/authenticate.ts";
import {
  advanceClientHandshake,
  beginClientHandshake,
  type ClientHandshake,
} from "../../../lib/wire/gateway/client_handshake.ts";
import {
  decodeControlRequest,
  encodeControlRequest,
} from "../../../lib/wire/gateway/control_request.ts";
import type { ControlResponse } from "../../../lib/wire/gateway/control_response.ts";
import {
  advanceGatewayHandshake,
  beginGatewayHandshake,
  type GatewayHandshake,
} from "../../../lib/wire/gateway/gateway_handshake.ts";
import { recordedRandom } from "../../support/recorded_random.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import {
  CLIENT,
  DRAWS,
  GATEWAY,
  MESSAGES,
  SHARED_KEY,
} from "../../wire/gateway/fixtures.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { mutateJson } from "../mutate_text.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const NOW = 1_767_225_600_000;
const OK = Uint8Array.of(1);
const REGISTER = {
  kind: "register" as const,
  protocol: 6,
  status: true,
  upgradeMode: false,
};

/** What a peer says, whether anything was changed in it. */
interface Steps<T> {
  readonly steps: readonly T[];
}

/**
 * Registration and authentication, both sides, with one message of the peer changed: the state machines end in failure, they
 * do not throw, and a changed proof is never believed.
 */
export function gatewayDialogueTargets(): FuzzTarget[] {
  const requests = ([3, 5] as const).map((protocol) =>
    JSON.parse(encodeControlRequest(buildAuthentication({
      identity: CLIENT,
      sharedKey: SHARED_KEY,
      protocol,
      now: NOW,
      random: seededRandom(4),
    })))
  );
  const wholes = requests.map((request) =>
    decodeControlRequest(JSON.stringify(request))
  );
  return [
    fuzzTarget({
      name: "gateway: handshake of a client",
      draw: (random): Steps<ControlResponse> => ({
        steps: [
          payload(random, MESSAGES.gatewayProof),
          payload(random, OK),
          random.chance(0.9) ? REGISTER : { ...REGISTER, status: false },
        ],
      }),
      feed({ steps }) {
        let { state }: { state: ClientHandshake } = beginClientHandshake({
          identity: CLIENT,
          gateway: GATEWAY.public,
          protocol: 6,
          random: recordedRandom(DRAWS.x, DRAWS.salt, DRAWS.clientNonce),
        });
        for (const step of steps) {
          state = advanceClientHandshake(state, step).state;
        }
        if (state.kind !== "registered") return;
        assertEquals(steps[0], payloadOf(MESSAGES.gatewayProof, steps[0]!));
      },
    }),
    fuzzTarget({
      name: "gateway: handshake of a gateway",
      draw: (random) => ({
        steps: [
          payload(random, MESSAGES.hello),
          payload(random, MESSAGES.clientProof),
        ],
      }),
      feed({ steps }) {
        let state: GatewayHandshake = beginGatewayHandshake({
          identity: GATEWAY,
          announced: 6,
          random: recordedRandom(DRAWS.y, DRAWS.gatewayNonce),
        });
        for (const step of steps) {
          state = advanceGatewayHandshake(state, step).state;
        }
        if (state.kind !== "verified") return;
        assertEquals(steps[0], payloadOf(MESSAGES.hello, steps[0]!));
        assertEquals(steps[1], payloadOf(MESSAGES.clientProof, steps[1]!));
      },
    }),
    fuzzTarget({
      name: "gateway: authentication",
      draw: (random) => ({
        text: mutateJson(random, requests),
        announced: random.pick([3, 4, 5, 6] as const),
      }),
      feed({ text, announced }) {
        const request = decodeControlRequest(text);
        const client = { sharedKey: SHARED_KEY };
        const context = { announced, now: NOW, client };
        if (request.kind === "authenticateV2") {
          const verdict = judgeAuthenticateV2(request, context);
          if (verdict.kind === "accepted") assertEquals(request, wholes[1]);
        } else if (request.kind === "authenticate") {
          // The version is all that this one does not protect, and it must be 3.
          const verdict = judgeAuthenticate(request, context);
          if (verdict.kind === "accepted") {
            assert(announced === 3);
            assertEquals({ ...request, protocol: 3 }, wholes[0]);
          }
        }
      },
    }),
  ];
}

/** A step of a registration, three times of four with something changed. */
function payload(random: FuzzRandom, valid: Bytes) {
  const protocol = random.pick([undefined, 0, 2, 3, 4, 5, 6, 7, 255]);
  const changed = random.chance(0.5);
  return {
    kind: "handshakePayload" as const,
    protocol: changed ? protocol : 6,
    data: changed ? mutateBytes(random, [valid]) : valid,
  };
}

/** The same step with the data that it should have. */
function payloadOf<T>(data: Bytes, step: T): T {
  return { ...step, data };
}
