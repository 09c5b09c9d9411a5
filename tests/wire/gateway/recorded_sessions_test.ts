import anonymous from "../../fixtures/vectors/official-client-anonymous-and-reply.json" with {
  type: "json",
};
import protocol4 from "../../fixtures/vectors/official-client-gateway-protocol-4.json" with {
  type: "json",
};
import noMixHops from "../../fixtures/vectors/official-client-no-mix-hops.json" with {
  type: "json",
};
import plain from "../../fixtures/vectors/official-client-plain-two-gateways.json" with {
  type: "json",
};
import { assert, assertEquals } from "@std/assert";
import { decodeBase58 } from "../../../lib/bytes/base58.ts";
import type { Bytes } from "../../../lib/bytes/brand.ts";
import { ed25519PublicKey } from "../../../lib/crypto/ed25519.ts";
import { x25519PublicKey } from "../../../lib/crypto/x25519.ts";
import { CryptoError } from "../../../lib/errors.ts";
import type { MixPacket } from "../../../lib/message/mix_packet.ts";
import {
  buildAuthentication,
  judgeAuthenticateV2,
} from "../../../lib/wire/gateway/authenticate.ts";
import {
  decodeForward,
  decodePush,
  encodeForward,
  encodePush,
} from "../../../lib/wire/gateway/binary.ts";
import {
  advanceClientHandshake,
  beginClientHandshake,
} from "../../../lib/wire/gateway/client_handshake.ts";
import {
  type AuthenticateV2Request,
  decodeControlRequest,
  encodeControlRequest,
} from "../../../lib/wire/gateway/control_request.ts";
import {
  decodeControlResponse,
  encodeControlResponse,
} from "../../../lib/wire/gateway/control_response.ts";
import {
  advanceGatewayHandshake,
  beginGatewayHandshake,
} from "../../../lib/wire/gateway/gateway_handshake.ts";
import type { GatewayProtocol } from "../../../lib/wire/gateway/version.ts";
import { unhex } from "../../support/hex.ts";
import { recordedRandom } from "../../support/recorded_random.ts";

const RECORDINGS = [anonymous, protocol4, noMixHops, plain];

interface TextFrame {
  readonly dir: string;
  readonly text: string;
  readonly time: number;
}

/** The text frames of a recording, connection by connection. */
function connections(recording: typeof RECORDINGS[number]): TextFrame[][] {
  const all: TextFrame[][] = [];
  for (const event of recording.websocket) {
    if (event.dir === "open") all.push([]);
    if (!("data" in event) || typeof event.data !== "string") continue;
    all.at(-1)!.push({ dir: event.dir, text: event.data, time: event.t });
  }
  return all;
}

function isHandshake({ text }: TextFrame): boolean {
  return text.includes("handshakePayload");
}

/** The client of a recording that holds this identity, and the state that its gateway was in. */
function participants(
  recording: typeof RECORDINGS[number],
  identity: Uint8Array,
) {
  const digits = identity.toHex();
  const client = recording.clients.find((client) =>
    client.identity_public_hex === digits
  )!;
  const state = recording.gateway_states.find((state) =>
    state.client === digits
  )!;
  const node = recording.network.nodes.find((node) =>
    node.node_id === state.gateway
  )!;
  const key = (digits: string) => {
    const secret = unhex(digits);
    return { secret, public: ed25519PublicKey(secret) };
  };
  const gateway = key(node.identity_private_hex);
  assertEquals(gateway.public, decodeBase58(node.identity_public_b58));
  return {
    client: key(client.identity_private_hex),
    gateway,
    sharedKey: unhex(client.gateway_shared_key_hex),
    handshake: state.hs,
  };
}

/** The draw of a recording that is the secret of this X25519 key. */
function drawnSecret(
  recording: typeof RECORDINGS[number],
  publicKey: Uint8Array,
): Bytes {
  const digits = publicKey.toHex();
  const draw = recording.random_draws.find((draw) =>
    draw.length === 64 && x25519PublicKey(unhex(draw)).toHex() === digits
  );
  return unhex(draw!);
}

Deno.test("text frames of every recording are read, and written as they were", () => {
  let count = 0;
  for (const { dir, text } of RECORDINGS.flatMap(connections).flat()) {
    if (dir === "client->gw") {
      const request = decodeControlRequest(text);
      assert(request.kind !== "obsoleteCredential");
      assertEquals(encodeControlRequest(request), text);
    } else {
      const response = decodeControlResponse(text);
      const written = encodeControlResponse(response);
      // The recorded gateway is older than the flag.
      assertEquals(written.replace(',"upgrade_mode":false', ""), text);
    }
    count++;
  }
  assertEquals(count, 76);
});

