import type { Bytes } from "../bytes/brand.ts";
import { systemRandom } from "../crypto/random.ts";
import { ConnectionError, CryptoError, DecodeError } from "../errors.ts";
import type { FrameConnection } from "../transport/transport.ts";
import { decodeForward, encodePush } from "../wire/gateway/binary.ts";
import {
  type ControlRequest,
  decodeControlRequest,
} from "../wire/gateway/control_request.ts";
import {
  type ControlResponse,
  encodeControlResponse,
} from "../wire/gateway/control_response.ts";
import { openRequest, sealResponse } from "../wire/gateway/sealed_request.ts";
import type { GatewayProtocol } from "../wire/gateway/version.ts";
import { mixFrameOf } from "../wire/mix/frame.ts";
import type { FrameReader } from "./frame_reader.ts";
import type { StoredMessage } from "./gateway_store.ts";
import type { NodeCore } from "./node.ts";
import { type Push, Unconfirmed } from "./unconfirmed.ts";

/** Bytes that may wait for a client that does not read; with more its session ends, and its messages go to the inbox. */
const MAX_BUFFERED = 16 * 1024 * 1024;

/** How often a client is asked at most what it has, in milliseconds. What it did not say when it leaves, it gets again. */
const ASK_EVERY_MS = 100;

/** What a claim for bandwidth gives (nymtech/nym, common/credential-verification/src/bandwidth_storage_manager.rs): 64 GiB. */
const FREE_BANDWIDTH = 64 * 1024 ** 3;

/** What a session asks of the gateway that it belongs to. */
export interface SessionContext {
  /** What the gateway has in common with a mix node. */
  readonly core: NodeCore;
  /** The version that the gateway announces. */
  readonly announced: GatewayProtocol;
  /** Bytes that the client may still send. */
  readonly bandwidth: {
    get(): number;
    set(bytes: number): void;
  };
  /** Forget the client, its key and its inbox. */
  readonly forget: () => void;
  /** The client has messages that were kept for it. */
  readonly collected: (messages: StoredMessage[]) => void;
}

/** The conversation of a gateway with one client that it has let in. */
export class ClientSession {
  /** The client's identity, 32 bytes. */
  readonly client: Bytes;
  readonly #sharedKey: Bytes;
  readonly #connection: FrameConnection;
  readonly #context: SessionContext;
  readonly #unconfirmed = new Unconfirmed();
  readonly #over = new AbortController();
  #asking = false;
  #askedAt = -Infinity;

  /** Have a client that has proven who it is. */
  constructor(
    client: Bytes,
    sharedKey: Bytes,
    connection: FrameConnection,
    context: SessionContext,
  ) {
    this.client = client;
    this.#sharedKey = sharedKey;
    this.#connection = connection;
    this.#context = context;
  }

