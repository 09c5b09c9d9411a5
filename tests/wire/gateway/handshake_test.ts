import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import fc from "fast-check";
import { generateEd25519 } from "../../../lib/crypto/ed25519.ts";
import {
  CryptoError,
  DecodeError,
  EXIT,
  ProtocolError,
} from "../../../lib/errors.ts";
import {
  advanceClientHandshake,
  beginClientHandshake,
  type ClientHandshake,
  type ClientHandshakeInput,
} from "../../../lib/wire/gateway/client_handshake.ts";
import type { ControlRequest } from "../../../lib/wire/gateway/control_request.ts";
import type { ControlResponse } from "../../../lib/wire/gateway/control_response.ts";
import {
  advanceGatewayHandshake,
  beginGatewayHandshake,
  type GatewayHandshake,
} from "../../../lib/wire/gateway/gateway_handshake.ts";
import type { GatewayProtocol } from "../../../lib/wire/gateway/version.ts";
import { recordedRandom } from "../../support/recorded_random.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { CLIENT, DRAWS, GATEWAY, MESSAGES, SHARED_KEY } from "./fixtures.ts";

function beginClient(change: Partial<ClientHandshakeInput> = {}) {
  return beginClientHandshake({
    identity: CLIENT,
    gateway: GATEWAY.public,
    protocol: 6,
    random: recordedRandom(DRAWS.x, DRAWS.salt, DRAWS.clientNonce),
    ...change,
  });
}

function beginGateway(announced: GatewayProtocol = 6) {
  return beginGatewayHandshake({
    identity: GATEWAY,
    announced,
    random: recordedRandom(DRAWS.y, DRAWS.gatewayNonce),
  });
}

function payload(
  data: Uint8Array,
  protocol: number | undefined = 6,
): ControlRequest & ControlResponse {
  return { kind: "handshakePayload", protocol, data: Uint8Array.from(data) };
}

const REGISTERED: ControlResponse = {
  kind: "register",
  protocol: 6,
  status: true,
  upgradeMode: false,
};

/** A client that has sent its proof, and one that only waits for `register`. */
function clientAfterProof(): ClientHandshake {
  return advanceClientHandshake(
    beginClient().state,
    payload(MESSAGES.gatewayProof),
  ).state;
}

function clientAfterConfirmation(): ClientHandshake {
  const confirmed = payload(Uint8Array.of(1));
  return advanceClientHandshake(clientAfterProof(), confirmed).state;
}

function gatewayAfterHello(): GatewayHandshake {
  return advanceGatewayHandshake(beginGateway(), payload(MESSAGES.hello)).state;
}

/** What a failed client leaves. */
function failure(state: ClientHandshake | GatewayHandshake) {
  assert(state.kind === "failed", `state is ${state.kind}`);
  return state.error;
}

Deno.test("client handshake follows the published vector", () => {
  const hello = beginClient();
  assertEquals(hello.send, [payload(MESSAGES.hello)]);
  const proof = advanceClientHandshake(
    hello.state,
    payload(MESSAGES.gatewayProof),
  );
  assertEquals(proof.send, [payload(MESSAGES.clientProof)]);
  const confirmed = advanceClientHandshake(
    proof.state,
    payload(Uint8Array.of(1)),
  );
  assert(confirmed.state.kind === "awaitingRegistration");
  assertEquals(confirmed.state.sharedKey, SHARED_KEY);
  assertEquals(confirmed.send, []);
  const registered = advanceClientHandshake(confirmed.state, REGISTERED);
  assertEquals(registered, {
    state: {
      kind: "registered",
      sharedKey: SHARED_KEY,
      protocol: 6,
      upgradeMode: false,
    },
    send: [],
  });
});

Deno.test("gateway handshake follows the published vector", () => {
  const proof = advanceGatewayHandshake(
    beginGateway(),
    payload(MESSAGES.hello),
  );
  assertEquals(proof.send, [payload(MESSAGES.gatewayProof)]);
  const verified = advanceGatewayHandshake(
    proof.state,
    payload(MESSAGES.clientProof),
  );
  assertEquals(verified, {
    state: {
      kind: "verified",
      client: CLIENT.public,
      sharedKey: SHARED_KEY,
      protocol: 6,
    },
    send: [payload(Uint8Array.of(1))],
  });
});

Deno.test("gateway handshake echoes the proposal and answers 5 to a client that proposes 3", () => {
  const proof = advanceGatewayHandshake(
    beginGateway(),
    payload(MESSAGES.hello, 3),
  );
  assertEquals(proof.send, [payload(MESSAGES.gatewayProof, 3)]);
  const { state, send } = advanceGatewayHandshake(
    proof.state,
    payload(MESSAGES.clientProof, 3),
  );
  assertEquals(send, [payload(Uint8Array.of(1), 3)]);
  assert(state.kind === "verified");
  assertEquals(state.protocol, 5);
});