Deno.test("handshakes of every recording come out the same on both sides", () => {
  let count = 0;
  for (const recording of RECORDINGS) {
    for (const frames of connections(recording)) {
      const recorded = frames.filter(isHandshake).map(({ text }) => text);
      if (recorded.length === 0) continue;
      const [hello, proof, answer] = recorded.map(decodeControlRequest)
        .map((frame) => frame.kind === "handshakePayload" ? frame.data : null);
      const { client, gateway, sharedKey, handshake } = participants(
        recording,
        hello!.subarray(0, 32),
      );
      const ephemeral = drawnSecret(recording, hello!.subarray(32, 64));
      const salt = unhex(handshake.salt);
      const announced = recording.protocol as GatewayProtocol;

      let gatewayState = beginGatewayHandshake({
        identity: gateway,
        announced,
        random: recordedRandom(
          unhex(handshake.gwEphPrivate),
          proof!.subarray(-12),
        ),
      });
      let { state, send } = beginClientHandshake({
        identity: client,
        gateway: gateway.public,
        protocol: 3,
        random: recordedRandom(ephemeral, salt, answer!.subarray(-12)),
      });
      const written: string[] = [];
      while (send.length > 0) {
        written.push(...send.map(encodeRequest));
        const step = advanceGatewayHandshake(gatewayState, send[0]!);
        gatewayState = step.state;
        written.push(...step.send.map(encodeControlResponse));
        ({ state, send } = advanceClientHandshake(state, step.send[0]!));
      }
      assertEquals(written, recorded);
      assert(gatewayState.kind === "verified");
      assertEquals(gatewayState.sharedKey, sharedKey);
      assertEquals(gatewayState.protocol, announced);
      const register = frames.find(({ text }) => text.includes("register"))!;
      const end = advanceClientHandshake(
        state,
        decodeControlResponse(register.text),
      ).state;
      assertEquals(end, {
        kind: "registered",
        sharedKey,
        protocol: announced,
        upgradeMode: false,
      });
      count++;
    }
  }
  assertEquals(count, 6);
});

Deno.test("authentications of every recording are accepted, and built as they were", () => {
  let count = 0;
  for (const recording of RECORDINGS) {
    const frames = connections(recording).flat();
    for (const { text, time: now } of frames) {
      if (!text.includes("authenticateV2")) continue;
      const request = decodeControlRequest(text) as AuthenticateV2Request;
      const { client, sharedKey } = participants(recording, request.identity);
      const announced = recording.protocol as GatewayProtocol;
      const verdict = judgeAuthenticateV2(request, {
        announced,
        now,
        client: { sharedKey },
      });
      assert(verdict.kind === "accepted");
      assertEquals(verdict.protocol, announced);
      const built = buildAuthentication({
        identity: client,
        sharedKey,
        protocol: 4,
        now: request.timestamp * 1000 + 999,
        random: recordedRandom(request.nonce),
      });
      assertEquals(encodeControlRequest(built), text);
      count++;
    }
  }
  assertEquals(count, 6);
});

Deno.test("forwarded packets of every recording are opened with the sender's key alone, and framed as they were", () => {
  let count = 0;
  for (const recording of RECORDINGS) {
    for (const packet of recording.packets) {
      const frame = unhex(packet.frame_hex);
      const opened = recording.clients
        .map((client) => unhex(client.gateway_shared_key_hex))
        .map((key) => ({ key, mixPacket: tryForward(key, frame) }))
        .filter(({ mixPacket }) => mixPacket !== undefined);
      assertEquals(opened.length, 1);
      const { key, mixPacket } = opened[0]!;
      assertEquals(mixPacket, {
        packetType: 0,
        rotation: packet.key_rotation === 1 ? "odd" : "unknown",
        firstHop: { host: packet.first.host, port: packet.first.port },
        packet: unhex(packet.hops[0]!.packet_hex),
      });
      const framed = encodeForward(
        key,
        mixPacket!,
        recording.protocol as GatewayProtocol,
        recordedRandom(frame.subarray(2, 14)),
      );
      assertEquals(framed, frame);
      assertEquals(frame[0], packet.request_kind);
      count++;
    }
  }
  assertEquals(count, 10);
});

Deno.test("what the recorded last hops found is pushed and read back", () => {
  for (const recording of RECORDINGS) {
    const [client] = recording.clients;
    const key = unhex(client!.gateway_shared_key_hex);
    for (const { final_split: { pushed_to_client_hex } } of recording.packets) {
      const payload = unhex(pushed_to_client_hex);
      assertEquals(payload.length, 1643);
      const random = recordedRandom(new Uint8Array(12));
      assertEquals(decodePush(key, encodePush(key, payload, random)), payload);
    }
  }
});

/** The handshake of a client has none of the requests that cannot be written. */
function encodeRequest(
  request: Parameters<typeof advanceGatewayHandshake>[1],
): string {
  assert(request.kind !== "obsoleteCredential");
  return encodeControlRequest(request);
}

function tryForward(
  key: Uint8Array,
  frame: Uint8Array,
): MixPacket | undefined {
  try {
    return decodeForward(key, frame);
  } catch (error) {
    assert(error instanceof CryptoError);
    return undefined;
  }
}
