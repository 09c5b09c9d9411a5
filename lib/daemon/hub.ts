import type { IncomingMessage, Mailbox } from "../mailbox/mailbox.ts";
import { TaskSet } from "../async/tasks.ts";
import { Waiters } from "../async/waiters.ts";
import { Group } from "./group.ts";
import { type HubEntry, unload } from "./hub_entry.ts";
import { Subscription } from "./subscription.ts";

/** How many messages may wait for one consumer. */
const MAX_WAITING = 1024;
/** How many bytes may wait for one consumer. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** How many messages that nobody wants may be kept for those who come: as many as an inbox has. Their bodies stay there. */
const MAX_RETURNED = 100_000;

/** Options of {@linkcode MessageHub}. */
export interface MessageHubOptions {
  /** Whose messages are handed out. Nobody else may read them. */
  mailbox: Mailbox;
  /** Hears of failures to mark messages as taken, and of the end of the mailbox if it broke. */
  onFailure: (reason: unknown) => void;
  /** How many messages may wait for one consumer. @default 1024 */
  maxWaiting?: number | undefined;
  /** How many bytes may wait for one consumer. @default 64 MiB */
  maxWaitingBytes?: number | undefined;
  /** How many messages that nobody wants may be kept; no more is read then. @default 100_000 */
  maxReturned?: number | undefined;
}

/** Options of {@linkcode MessageHub.subscribe}. */
export interface SubscribeOptions {
  /** Consumers of one group share what arrives; without a group a consumer sees everything. */
  group?: string | undefined;
  /** While it is full everybody waits, instead of it being cut off. @default false */
  awaited?: boolean | undefined;
  /** Called once if the consumer is cut off because it fell behind while others did not. */
  onSlow?: (() => void) | undefined;
}

/**
 * Hands what arrives in one mailbox to many consumers. Each sees everything, or shares it with its group. A message stays
 * the mailbox's until every consumer that it was meant for took it, passed or left, and one took it; if none did, it goes to
 * whoever else is there or comes next. Nothing is read from the mailbox while no consumer has room. A consumer that
 * is full while others are not is cut off: it holds nobody up, unless others are told to wait for it.
 */
export class MessageHub implements AsyncDisposable {
  readonly #mailbox: Mailbox;
  readonly #maxWaiting: number;
  readonly #maxWaitingBytes: number;
  readonly #maxReturned: number;
  readonly #tasks: TaskSet;
  readonly #groups = new Set<Group>();
  readonly #stop = new AbortController();
  /** What nobody took and nobody is there for, in the order of arrival. */
  #returned: HubEntry[] = [];
  readonly #room = new Waiters();
  #pumping = false;
  #ended = false;

  /** Nothing is read before the first consumer subscribes. */
  constructor(options: MessageHubOptions) {
    this.#mailbox = options.mailbox;
    this.#maxWaiting = options.maxWaiting ?? MAX_WAITING;
    this.#maxWaitingBytes = options.maxWaitingBytes ?? MAX_WAITING_BYTES;
    this.#maxReturned = options.maxReturned ?? MAX_RETURNED;
    this.#tasks = new TaskSet(options.onFailure);
  }

  /** How many consumers there are. */
  get consumers(): number {
    return this.#groups.values().reduce(
      (sum, { members }) => sum + members.size,
      0,
    );
  }

  /** Messages read from the mailbox that nobody is there for. */
  get returned(): number {
    return this.#returned.length;
  }

  /** Become a consumer; what was left over comes first. */
  subscribe(options: SubscribeOptions = {}): Subscription {
    const { group: name, awaited = false, onSlow = () => {} } = options;
    let group = name === undefined
      ? undefined
      : this.#groups.values().find((group) => group.name === name);
    if (group === undefined) {
      group = new Group(name, awaited, {
        taken: (entry, group) => {
          entry.taken = true;
          return this.#settle(entry, group);
        },
        returned: (entry, group) => this.#tasks.add(this.#settle(entry, group)),
        passed: (entry, group) => {
          entry.passed.add(group);
          this.#tasks.add(this.#settle(entry, group));
        },
        roomMade: () => this.#room.wake(),
        dissolved: (group) => {
          this.#groups.delete(group);
          for (const { passed } of this.#returned) passed.delete(group);
        },
      });
      this.#groups.add(group);
    }
    const subscription = new Subscription(group, onSlow);
    group.join(subscription);
    const returned = this.#returned;
    this.#returned = [];
    for (const entry of returned) this.#dispatch(entry);
    if (this.#ended) subscription.end();
    this.#room.wake();
    if (!this.#pumping) {
      this.#pumping = true;
      this.#tasks.add(this.#pump());
    }
    return subscription;
  }

  /** Stop reading; consumers end once they have had what waits for them. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("hub closed"));
    await this.#tasks.join();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #pump(): Promise<void> {
    const { signal } = this.#stop;
    const messages = this.#mailbox.messages({ signal, ahead: true })
      [Symbol.asyncIterator]();
    try {
      for (;;) {
        await this.#roomSomewhere(signal);
        const { done, value } = await messages.next();
        if (done) return;
        this.#dispatch(entryOf(value));
      }
    } catch (reason) {
      if (!signal.aborted) throw reason;
    } finally {
      this.#ended = true;
      for (const group of this.#groups) group.end();
      await messages.return?.();
    }
  }

  async #roomSomewhere(signal: AbortSignal): Promise<void> {
    while (
      this.#isCrowded() ||
      !this.#groups.values().some((group) => this.#hasRoom(group)) ||
      this.#groups.values().some((group) =>
        group.awaited && !this.#hasRoom(group)
      )
    ) await this.#room.change(signal);
  }

  #hasRoom(group: Group): boolean {
    const { messages, bytes } = group.behind;
    return messages < this.#maxWaiting && bytes < this.#maxWaitingBytes;
  }

  /** Whether too much is kept, and the mailbox takes none of it back. */
  #isCrowded(): boolean {
    return this.#returned.length >= this.#maxReturned &&
      this.#returned[0]?.message.pass === undefined;
  }

  /** Nobody is there for a message: it waits here, or where there are too many in the mailbox, for a later process. */
  #keep(entry: HubEntry): void {
    entry.waited = true;
    unload(entry);
    const { message } = entry;
    const before = this.#returned.findLastIndex((other) =>
      other.message.seq < message.seq
    );
    this.#returned.splice(before + 1, 0, entry);
    if (this.#returned.length <= this.#maxReturned) return;
    const [oldest] = this.#returned;
    if (oldest?.message.pass === undefined) return;
    this.#returned.shift();
    oldest.message.pass();
    const wasInHand = true;
    if (oldest.givenBack) oldest.message.handed?.(wasInHand);
  }

  /** Give a message to all who are there and have not passed on it, or keep it for those who come. */
  #dispatch(entry: HubEntry): void {
    for (const group of this.#groups) {
      if (group.awaited || this.#hasRoom(group)) continue;
      if (this.#groups.size > 1) group.cut();
    }
    const groups = [...this.#groups.difference(entry.passed)];
    if (groups.length === 0) return this.#keep(entry);
    for (const group of groups) entry.pending.add(group);
    for (const group of groups) group.put(entry);
  }

  async #settle(entry: HubEntry, group: Group): Promise<void> {
    entry.pending.delete(group);
    if (entry.pending.size > 0) return;
    if (entry.taken) await entry.message.taken();
    else this.#dispatch(entry);
  }
}

function entryOf(message: IncomingMessage): HubEntry {
  return {
    message,
    pending: new Set(),
    passed: new Set(),
    taken: false,
    waited: false,
    givenBack: false,
    hands: 0,
  };
}
