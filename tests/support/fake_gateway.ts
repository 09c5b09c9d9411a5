import type { Clock } from "../../lib/async/clock.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { ConnectionError } from "../../lib/errors.ts";
import type { MixPacket } from "../../lib/message/mix_packet.ts";
import type { FrameConnection } from "../../lib/transport/transport.ts";
import {
  type AuthenticationMark,
  judgeAuthenticate,
  judgeAuthenticateV2,
} from "../../lib/wire/gateway/authenticate.ts";
import { decodeForward, encodePush } from "../../lib/wire/gateway/binary.ts";
import {
  type ControlRequest,
  decodeControlRequest,
} from "../../lib/wire/gateway/control_request.ts";
import {
  type ControlResponse,
  encodeControlResponse,
} from "../../lib/wire/gateway/control_response.ts";
import {
  advanceGatewayHandshake,
  beginGatewayHandshake,
  type GatewayHandshake,
} from "../../lib/wire/gateway/gateway_handshake.ts";
import type { GatewayProtocol } from "../../lib/wire/gateway/version.ts";
import { memoryPair } from "./memory_pair.ts";

/** A gateway for one client, in this process, that does as the test wants. */
export class FakeGateway {
  readonly identity = generateEd25519(systemRandom);
  readonly #clock: Clock;
  /** The version that it announces; numbers that we do not speak too. */
  announced: number = 6;
  /** The key that the client registered with. */
  sharedKey: Bytes | undefined;
  /** What it still takes, in bytes. */
  balance = 0;
  /** What a claim brings, in bytes; nothing refuses it. */
  grant: number | undefined = 2 ** 36;
  /** Whether it can be reached. */
  reachable = true;
  /** Whether it answers anything. */
  silent = false;
  /** Refuses whoever logs in. */
  refusal: string | undefined;
  /** What it pushes before it answers a registration or an authentication. */
  stored: Bytes[] = [];
  /** What happened, in order. */
  readonly log: string[] = [];
  /** Packets handed in. */
  readonly packets: MixPacket[] = [];
  /** Times of authentications, in seconds since 1970. */
  readonly timestamps: number[] = [];
  #mark: AuthenticationMark | undefined;
  #connection: FrameConnection | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Opens a connection to it. */
  readonly connect = (url: string): Promise<FrameConnection> => {
    this.log.push(`connect ${url}`);
    if (!this.reachable) {
      return Promise.reject(
        new ConnectionError(`Cannot connect to ${url}: connection refused`),
      );
    }
    const [near, far] = memoryPair();
    this.#connection = far;
    this.#serve(far);
    return Promise.resolve(near);
  };

  /** Push something to the client. */
  push(payload: Bytes): void {
    this.#connection!.send(encodePush(this.sharedKey!, payload, systemRandom));
  }

  /** Send text, or bytes that mean nothing. */
  sendRaw(frame: string | Bytes): void {
    this.#connection!.send(frame);
  }

  /** Cut the connection. */
  hangUp(): void {
    this.#connection?.close(1001, "gone");
  }

  async #serve(connection: FrameConnection): Promise<void> {
    const say = (response: ControlResponse) => {
      if (!this.silent) connection.send(encodeControlResponse(response));
    };
    let handshake: GatewayHandshake = beginGatewayHandshake({
      identity: this.identity,
      announced: this.announced as GatewayProtocol,
      random: systemRandom,
    });
    for await (const frame of connection.frames) {
      if (typeof frame !== "string") {
        this.#forward(frame, say);
        continue;
      }
      const request = decodeControlRequest(frame);
      this.log.push(request.kind);
      if (request.kind !== "handshakePayload") {
        this.#answer(request, connection, say);
        continue;
      }
      if (this.refusal !== undefined) {
        say({ kind: "handshakeError", message: this.refusal });
        continue;
      }
      const step = advanceGatewayHandshake(handshake, request);
      handshake = step.state;
      for (const response of step.send) say(response);
      if (handshake.kind !== "verified") continue;
      this.sharedKey = handshake.sharedKey;
      for (const payload of this.stored.splice(0)) this.push(payload);
      const { protocol } = handshake;
      say({ kind: "register", protocol, status: true, upgradeMode: false });
    }
  }

  #answer(
    request: ControlRequest,
    connection: FrameConnection,
    say: (response: ControlResponse) => void,
  ): void {
    switch (request.kind) {
      case "supportedProtocol":
        return say({ kind: "supportedProtocol", version: this.announced });
      case "claimFreeTestnetBandwidth":
        if (this.grant === undefined) {
          return say({ kind: "error", message: "only tickets here" });
        }
        this.balance = this.grant;
        return say({
          kind: "bandwidth",
          available: this.balance,
          upgradeMode: false,
        });
      case "authenticateV2":
        this.timestamps.push(request.timestamp);
    }
    if (
      request.kind !== "authenticateV2" && request.kind !== "authenticate"
    ) return;
    const context = {
      announced: this.announced as GatewayProtocol,
      now: this.#clock.wall(),
      client: this.sharedKey && { sharedKey: this.sharedKey, mark: this.#mark },
      sameSecond: false,
    };
    const verdict = request.kind === "authenticateV2"
      ? judgeAuthenticateV2(request, context)
      : judgeAuthenticate(request, context);
    if (verdict.kind !== "accepted" || this.refusal !== undefined) {
      const message = verdict.kind === "refused"
        ? verdict.message
        : this.refusal ?? "wrong key";
      this.log.push(`refused: ${message}`);
      say({ kind: "error", message });
      return connection.close();
    }
    this.#mark = verdict.mark;
    for (const payload of this.stored.splice(0)) this.push(payload);
    say({
      kind: "authenticate",
      protocol: verdict.protocol,
      status: true,
      remaining: this.balance,
      upgradeMode: false,
    });
  }

  #forward(frame: Bytes, say: (response: ControlResponse) => void): void {
    const packet = decodeForward(this.sharedKey!, frame);
    const { length } = packet.packet;
    if (this.balance < length) {
      this.log.push("starved");
      const available = this.balance;
      return say({ kind: "outOfBandwidth", required: length, available });
    }
    this.balance -= length;
    this.packets.push(packet);
    say({ kind: "send", remaining: this.balance, upgradeMode: false });
  }
}
