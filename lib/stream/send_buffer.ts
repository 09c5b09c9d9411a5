import { concat } from "../bytes/concat.ts";
import { ProtocolError } from "../errors.ts";
import { holdsRange } from "./ranges.ts";
import type { RoundTrip } from "./round_trip.ts";
import type { Acknowledgement, SegmentData } from "./segment.ts";

/** Bytes that are kept for a peer that has not acknowledged them, whatever window it tells. */
const MAX_IN_FLIGHT = 2 * 1024 * 1024;

/** Pieces that are kept: a receiver need not take in more out of order. */
const MAX_PIECES = 4096;

/** A piece that was handed out and is not acknowledged yet. */
interface Flight extends SegmentData {
  /** How often it was handed out. */
  transmissions: number;
  /** When it left for the last time, in milliseconds; none while it waits in the client. */
  departedAt: number | undefined;
  /** From when on the peer's silence counts; none while the client sees to it. */
  timedFrom: number | undefined;
}

/** How far a sending half has come. */
export interface SendProgress {
  /** Bytes written by the application. */
  readonly written: number;
  /** Bytes that the peer has. */
  readonly acknowledged: number;
  /** Pieces that were sent again. */
  readonly retransmissions: number;
}

/**
 * The sending half of a stream: cuts what is written into pieces, keeps each until it is acknowledged, and hands it out
 * again when its time is over. Holds at most what the peer's window and its own limits allow.
 */
export class SendBuffer {
  readonly #capacity: number;
  readonly #roundTrip: RoundTrip;
  readonly #flights = new Map<number, Flight>();
  #pending: Uint8Array[] = [];
  #written = 0;
  #cut = 0;
  #finished = false;
  #finCut = false;
  #limit: number;
  #acknowledged = 0;
  #retransmissions = 0;

  /** Hold at most `capacity` unsent bytes; send at most `limit` bytes before the peer says more. */
  constructor(
    options: { capacity: number; limit: number; roundTrip: RoundTrip },
  ) {
    this.#capacity = options.capacity;
    this.#limit = options.limit + 1;
    this.#roundTrip = options.roundTrip;
  }

  /** Bytes that can be written before the buffer is full. */
  get room(): number {
    return Math.max(0, this.#capacity - (this.#written - this.#cut));
  }

  /** Whether everything, the end included, has arrived at the peer. */
  get complete(): boolean {
    return this.#finCut && this.#flights.size === 0;
  }

  /** Whether every byte that was written has arrived at the peer. */
  get delivered(): boolean {
    return this.#acknowledged >= this.#written;
  }

  /** Whether it depends on the peer: something is not acknowledged, or there is no room for more. */
  get expects(): boolean {
    return this.#flights.size > 0 || this.#cut < this.#written;
  }

  /** How far it has come. */
  get progress(): SendProgress {
    return {
      written: this.#written,
      acknowledged: Math.min(this.#acknowledged, this.#written),
      retransmissions: this.#retransmissions,
    };
  }

  /** Put bytes in; the caller has looked at {@linkcode room} and gives the bytes away. */
  write(bytes: Uint8Array): void {
    if (this.#finished) {
      throw new TypeError("Cannot write to a stream that has ended");
    }
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#written += bytes.length;
  }

  /** Nothing more will be written. */
  finish(): void {
    this.#finished = true;
  }

  /** The next piece to send, at most `maxPayload` bytes, if there is one to send now. */
  next(maxPayload: number, now: number): SegmentData | undefined {
    return this.#overdue(now) ?? this.#fresh(maxPayload);
  }

  /** A piece has left the client. */
  departed({ offset }: SegmentData, now: number): void {
    const flight = this.#flights.get(offset);
    if (flight) flight.departedAt = now;
  }

  /** The client does no more for a piece that has left: its timer starts. */
  released({ offset }: SegmentData, now: number): void {
    const flight = this.#flights.get(offset);
    if (flight) flight.timedFrom = now;
  }

  /** The client did not take a piece, or has lost sight of it: it is sent again at once. */
  failed({ offset }: SegmentData): void {
    const flight = this.#flights.get(offset);
    if (flight) flight.timedFrom = -Infinity;
  }

  /** When the earliest timer runs out, if one runs. */
  deadline(): number | undefined {
    let earliest: number | undefined;
    for (const flight of this.#flights.values()) {
      const due = this.#due(flight);
      if (due !== undefined && due < (earliest ?? Infinity)) earliest = due;
    }
    return earliest;
  }

  /**
   * Take in what the peer has.
   *
   * @throws {ProtocolError} If it acknowledges what was never sent.
   */
  acknowledge({ received, limit, ranges }: Acknowledgement, now: number): void {
    const sent = this.#cut + (this.#finCut ? 1 : 0);
    const highest = Math.max(received, ranges.at(-1)?.end ?? 0);
    if (highest > sent) {
      throw new ProtocolError(
        `Cannot take acknowledgement: ${highest} bytes received, ${sent} were sent`,
      );
    }
    this.#limit = Math.max(this.#limit, limit);
    this.#acknowledged = Math.max(this.#acknowledged, received);
    for (const flight of this.#flights.values()) {
      const end = flight.offset + flight.payload.length + (flight.fin ? 1 : 0);
      const arrived = end <= this.#acknowledged ||
        (!flight.fin && holdsRange(ranges, { start: flight.offset, end }));
      if (!arrived) continue;
      this.#flights.delete(flight.offset);
      if (flight.transmissions === 1 && flight.departedAt !== undefined) {
        this.#roundTrip.measure(now - flight.departedAt);
      }
    }
  }

  #due(flight: Flight): number | undefined {
    return flight.timedFrom === undefined
      ? undefined
      : flight.timedFrom + this.#roundTrip.timeout(flight.transmissions);
  }

  #overdue(now: number): SegmentData | undefined {
    for (const flight of this.#flights.values()) {
      const due = this.#due(flight);
      if (due === undefined || due > now) continue;
      // What never left was not sent again.
      if (flight.departedAt !== undefined) {
        flight.transmissions++;
        this.#retransmissions++;
      }
      flight.departedAt = flight.timedFrom = undefined;
      return flight;
    }
    return undefined;
  }

  #fresh(maxPayload: number): SegmentData | undefined {
    if (this.#flights.size >= MAX_PIECES) return undefined;
    const available = Math.min(
      this.#written,
      this.#limit - 1,
      this.#acknowledged + MAX_IN_FLIGHT,
    ) - this.#cut;
    const size = Math.max(0, Math.min(available, maxPayload));
    const fin = this.#finished && !this.#finCut &&
      this.#cut + size === this.#written;
    if (size === 0 && !fin) return undefined;
    const payload = this.#take(size);
    const flight = {
      offset: this.#cut,
      payload,
      fin,
      transmissions: 1,
      departedAt: undefined,
      timedFrom: undefined,
    };
    this.#cut += payload.length;
    this.#finCut ||= fin;
    this.#flights.set(flight.offset, flight);
    return flight;
  }

  #take(size: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let left = size; left > 0;) {
      const head = this.#pending[0]!;
      const part = head.subarray(0, left);
      if (part.length === head.length) this.#pending.shift();
      else this.#pending[0] = head.subarray(part.length);
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0]! : concat(...parts);
  }
}
