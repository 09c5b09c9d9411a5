/** Cover packets that have not come back are remembered so many at a time; the oldest is forgotten first. */
const MAX_UNDER_WAY = 4096;

/**
 * Knows the cover packets that this client has sent to itself by the key in front of them. Nothing has to be decrypted to
 * throw them away, which is most of what receiving them costs.
 */
export class OwnCover {
  readonly #underWay = new Set<string>();

  /** A cover packet has left, with these 32 bytes in front of what it carries. */
  sent(keyBlock: Uint8Array): void {
    this.#underWay.add(keyBlock.toHex());
    if (this.#underWay.size <= MAX_UNDER_WAY) return;
    const [oldest] = this.#underWay;
    if (oldest !== undefined) this.#underWay.delete(oldest);
  }

  /** Whether a packet that came back is one of them; each comes back once. */
  takes(keyBlock: Uint8Array): boolean {
    return this.#underWay.delete(keyBlock.toHex());
  }
}