Deno.test("both handshakes agree on a key, whatever the versions and keys", () => {
  const version = fc.constantFrom<GatewayProtocol>(3, 4, 5, 6);
  const seed = fc.nat(2 ** 32 - 1);
  fc.assert(
    fc.property(version, version, seed, (protocol, announced, seed) => {
      const random = seededRandom(seed);
      const identity = generateEd25519(random);
      const gateway = generateEd25519(random);
      let gatewayState: GatewayHandshake = beginGatewayHandshake({
        identity: gateway,
        announced,
        random,
      });
      const first = beginClientHandshake({
        identity,
        gateway: gateway.public,
        protocol,
        random,
      });
      let clientState = first.state;
      let requests = first.send;
      while (requests.length > 0) {
        const answer = advanceGatewayHandshake(gatewayState, requests[0]!);
        gatewayState = answer.state;
        const next = advanceClientHandshake(clientState, answer.send[0]!);
        clientState = next.state;
        requests = next.send;
      }
      assert(gatewayState.kind === "verified");
      const { client, sharedKey, protocol: negotiated } = gatewayState;
      assertEquals(client, identity.public);
      const registered = { ...REGISTERED, protocol: negotiated };
      const end = advanceClientHandshake(clientState, registered).state;
      assert(end.kind === "registered");
      assertEquals(end.sharedKey, sharedKey);
      assertEquals(end.protocol, negotiated);
      assert(negotiated <= announced);
    }),
    { numRuns: 25 },
  );
});

Deno.test("client handshake refuses a proof with any bit flipped, cut or prolonged", () => {
  const { gatewayProof } = MESSAGES;
  for (let byte = 0; byte < gatewayProof.length; byte++) {
    const flipped = gatewayProof.slice();
    flipped[byte]! ^= 1 << (byte % 8);
    const { state, send } = advanceClientHandshake(
      beginClient().state,
      payload(flipped),
    );
    const error = failure(state);
    assertInstanceOf(error, CryptoError);
    assertEquals(error.exitCode, EXIT.down);
    assertEquals(send, [{ kind: "handshakeError", message: error.message }]);
  }
  const longer = new Uint8Array([...gatewayProof, 0]);
  const shorter = gatewayProof.keys().map((n) => gatewayProof.subarray(0, n));
  for (const data of [longer, ...shorter]) {
    const { state } = advanceClientHandshake(
      beginClient().state,
      payload(data),
    );
    assertInstanceOf(failure(state), DecodeError);
  }
});

Deno.test("client handshake refuses a gateway other than the one it wants", () => {
  const { state } = advanceClientHandshake(
    beginClient({ gateway: CLIENT.public }).state,
    payload(MESSAGES.gatewayProof),
  );
  assertEquals(
    failure(state).message,
    "Cannot register with gateway AKnL4N…: it does not prove that it is the one",
  );
});

Deno.test("client handshake refuses a point of small order", () => {
  const data = MESSAGES.gatewayProof.slice();
  data.fill(0, 0, 32);
  const { state } = advanceClientHandshake(beginClient().state, payload(data));
  assertInstanceOf(failure(state), CryptoError);
});

Deno.test("client handshake fails with the gateway's own words", () => {
  for (const kind of ["error", "handshakeError"] as const) {
    for (
      const state of [
        beginClient().state,
        clientAfterProof(),
        clientAfterConfirmation(),
      ]
    ) {
      const message = `No\u001b\u0007way${"!".repeat(300)}`;
      const step = advanceClientHandshake(state, { kind, message });
      const error = failure(step.state);
      assertInstanceOf(error, ProtocolError);
      assertEquals(
        error.message,
        `Cannot register with gateway 9hSR6S…: it says "No way${
          "!".repeat(194)
        }…"`,
      );
      assertEquals(error.exitCode, EXIT.down);
      assertEquals(step.send, []);
    }
  }
});

Deno.test("client handshake fails unless the confirmation is 1", () => {
  for (const data of [[0], [2], [], [1, 1]]) {
    const { state } = advanceClientHandshake(
      clientAfterProof(),
      payload(Uint8Array.from(data)),
    );
    assertInstanceOf(failure(state), ProtocolError);
  }
});

Deno.test("client handshake fails if it is not registered, or in a version that it does not speak", () => {
  for (
    const change of [{ status: false }, { protocol: 7 }, { protocol: 2 }]
  ) {
    const { state } = advanceClientHandshake(
      clientAfterConfirmation(),
      { ...REGISTERED, ...change },
    );
    assertInstanceOf(failure(state), ProtocolError);
  }
});

Deno.test("client handshake takes what it proposed where register names no version", () => {
  const { state } = advanceClientHandshake(
    clientAfterConfirmation(),
    { ...REGISTERED, protocol: undefined, upgradeMode: true },
  );
  assert(state.kind === "registered");
  assertEquals(state.protocol, 6);
  assert(state.upgradeMode);
});

