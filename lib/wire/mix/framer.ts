import type { Bytes } from "../../bytes/brand.ts";
import { concat } from "../../bytes/concat.ts";
import { DecodeError } from "../../errors.ts";
import { PACKET_SIZE } from "../../message/packet_size.ts";
import {
  decodeMixFrameHead,
  MIX_FRAME_HEAD_SIZE,
  type MixFrame,
  type MixFrameHead,
  mixFrameVersion,
} from "./frame.ts";

/** A frame whose packet is still coming in. */
interface OpenFrame {
  readonly head: MixFrameHead;
  readonly packet: Bytes;
  filled: number;
}

/**
 * Cuts the byte stream of one connection into frames, however it is chopped. Holds no more than one unfinished frame, and
 * allocates for a packet only once its head is known to be good. An error is final: there is no way to find the next frame.
 */
export class MixFramer {
  #head: Bytes = new Uint8Array(0);
  #open: OpenFrame | undefined;
  #error: unknown;

  /**
   * Take the next bytes and give the frames that they complete, one by one as they are asked for: the good frames in front
   * of a malformed one are given before the error. The loop must go through to the end for all bytes to be taken.
   *
   * @throws {DecodeError} On the first malformed head, and the same again ever after.
   */
  *push(chunk: Uint8Array): Generator<MixFrame, void, void> {
    if (this.#error !== undefined) throw this.#error;
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#open === undefined) {
        rest = this.#takeHead(rest);
        continue;
      }
      const { head, packet, filled } = this.#open;
      const part = rest.subarray(0, packet.length - filled);
      packet.set(part, filled);
      rest = rest.subarray(part.length);
      this.#open.filled += part.length;
      if (this.#open.filled < packet.length) return;
      this.#open = undefined;
      yield { ...head, packet };
    }
  }

  /**
   * The stream has ended.
   *
   * @throws {DecodeError} If it ended within a frame.
   */
  end(): void {
    if (this.#error !== undefined) throw this.#error;
    if (this.#open === undefined && this.#head.length === 0) return;
    const state = this.#open === undefined
      ? "its head"
      : `byte ${this.#open.filled} of ${this.#open.packet.length} of its packet`;
    throw new DecodeError(
      `Cannot decode mix frame: the stream ends in ${state}`,
    );
  }

  /** Take what belongs to the head of the next frame and give the rest. */
  #takeHead(bytes: Uint8Array): Uint8Array {
    try {
      const version = mixFrameVersion(this.#head[0] ?? bytes[0]!);
      const missing = MIX_FRAME_HEAD_SIZE[version] - this.#head.length;
      this.#head = concat(this.#head, bytes.subarray(0, missing));
      if (bytes.length < missing) return bytes.subarray(bytes.length);
      const head = decodeMixFrameHead(this.#head);
      const packet = new Uint8Array(PACKET_SIZE[head.packetSize].total);
      this.#open = { head, packet, filled: 0 };
      this.#head = new Uint8Array(0);
      return bytes.subarray(missing);
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }
}
