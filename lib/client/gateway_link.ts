import type { Clock } from "../async/clock.ts";
import { Doorbell } from "../async/doorbell.ts";
import { AsyncQueue } from "../async/queue.ts";
import { within } from "../async/within.ts";
import type { Bytes } from "../bytes/brand.ts";
import { shortKey } from "../bytes/short_key.ts";
import type { RandomSource } from "../crypto/random.ts";
import { ConnectionError, EXIT, NymError, ProtocolError } from "../errors.ts";
import { DiskError } from "../home/stores.ts";
import type { MixPacket } from "../message/mix_packet.ts";
import type { ConnectionEnd, FrameConnection } from "../transport/transport.ts";
import { decodePush, encodeForward } from "../wire/gateway/binary.ts";
import {
  type ControlRequest,
  encodeControlRequest,
} from "../wire/gateway/control_request.ts";
import {
  type ControlResponse,
  decodeControlResponse,
} from "../wire/gateway/control_response.ts";
import type { GatewayProtocol } from "../wire/gateway/version.ts";
import { Turn } from "./turn.ts";

/** Answers that nobody waits for are few; beyond these they are dropped, as official clients do. */
const MAX_ANSWERS = 16;

/** What a link hears from its gateway without having asked. */
export interface GatewayLinkEvents {
  /** A packet has arrived for this client. */
  readonly onPush: (payload: Bytes) => void;
  /** A packet was taken; so many bytes may still be sent. */
  readonly onTaken: (remaining: number) => void;
  /** A packet was not taken, for want of bandwidth. */
  readonly onStarved: (available: number) => void;
}

/** Options of {@linkcode GatewayLink}. */
export interface GatewayLinkOptions {
  /** The gateway's identity, which errors name it by. */
  gateway: Bytes;
  /** The connection; the link closes it. */
  connection: FrameConnection;
  /** Where time comes from. */
  clock: Clock;
  /** Hears what was not asked for. */
  events: GatewayLinkEvents;
}

type Sent = Exclude<ControlRequest, { kind: "obsoleteCredential" }>;

