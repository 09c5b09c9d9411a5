import { AsyncQueue } from "../../lib/async/queue.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import {
  type Ed25519KeyPair,
  generateEd25519,
} from "../../lib/crypto/ed25519.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import type { MixPacket } from "../../lib/message/mix_packet.ts";
import type {
  ConnectionEnd,
  FrameConnection,
} from "../../lib/transport/transport.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";
import { buildAuthentication } from "../../lib/wire/gateway/authenticate.ts";
import { decodePush, encodeForward } from "../../lib/wire/gateway/binary.ts";
import {
  advanceClientHandshake,
  beginClientHandshake,
} from "../../lib/wire/gateway/client_handshake.ts";
import {
  type ControlRequest,
  encodeControlRequest,
} from "../../lib/wire/gateway/control_request.ts";
import {
  type ControlResponse,
  decodeControlResponse,
} from "../../lib/wire/gateway/control_response.ts";
import type { GatewayProtocol } from "../../lib/wire/gateway/version.ts";

/** A gateway as its clients know it. */
export interface KnownGateway {
  readonly url: string;
  readonly identity: Uint8Array;
}

/** A gateway's client without any client behind it: whatever is sent, and whatever comes, a test sees frame by frame. */
export class RawClient implements AsyncDisposable {
  readonly identity: Ed25519KeyPair;
  sharedKey: Bytes = new Uint8Array(32);
  protocol: GatewayProtocol = 6;
  readonly #connection: FrameConnection;
  readonly #answers = new AsyncQueue<ControlResponse>({ capacity: 100_000 });
  readonly #pushes = new AsyncQueue<Bytes>({ capacity: 100_000 });
  readonly #reading: Promise<void>;

  private constructor(connection: FrameConnection, identity: Ed25519KeyPair) {
    this.identity = identity;
    this.#connection = connection;
    this.#reading = this.#read();
  }

  /** Connect and say nothing. */
  static async connect(
    url: string,
    identity = generateEd25519(systemRandom),
  ): Promise<RawClient> {
    return new RawClient(await connectWs(url), identity);
  }

  /** Connect, register and, unless told otherwise, claim bandwidth. */
  static async register(
    gateway: KnownGateway,
    { claim = true }: { claim?: boolean } = {},
  ): Promise<RawClient> {
    const client = await RawClient.connect(gateway.url);
    let { state, send } = beginClientHandshake({
      identity: client.identity,
      gateway: gateway.identity,
      protocol: client.protocol,
      random: systemRandom,
    });
    while (state.kind !== "registered") {
      for (const request of send) client.request(request);
      ({ state, send } = advanceClientHandshake(state, await client.answer()));
      if (state.kind === "failed") throw state.error;
    }
    client.sharedKey = state.sharedKey;
    client.protocol = state.protocol;
    if (claim) await client.claim();
    return client;
  }

  /** Connect again as the same client. What was stored for it waits in {@linkcode push} when this resolves. */
  async again(
    gateway: KnownGateway,
    now = Date.now(),
  ): Promise<RawClient> {
    const client = await RawClient.connect(gateway.url, this.identity);
    client.sharedKey = this.sharedKey;
    client.protocol = this.protocol;
    client.request(buildAuthentication({
      identity: this.identity,
      sharedKey: this.sharedKey,
      protocol: client.protocol,
      now,
      random: systemRandom,
    }));
    const answer = await client.answer();
    if (answer.kind !== "authenticate" || !answer.status) {
      throw new Error(`Cannot authenticate: ${JSON.stringify(answer)}`);
    }
    await client.claim();
    return client;
  }

  /** Send a control message. */
  request(request: ControlRequest): void {
    if (request.kind === "obsoleteCredential") throw new TypeError();
    this.#connection.send(encodeControlRequest(request));
  }

  /** The next control message that comes. */
  async answer(): Promise<ControlResponse> {
    const answer = await this.#answers.take();
    if (answer !== undefined) return answer;
    throw new Error("Cannot wait for an answer: the connection has ended");
  }

  /** Ask for bandwidth. */
  async claim(): Promise<ControlResponse> {
    this.request({ kind: "claimFreeTestnetBandwidth" });
    return await this.answer();
  }

  /** Hand a packet to the gateway and wait for its answer. */
  async forward(packet: MixPacket): Promise<ControlResponse> {
    this.post(packet);
    return await this.answer();
  }

  /** Hand a packet to the gateway. */
  post(packet: MixPacket): void {
    this.sendRaw(
      encodeForward(this.sharedKey, packet, this.protocol, systemRandom),
    );
  }

  /** Send a frame as it is. */
  sendRaw(frame: string | Uint8Array): void {
    this.#connection.send(frame);
  }

  /** The next payload that the gateway pushes. */
  async push(): Promise<Bytes> {
    const frame = await this.#pushes.take();
    if (frame !== undefined) return decodePush(this.sharedKey, frame);
    throw new Error("Cannot wait for a push: the connection has ended");
  }

  /** How many payloads were pushed and not taken. */
  get pushed(): number {
    return this.#pushes.size;
  }

  /** How the connection ended. */
  get closed(): Promise<ConnectionEnd> {
    return this.#connection.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connection[Symbol.asyncDispose]();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const frame of this.#connection.frames) {
      if (typeof frame === "string") {
        this.#answers.offer(decodeControlResponse(frame));
      } else this.#pushes.offer(frame);
    }
    this.#answers.close();
    this.#pushes.close();
  }
}