  /** Answer the client until it leaves. What it must not send ends the session, after a word about it. */
  async serve(reader: FrameReader): Promise<void> {
    const { gate, counts } = this.#context.core;
    try {
      for (;;) {
        const frame = await reader.next();
        if (frame === undefined) return;
        if (gate.closed) await gate.passed();
        if (typeof frame === "string") this.#control(frame);
        else this.#forward(frame);
        if (this.#isSlow()) return;
      }
    } catch (error) {
      // A client that left while it was answered has left, and no more.
      if (error instanceof ConnectionError) return;
      if (!(error instanceof DecodeError || error instanceof CryptoError)) {
        throw error;
      }
      counts.add("malformedClientFrames");
      sayLastWord(this.#connection, error.message);
    } finally {
      this.close();
    }
  }

  /** Send a control message. */
  answer(response: ControlResponse): void {
    this.#connection.send(encodeControlResponse(response));
  }

  /** Push what the last hop found, or what was stored. Returns false if the client does not read, which ends the session. */
  push(payload: Bytes, stored?: StoredMessage): boolean {
    if (this.#isSlow()) return false;
    this.#connection.send(encodePush(this.#sharedKey, payload, systemRandom));
    this.#settle(this.#unconfirmed.add({ payload, stored }));
    this.#askForWord().catch(this.#context.core.onFailure);
    return true;
  }

  /** Nothing more is pushed. Returns what the client may not have and nobody stored, oldest first. */
  retire(): Bytes[] {
    this.close();
    return this.#unconfirmed.takeAll()
      .filter(({ stored }) => stored === undefined)
      .map(({ payload }) => payload);
  }

  /**
   * Wait until everything has left for the client.
   *
   * @throws {ConnectionError} If the client left.
   */
  async drained(): Promise<void> {
    await this.#connection.drained(0);
  }

  /** End the session. */
  close(): void {
    this.#over.abort();
    this.#connection.close();
  }

  /** One question at a time, and not too often: its answer is about all that was pushed before it. */
  async #askForWord(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const { clock } = this.#context.core;
    try {
      while (!this.#unconfirmed.empty) {
        await clock.until(this.#askedAt + ASK_EVERY_MS, this.#over.signal);
        this.#askedAt = clock.now();
        const { total } = this.#unconfirmed;
        await this.#connection.confirmed();
        this.#settle(this.#unconfirmed.confirm(total));
      }
    } catch (error) {
      // It left; what it did not confirm is taken care of by whoever retires the session.
      if (this.#over.signal.aborted || error instanceof ConnectionError) return;
      throw error;
    } finally {
      this.#asking = false;
    }
  }

  #settle(pushes: readonly Push[]): void {
    const stored = pushes.flatMap(({ stored }) => stored ?? []);
    if (stored.length > 0) this.#context.collected(stored);
  }

  #isSlow(): boolean {
    if (this.#connection.bufferedAmount <= MAX_BUFFERED) return false;
    this.#context.core.counts.add("slowClients");
    this.close();
    return true;
  }

  #control(text: string): void {
    const request = decodeControlRequest(text);
    switch (request.kind) {
      case "supportedProtocol":
        return this.answer({
          kind: "supportedProtocol",
          version: this.#context.announced,
        });
      case "handshakePayload":
      case "handshakeError":
      case "authenticate":
      case "authenticateV2":
        return this.answer({
          kind: "error",
          message: "the connection is authenticated already",
        });
      case "claimFreeTestnetBandwidth":
        return this.#claim();
      case "encryptedRequest":
        return this.#sealed(request);
      case "ecashCredential":
      case "upgradeModeJwt":
      case "obsoleteCredential":
        return this.answer({
          kind: "error",
          message: "this gateway gives bandwidth away and takes no payment",
        });
      default:
        request satisfies never;
    }
  }

  #claim(): void {
    const { bandwidth } = this.#context;
    const available = bandwidth.get() + FREE_BANDWIDTH;
    bandwidth.set(available);
    this.answer({ kind: "bandwidth", available, upgradeMode: false });
  }

  #sealed(sealed: ControlRequest & { kind: "encryptedRequest" }): void {
    const request = openRequest(this.#sharedKey, sealed);
    if (request.kind === "forgetMe" && request.client) {
      this.#context.forget();
    }
    const kind = request.kind === "forgetMe" ? "forgetMeAck" : "rememberMeAck";
    this.answer(sealResponse(this.#sharedKey, { kind }, systemRandom));
  }

  #forward(binary: Bytes): void {
    const { core, bandwidth } = this.#context;
    const mixPacket = decodeForward(this.#sharedKey, binary);
    const frame = mixFrameOf(mixPacket);
    const available = bandwidth.get();
    const required = frame.packet.length;
    if (available < required) {
      core.counts.add("outOfBandwidth");
      return this.answer({ kind: "outOfBandwidth", required, available });
    }
    core.counts.add("clientPackets");
    const now = core.clock.now();
    if (core.events.active) {
      core.events.emit({
        kind: "packet",
        node: core.name,
        role: "entry",
        action: "relayed",
        size: frame.packetSize,
        delay: 0,
        at: now,
      });
    }
    core.egress.send({ frame, nextHop: mixPacket.firstHop }, now);
    const remaining = available - required;
    bandwidth.set(remaining);
    this.answer({ kind: "send", remaining, upgradeMode: false });
  }
}

/** Tell a client why its connection ends, unless it has left already. */
export function sayLastWord(
  connection: FrameConnection,
  message: string,
): void {
  try {
    connection.send(encodeControlResponse({ kind: "error", message }));
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
  }
}
