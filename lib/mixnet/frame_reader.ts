import type { Clock } from "../async/clock.ts";
import { ProtocolError } from "../errors.ts";
import type { Frame, FrameConnection } from "../transport/transport.ts";

/** Takes frames off a connection one by one, waiting no longer than it is told to. */
export class FrameReader {
  readonly #frames: AsyncIterator<Frame>;
  readonly #clock: Clock;

  /** Read `connection`, which has no other reader. */
  constructor(connection: FrameConnection, clock: Clock) {
    this.#frames = connection.frames[Symbol.asyncIterator]();
    this.#clock = clock;
  }

  /**
   * The next frame, or nothing once the connection has ended.
   *
   * @throws {ProtocolError} If none came in `limit` milliseconds. The connection is of no more use then.
   */
  async next(limit?: number): Promise<Frame | undefined> {
    const next = this.#frames.next();
    const { done, value } = limit === undefined
      ? await next
      : await this.#within(limit, next);
    return done === true ? undefined : value;
  }

  async #within<T>(limit: number, work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const expired = Promise.withResolvers<never>();
    this.#clock.until(this.#clock.now() + limit, done.signal).then(
      () =>
        expired.reject(
          new ProtocolError("timed out while waiting for initial data"),
        ),
      // The only rejection says that the work was done in time.
      () => {},
    );
    try {
      return await Promise.race([work, expired.promise]);
    } finally {
      done.abort();
    }
  }
}