Deno.test("client handshake ignores frames that do not belong to it", () => {
  const send: ControlResponse = {
    kind: "send",
    remaining: 1,
    upgradeMode: false,
  };
  const states = [
    [beginClient().state, [send, REGISTERED]],
    [clientAfterProof(), [send, REGISTERED]],
    [clientAfterConfirmation(), [send, payload(Uint8Array.of(0))]],
  ] as const;
  for (const [state, responses] of states) {
    for (const response of responses) {
      const step = advanceClientHandshake(state, response);
      assertEquals(step, { state, send: [] });
    }
  }
});

Deno.test("handshakes that are over stay as they are", () => {
  const clientEnd = advanceClientHandshake(
    clientAfterConfirmation(),
    REGISTERED,
  ).state;
  const error: ControlResponse = { kind: "error", message: "no" };
  assertEquals(advanceClientHandshake(clientEnd, error).state, clientEnd);
  const gatewayEnd = advanceGatewayHandshake(
    gatewayAfterHello(),
    payload(MESSAGES.clientProof),
  ).state;
  assertEquals(
    advanceGatewayHandshake(gatewayEnd, payload(MESSAGES.hello)).state,
    gatewayEnd,
  );
});

Deno.test("gateway handshake refuses hellos without a salt, of other lengths and of old versions", () => {
  const { hello } = MESSAGES;
  for (
    const [data, version, message] of [
      [
        hello.subarray(0, 64),
        3,
        "Cannot decode client hello: salt at offset 64: need 16 bytes, have 0",
      ],
      [
        new Uint8Array([...hello, 0]),
        6,
        "Cannot decode client hello: 1 bytes too many at offset 80",
      ],
      [
        hello,
        2,
        "Cannot register client: need protocol version 3 or newer, have 2",
      ],
    ] as const
  ) {
    const { state, send } = advanceGatewayHandshake(
      beginGateway(),
      payload(data, version),
    );
    assertEquals(failure(state).message, message);
    assertEquals(send, [{ kind: "handshakeError", message }]);
  }
  const nameless = { ...payload(hello), protocol: undefined };
  failure(advanceGatewayHandshake(beginGateway(), nameless).state);
});

Deno.test("gateway handshake refuses a proof with any bit flipped, cut or prolonged", () => {
  const { clientProof } = MESSAGES;
  for (let byte = 0; byte < clientProof.length; byte++) {
    const flipped = clientProof.slice();
    flipped[byte]! ^= 1 << (byte % 8);
    const { state, send } = advanceGatewayHandshake(
      gatewayAfterHello(),
      payload(flipped),
    );
    assertInstanceOf(failure(state), CryptoError);
    assertEquals(send.map(({ kind }) => kind), ["handshakeError"]);
  }
  const longer = new Uint8Array([...clientProof, 0]);
  const shorter = clientProof.keys().map((n) => clientProof.subarray(0, n));
  for (const data of [longer, ...shorter]) {
    const { state } = advanceGatewayHandshake(
      gatewayAfterHello(),
      payload(data),
    );
    assertInstanceOf(failure(state), ProtocolError);
  }
});

Deno.test("gateway handshake refuses who does not hold the identity's key", () => {
  const thief = {
    public: CLIENT.public,
    secret: GATEWAY.secret,
  };
  const hello = beginClient({ identity: thief });
  const answer = advanceGatewayHandshake(beginGateway(), hello.send[0]!);
  const proof = advanceClientHandshake(hello.state, answer.send[0]!);
  const { state } = advanceGatewayHandshake(answer.state, proof.send[0]!);
  assertInstanceOf(failure(state), CryptoError);
});

Deno.test("gateway handshake ends when the client gives up, and ignores everything else", () => {
  const gone: ControlRequest = { kind: "handshakeError", message: "bye" };
  for (const state of [beginGateway(), gatewayAfterHello()]) {
    const ignored = advanceGatewayHandshake(state, {
      kind: "supportedProtocol",
    });
    assertEquals(ignored, { state, send: [] });
    const step = advanceGatewayHandshake(state, gone);
    assertEquals(step.send, []);
    assertEquals(
      failure(step.state).message,
      'Cannot register client: it says "bye"',
    );
  }
});

Deno.test("handshakes wipe secrets that are no longer needed", () => {
  const client = beginClient();
  assert(client.state.kind === "awaitingProof");
  const { secret } = client.state.ephemeral;
  advanceClientHandshake(client.state, payload(MESSAGES.gatewayProof));
  assertEquals(secret, new Uint8Array(32));
  const gateway = beginGateway();
  assert(gateway.kind === "awaitingHello");
  const own = gateway.ephemeral.secret;
  const { state } = advanceGatewayHandshake(gateway, payload(MESSAGES.hello));
  assertEquals(own, new Uint8Array(32));
  assert(state.kind === "awaitingProof");
  advanceGatewayHandshake(state, payload(new Uint8Array(92)));
  assertEquals(state.sharedKey, new Uint8Array(32));
});
