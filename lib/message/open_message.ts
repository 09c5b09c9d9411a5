import { type Fragment, linksBack } from "./fragment.ts";

/** The fragments of one set that have arrived. */
interface OpenSet {
  readonly payloads: (Uint8Array | undefined)[];
  missing: number;
  previous: number | undefined;
  next: number | undefined;
}

/** A message that is not whole yet: the sets of fragments known to belong together, and those that they name. */
export class OpenMessage {
  readonly #sets = new Map<number, OpenSet>();
  /** Sets that others name and of which nothing has arrived. */
  readonly #awaited = new Set<number>();
  #missing = 0;
  #bytes = 0;
  /** When the last fragment arrived, by the clock of the caller. */
  touched = 0;

  /** The sets of which something has arrived. */
  get setIds(): readonly number[] {
    return [...this.#sets.keys()];
  }

  /** How many sets of it are open. */
  get setCount(): number {
    return this.#sets.size;
  }

  /** Every set it knows of, those included of which nothing has arrived. */
  get knownIds(): readonly number[] {
    return [...this.#sets.keys(), ...this.#awaited];
  }

  /** How many bytes of payload it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether every fragment of every set that it knows of has arrived. */
  get complete(): boolean {
    return this.#missing === 0 && this.#awaited.size === 0;
  }

  /**
   * Put a fragment into its place. The first one to arrive there stays, and the first one of a set decides how many the set
   * has: a fragment that says otherwise is refused.
   */
  add(fragment: Fragment): "added" | "duplicates" | "conflicts" {
    const set = this.#sets.get(fragment.setId) ?? this.#open(fragment);
    if (set.payloads.length !== fragment.total) return "conflicts";
    const place = fragment.index - 1;
    if (set.payloads[place] !== undefined) return "duplicates";
    set.payloads[place] = fragment.payload;
    set.missing--;
    this.#missing--;
    this.#bytes += fragment.payload.length;
    this.#link(set, fragment);
    return "added";
  }

  /** Take over everything of another message that turns out to be a part of this one. */
  absorb(other: OpenMessage): void {
    for (const [id, set] of other.#sets) this.#sets.set(id, set);
    for (const id of other.#awaited) this.#awaited.add(id);
    for (const id of this.#sets.keys()) this.#awaited.delete(id);
    this.#missing += other.#missing;
    this.#bytes += other.#bytes;
  }

  /**
   * The payloads of all fragments in order, from the one set that names none before it to the one that names none after it.
   *
   * @returns Nothing if the sets do not form one chain in which each names its neighbours.
   */
  payloads(): Uint8Array[] | undefined {
    const ordered: Uint8Array[] = [];
    let [id, set] =
      [...this.#sets].find(([, { previous }]) => previous === undefined) ?? [];
    let count = 0;
    while (id !== undefined && set !== undefined) {
      for (const payload of set.payloads) {
        if (payload === undefined) return undefined;
        ordered.push(payload);
      }
      count++;
      const next: OpenSet | undefined = set.next === undefined
        ? undefined
        : this.#sets.get(set.next);
      if (next !== undefined && next.previous !== id) return undefined;
      [id, set] = [set.next, next];
    }
    return count === this.#sets.size ? ordered : undefined;
  }

  #open({ setId, total }: Fragment): OpenSet {
    const set: OpenSet = {
      payloads: new Array<undefined>(total).fill(undefined),
      missing: total,
      previous: undefined,
      next: undefined,
    };
    this.#sets.set(setId, set);
    this.#awaited.delete(setId);
    this.#missing += total;
    return set;
  }

  #link(set: OpenSet, fragment: Fragment): void {
    const { linkedSetId } = fragment;
    if (linkedSetId === undefined) return;
    if (linksBack(fragment)) set.previous = linkedSetId;
    else set.next = linkedSetId;
    if (!this.#sets.has(linkedSetId)) this.#awaited.add(linkedSetId);
  }
}
