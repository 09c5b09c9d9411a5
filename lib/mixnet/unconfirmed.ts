import type { Bytes } from "../bytes/brand.ts";
import type { StoredMessage } from "./gateway_store.ts";

/** Bytes that may wait for their client's word. Of a client that gives none, the oldest are let go. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What was pushed: from the inbox of its client, where it still is, or fresh from the mixnet. */
export interface Push {
  readonly payload: Bytes;
  readonly stored: StoredMessage | undefined;
}

/**
 * What was pushed to a client that has not confirmed it yet. Its sender was told that this gateway has it; so the gateway has
 * to, until the client does: what is in the socket of a client that dies is gone.
 */
export class Unconfirmed {
  #pushes: Push[] = [];
  #bytes = 0;
  #settled = 0;

  /** How many were pushed in all. */
  get total(): number {
    return this.#settled + this.#pushes.length;
  }

  /** Whether all of it is confirmed. */
  get empty(): boolean {
    return this.#pushes.length === 0;
  }

  /** Something was pushed. Returns what there is no room for any more. */
  add(push: Push): readonly Push[] {
    this.#pushes.push(push);
    this.#bytes += push.payload.length;
    let [excess, bytes] = [0, this.#bytes];
    while (bytes > MAX_BYTES) bytes -= this.#pushes[excess++]!.payload.length;
    return this.#take(excess);
  }

  /** The client has the first `total` of all that was pushed. Returns what is confirmed by that. */
  confirm(total: number): readonly Push[] {
    return this.#take(total - this.#settled);
  }

  /** The client has gone. Returns what it did not confirm, oldest first. */
  takeAll(): readonly Push[] {
    return this.#take(this.#pushes.length);
  }

  #take(count: number): readonly Push[] {
    if (count <= 0) return [];
    const taken = this.#pushes.splice(0, count);
    this.#settled += taken.length;
    for (const { payload } of taken) this.#bytes -= payload.length;
    return taken;
  }
}