/** One connection to a gateway: questions and answers as text, packets as sealed bytes. */
export class GatewayLink implements AsyncDisposable {
  readonly #name: string;
  readonly #connection: FrameConnection;
  readonly #clock: Clock;
  readonly #events: GatewayLinkEvents;
  readonly #answers = new AsyncQueue<ControlResponse>({
    capacity: MAX_ANSWERS,
    policy: "drop-newest",
  });
  readonly #reading: Promise<void>;
  readonly #ended = Promise.withResolvers<unknown>();
  readonly #verdict: Doorbell;
  #sharedKey: Uint8Array | undefined;
  #heardAt: number;
  /** Packets that the gateway has neither taken nor refused yet. */
  #unanswered = 0;

  /** Starts to read at once. */
  constructor({ gateway, connection, clock, events }: GatewayLinkOptions) {
    this.#name = `gateway ${shortKey(gateway)}`;
    this.#connection = connection;
    this.#clock = clock;
    this.#events = events;
    this.#heardAt = clock.now();
    this.#verdict = new Doorbell(clock);
    this.#reading = this.#read();
  }

  /** When the gateway was heard of last, in milliseconds of the clock. */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** Resolves with the reason when the connection is of no use any more, whoever ended it. */
  get ended(): Promise<unknown> {
    return this.#ended.promise;
  }

  /** Bytes that have not left yet. */
  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  /** Open what comes with this key, and seal what goes with it. */
  useKey(sharedKey: Uint8Array): void {
    this.#sharedKey = sharedKey;
  }

  /** Send text. @throws {ConnectionError} If the connection is not open. */
  say(request: Sent): void {
    this.#connection.send(encodeControlRequest(request));
  }

  /**
   * The next answer.
   *
   * @throws {ConnectionError} If none comes in time, or the connection ends.
   * @throws The signal's reason.
   */
  async answer(
    timeout: number,
    signal?: AbortSignal,
  ): Promise<ControlResponse> {
    signal?.throwIfAborted();
    const clock = this.#clock;
    const answer = await within(
      { clock, deadline: clock.now() + timeout, signal },
      (signal) => this.#answers.take(signal),
    );
    if (answer === undefined) throw noAnswer(this.#name, timeout);
    return answer;
  }

  /** Ask something: answers to earlier questions that nobody took are dropped first. @throws As {@linkcode answer} does. */
  ask(
    request: Sent,
    timeout: number,
    signal?: AbortSignal,
  ): Promise<ControlResponse> {
    while (this.#answers.poll() !== undefined);
    this.say(request);
    return this.answer(timeout, signal);
  }

  /** Send a packet on its way. @throws {ConnectionError} If the connection is not open. */
  forward(
    packet: MixPacket,
    protocol: GatewayProtocol,
    random: RandomSource,
  ): void {
    const key = this.#key();
    this.#connection.send(encodeForward(key, packet, protocol, random));
    this.#unanswered++;
  }

  /** Wait until the gateway has taken or refused every packet, for so many milliseconds at most: what it has not read is lost. */
  async settled(timeout: number): Promise<void> {
    const deadline = this.#clock.now() + timeout;
    while (this.#unanswered > 0 && this.#clock.now() < deadline) {
      await this.#verdict.wait({ deadline });
    }
  }

  /** Wait until no more than `limit` bytes wait to leave. @throws {ConnectionError} If the connection ends first. */
  drained(limit: number, signal: AbortSignal): Promise<void> {
    return this.#connection.drained(limit, signal);
  }

  /** Give the connection up for a reason. */
  end(reason: unknown): void {
    this.#ended.resolve(reason);
    this.#answers.fail(reason);
    this.#unanswered = 0;
    this.#verdict.ring();
    this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#connection.close();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const turn = new Turn(this.#clock);
    try {
      for await (const frame of this.#connection.frames) {
        this.#heardAt = this.#clock.now();
        if (typeof frame === "string") this.#hear(frame);
        else this.#events.onPush(decodePush(this.#key(), frame));
        await turn.yield();
      }
    } catch (error) {
      // That the disk is full is not the gateway's doing: it keeps what comes until there is room.
      const itsDoing = error instanceof NymError &&
        !(error instanceof DiskError);
      this.end(itsDoing ? violation(this.#name, error) : error);
    }
    this.end(hungUp(this.#name, await this.#connection.closed));
  }

  #hear(text: string): void {
    const response = decodeControlResponse(text);
    switch (response.kind) {
      case "send":
        this.#judged();
        return this.#events.onTaken(response.remaining);
      case "outOfBandwidth":
        this.#judged();
        return this.#events.onStarved(response.available);
      default:
        this.#answers.offer(response);
    }
  }

  #judged(): void {
    this.#unanswered--;
    this.#verdict.ring();
  }

  #key(): Uint8Array {
    if (this.#sharedKey !== undefined) return this.#sharedKey;
    throw new ProtocolError(
      `Cannot use ${this.#name}: it sends packets before there is a key`,
      { exitCode: EXIT.down },
    );
  }
}

function noAnswer(name: string, timeout: number): ConnectionError {
  return new ConnectionError(
    `Cannot use ${name}: no answer in ${timeout} ms`,
    { exitCode: EXIT.down, hint: "Try again, or choose another gateway" },
  );
}

function hungUp(
  name: string,
  { code, reason }: ConnectionEnd,
): ConnectionError {
  return new ConnectionError(
    `Cannot use ${name}: the connection ended with code ${code}${
      reason === "" ? "" : `, ${reason}`
    }`,
    { hint: "Try again, or choose another gateway" },
  );
}

function violation(name: string, cause: NymError): ProtocolError {
  return new ProtocolError(`Cannot use ${name}: ${lowerFirst(cause.message)}`, {
    cause,
    exitCode: EXIT.down,
    hint: "Choose another gateway",
  });
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
