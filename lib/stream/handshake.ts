import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import type { Segment, SegmentHead, StreamId } from "./segment.ts";

/** What a side writes into every segment because of who it is and how far the two have come with each other. */
export interface SegmentIdentity extends SegmentHead {
  /** The caller's proof, until the listener has answered. */
  readonly open?: Bytes | undefined;
  /** The listener's proof, until the caller has heard it. */
  readonly accept?: Bytes | undefined;
}

/** How one side finds the other, and knows it again. */
export interface Handshake {
  /** Whether both sides have heard each other: the peer runs now, and is who it must be. */
  readonly opened: boolean;
  /** What goes into every segment. */
  readonly identity: SegmentIdentity;
  /** Whether a segment comes from the peer; one that does may open the stream. */
  believes(segment: Segment): boolean;
}

/** The caller's side: shows its proof until a listener has answered, and then stays with this one. */
export class CallerHandshake implements Handshake {
  readonly #id: StreamId;
  readonly #proof: Bytes;
  readonly #expected: Bytes | undefined;
  #session: number | undefined;

  /** Without `expected` proof it believes the first listener that answers. */
  constructor(
    options: { id: StreamId; proof: Bytes; expected: Bytes | undefined },
  ) {
    this.#id = options.id;
    this.#proof = options.proof;
    this.#expected = options.expected;
  }

  get opened(): boolean {
    return this.#session !== undefined;
  }

  get identity(): SegmentIdentity {
    const answer = false;
    return this.#session === undefined
      ? { id: this.#id, answer, session: 0, open: this.#proof }
      : { id: this.#id, answer, session: this.#session };
  }

  believes({ answer, session, accept, reset }: Segment): boolean {
    if (!answer) return false;
    if (this.#session !== undefined) return session === this.#session;
    // Who does not prove the code is not believed, but may refuse: silence would come to the same.
    if (reset) return true;
    if (!accept || (this.#expected && !equal(accept, this.#expected))) {
      return false;
    }
    this.#session = session;
    return true;
  }
}

/**
 * The listener's side: shows its proof until the caller has heard it. Only then is the stream open: an opening may have
 * waited at a gateway for a caller who is long gone.
 */
export class ListenerHandshake implements Handshake {
  readonly #id: StreamId;
  readonly #proof: Bytes;
  readonly #session: number;
  #opened = false;

  /** The caller's proof has been checked. */
  constructor(options: { id: StreamId; proof: Bytes; session: number }) {
    this.#id = options.id;
    this.#proof = options.proof;
    this.#session = options.session;
  }

  get opened(): boolean {
    return this.#opened;
  }

  get identity(): SegmentIdentity {
    const head = { id: this.#id, answer: true, session: this.#session };
    return this.#opened ? head : { ...head, accept: this.#proof };
  }

  believes({ answer, session, open, reset }: Segment): boolean {
    if (answer) return false;
    // A caller may give up before it has heard of any session.
    if (open || (reset && !this.#opened)) return true;
    if (session !== this.#session) return false;
    this.#opened = true;
    return true;
  }
}
