import {
  ConnectionError,
  EXIT,
  type ExitCode,
  ProtocolError,
} from "../errors.ts";
import type { Frame } from "../transport/transport.ts";
import type { WsConnection } from "../transport/ws_connection.ts";
import type { Dialect } from "../wire/native/dialect.ts";
import { type ErrorKind, NativeError } from "../wire/native/error_code.ts";
import { decodeResponse } from "../wire/native/native.ts";
import type { NativeRequest } from "../wire/native/request.ts";
import { encodeBinaryRequest } from "../wire/native/request_binary.ts";
import type { NativeResponse } from "../wire/native/response.ts";

/** A message that the client pushed. */
export type Push = NativeResponse & { kind: "received" };

/** What is asked of a client: an answer of this kind is the end of it. */
export type AnswerKind = "selfAddress" | "laneQueueLength";

/** What our own client refuses for a reason that has an exit code of its own, by how it says so. */
const OWN_WORDS: readonly {
  readonly words: RegExp;
  readonly exitCode: ExitCode;
  readonly hint: string;
}[] = [
  {
    words: /^Cannot reach gateway \S+: it is not on the network /,
    exitCode: EXIT.address,
    hint: "Check the address, and that both sides use the same network",
  },
  {
    words: /^Cannot reply: no reply blocks /,
    exitCode: EXIT.noReply,
    hint: "Ask the sender for another message with more reply blocks",
  },
];

/** The client refused a request. */
export class StockRefusal extends ProtocolError {
  override name = "StockRefusal";
  /** What it found wrong. */
  readonly code: ErrorKind;

  /** In the client's words. */
  constructor(code: ErrorKind, detail: string) {
    const own = OWN_WORDS.find(({ words }) => words.test(detail));
    super(own ? detail : `Cannot use client: it answered "${detail}"`, {
      exitCode: own?.exitCode ?? EXIT.refused,
      mayArrive: false,
      hint: own?.hint,
    });
    this.code = code;
  }
}

interface Expected {
  readonly answer: AnswerKind;
  /** Whether an error belongs to a request before the one that is answered, which still comes. */
  readonly barrier: boolean;
  refusal: StockRefusal | undefined;
  resolve(response: NativeResponse): void;
  reject(reason: unknown): void;
}

/** So many requests may be without their answer. */
const MAX_EXPECTED = 65_536;

/**
 * The conversation with a native client, whose answers carry no number: they come in the order of the requests, with
 * pushes anywhere between. A request that is not answered unless it is refused goes together with one that always is.
 */
export class StockLink {
  readonly #connection: WsConnection;
  readonly #onPush: (push: Push) => Promise<void>;
  readonly #expected: Expected[] = [];
  /** What the client speaks, once that is known. */
  dialect: Dialect | undefined;

  /** `onPush` gets every message; nothing further is read until its promise settles. */
  constructor(
    connection: WsConnection,
    onPush: (push: Push) => Promise<void>,
  ) {
    this.#connection = connection;
    this.#onPush = onPush;
  }

  /**
   * Read until the connection has ended. Requests that are not answered then fail.
   *
   * @throws {ProtocolError} If the client says what no native client says.
   */
  async run(): Promise<void> {
    let reason: unknown = lost();
    try {
      for await (const frame of this.#connection.frames) {
        const response = this.#decode(frame);
        if (response.kind === "received") await this.#onPush(response);
        else this.#answer(response);
      }
    } catch (error) {
      throw reason = error;
    } finally {
      for (const { reject } of this.#expected.splice(0)) reject(reason);
    }
  }

  /**
   * Send a frame and wait for its answer. If `before` is given it goes first: a request that is only answered when it is
   * refused, and then the refusal is the answer.
   *
   * @throws {StockRefusal} If the client refuses.
   * @throws {ConnectionError} If the connection ends first.
   */
  ask<K extends AnswerKind>(
    request: Uint8Array,
    answer: K,
    before?: Uint8Array,
  ): Promise<NativeResponse & { kind: K }> {
    if (this.#expected.length >= MAX_EXPECTED) {
      throw new ConnectionError(
        `Cannot use the client: it leaves ${MAX_EXPECTED} requests without an answer`,
        { exitCode: EXIT.down, mayArrive: false, hint: "Start it again" },
      );
    }
    return new Promise((resolve, reject) => {
      if (before !== undefined) this.#connection.send(before);
      this.#connection.send(request);
      this.#expected.push({
        answer,
        barrier: before !== undefined,
        refusal: undefined,
        // The cast is what #answer checks before it calls this.
        resolve: resolve as (response: NativeResponse) => void,
        reject,
      });
    });
  }

  /** Send a request that is never answered. */
  tell(request: NativeRequest): void {
    this.#connection.send(encodeBinaryRequest(request, this.dialect!));
  }

  #decode(frame: Frame): NativeResponse {
    try {
      return decodeResponse(frame, this.dialect);
    } catch (error) {
      throw error instanceof NativeError ? nonsense(error.detail) : error;
    }
  }

  #answer(response: Exclude<NativeResponse, Push>): void {
    const expected = this.#expected[0];
    if (expected === undefined) {
      // Nothing was asked: an error about what is never answered, such as a closed lane.
      if (response.kind === "error") return;
      throw nonsense(`it answered "${response.kind}" to no question`);
    }
    if (response.kind === "error") {
      const refusal = new StockRefusal(response.code, response.detail);
      if (expected.barrier && expected.refusal === undefined) {
        expected.refusal = refusal;
        return;
      }
      this.#expected.shift();
      expected.reject(refusal);
      return;
    }
    if (response.kind !== expected.answer) {
      throw nonsense(
        `it answered "${response.kind}" where "${expected.answer}" was due`,
      );
    }
    this.#expected.shift();
    if (expected.refusal !== undefined) expected.reject(expected.refusal);
    else expected.resolve(response);
  }
}

/** The connection has gone while something was under way. */
export function lost(): ConnectionError {
  return new ConnectionError("Cannot hear from client: the connection ended", {
    exitCode: EXIT.lost,
    mayArrive: true,
    hint: "Check that the client still runs",
  });
}

function nonsense(what: string): ProtocolError {
  return new ProtocolError(`Cannot understand client: ${what}`, {
    exitCode: EXIT.down,
    mayArrive: true,
    hint: "Check that a nym-client listens at this address",
  });
}
