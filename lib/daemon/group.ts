import type { HubEntry } from "./hub_entry.ts";

/** One of those who share. */
export interface Member {
  /** Something may be there. */
  wake(): void;
  /** Leave because it is too slow. */
  cut(): void;
  /** Nothing more will come. */
  end(): void;
}

/** What a group tells its hub. */
export interface GroupOwner {
  /** A member took a message. Rejects if that cannot be noted. */
  taken(entry: HubEntry, group: Group): Promise<void>;
  /** Nobody is left to take a message. */
  returned(entry: HubEntry, group: Group): void;
  /** A message is not for this group. */
  passed(entry: HubEntry, group: Group): void;
  /** A message was handed out: there is room for another. */
  roomMade(): void;
  /** The last member has left. */
  dissolved(group: Group): void;
}

/** Consumers that share what arrives: one or more. */
export class Group {
  /** What it is called; a consumer by itself has no name. */
  readonly name: string | undefined;
  /** Whether others wait for it. */
  readonly awaited: boolean;
  /** Who shares. */
  readonly members = new Set<Member>();
  readonly #owner: GroupOwner;
  readonly #waiting: HubEntry[] = [];
  /** Of those that wait, what arrived while this group was there. */
  readonly #fresh = { messages: 0, bytes: 0 };

  /** Make an empty group. */
  constructor(name: string | undefined, awaited: boolean, owner: GroupOwner) {
    this.name = name;
    this.awaited = awaited;
    this.#owner = owner;
  }

  /** Messages that no member has asked for yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** How far it is behind: what it found when it came does not count. */
  get behind(): { readonly messages: number; readonly bytes: number } {
    return this.#fresh;
  }

  /** Add a member. */
  join(member: Member): void {
    this.members.add(member);
  }

  /** A message for one of the members; one that comes back goes before those that arrived after it. */
  put(entry: HubEntry): void {
    const later = this.#waiting.findLastIndex(({ message }) =>
      message.seq < entry.message.seq
    );
    this.#waiting.splice(later + 1, 0, entry);
    this.#count(entry, 1);
    for (const member of this.members) member.wake();
  }

  /** Hand the oldest message to a member. */
  poll(): HubEntry | undefined {
    const entry = this.#waiting.shift();
    if (entry === undefined) return undefined;
    this.#count(entry, -1);
    this.#owner.roomMade();
    return entry;
  }

  /** A member has taken a message. */
  take(entry: HubEntry): Promise<void> {
    return this.#owner.taken(entry, this);
  }

  /** A message is not for this group. */
  pass(entry: HubEntry): void {
    this.#owner.passed(entry, this);
  }

  /** A member leaves; what it has not taken is for the others, or goes back. */
  leave(member: Member, untaken: readonly HubEntry[]): void {
    if (!this.members.delete(member)) return;
    if (this.members.size > 0) return this.giveBack(untaken);
    const waiting = this.#waiting.splice(0);
    for (const entry of waiting) this.#count(entry, -1);
    this.#owner.dissolved(this);
    this.giveBack(untaken);
    for (const entry of waiting) this.#owner.returned(entry, this);
    this.#owner.roomMade();
  }

  /** What was handed to a member that will not take it is for the others, or goes back. */
  giveBack(untaken: readonly HubEntry[]): void {
    for (const entry of untaken) {
      if (this.members.size > 0) this.put(entry);
      else this.#owner.returned(entry, this);
    }
  }

  /** Cut off all members: they are too slow. */
  cut(): void {
    for (const member of [...this.members]) member.cut();
  }

  /** Nothing more will come. */
  end(): void {
    for (const member of this.members) member.end();
  }

  #count({ waited, message }: HubEntry, sign: 1 | -1): void {
    if (waited) return;
    this.#fresh.messages += sign;
    this.#fresh.bytes += sign * (message.body?.length ?? 0);
  }
}
