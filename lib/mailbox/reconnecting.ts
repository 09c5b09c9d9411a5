import { backoff } from "../async/backoff.ts";
import { type Clock, sleep, systemClock } from "../async/clock.ts";
import { Waiters } from "../async/waiters.ts";
import {
  type RandomSource,
  randomUnit,
  systemRandom,
} from "../crypto/random.ts";
import { ConnectionError, EXIT } from "../errors.ts";
import { type Recipient, sameRecipient } from "../message/recipient.ts";
import type { SenderTag } from "../message/sender_tag.ts";
import { ClientLeftError } from "./client_left.ts";
import type {
  IncomingMessage,
  Mailbox,
  MailboxState,
  MessagesOptions,
  OutgoingMessage,
  Sending,
  Stage,
} from "./mailbox.ts";
import { mayPass, messageOf } from "./loss.ts";
import { Predecessors } from "./predecessors.ts";
import { StateBoard } from "./states.ts";

/** A connection that lasted this long is no sign of trouble: the next pause is short again. In milliseconds. */
const LASTING = 30_000;

/** No pause is longer, in milliseconds. */
const MAX_PAUSE = 30_000;

/** So many messages taken while their connection was gone are remembered. */
const MAX_UNCONFIRMED = 4096;

/** Options of {@linkcode openReconnecting}. */
export interface ReconnectingOptions {
  /** Opens the mailbox, each time anew: it may find it in another place by then. */
  open: (signal: AbortSignal) => Promise<Mailbox>;
  /** Gives up on the first opening when it fires. */
  signal?: AbortSignal | undefined;
  /** The first pause in milliseconds. @default 250 */
  firstPause?: number | undefined;
  /** Whether it is tried again when opening it fails for a reason that may pass; otherwise that is the end. @default true */
  persistent?: boolean | undefined;
  /** Spreads the pauses. @default the system's */
  random?: RandomSource | undefined;
  /** @default the system's */
  clock?: Clock | undefined;
}

/**
 * A mailbox that is opened again, after pauses that grow, whenever its client goes away. The first opening is not repeated. What was under way
 * fails, since nobody can tell whether it left; what the client has not taken on, and what is sent afterwards, waits until there
 * is a client again. A message that was taken while its client was gone is not handed out twice.
 *
 * @throws {NymError} As the first opening does.
 */
export async function openReconnecting(
  options: ReconnectingOptions,
): Promise<Mailbox> {
  const { open, signal } = options;
  const stop = new AbortController();
  const first = await open(
    signal ? AbortSignal.any([signal, stop.signal]) : stop.signal,
  );
  return new ReconnectingMailbox(first, stop, options);
}

class ReconnectingMailbox implements Mailbox {
  readonly address: Recipient;
  readonly closed: Promise<void>;
  readonly adoptSurb?: (surb: Uint8Array) => SenderTag;
  readonly #options: ReconnectingOptions;
  readonly #clock: Clock;
  readonly #stop: AbortController;
  readonly #states = new StateBoard();
  readonly #changed = new Waiters();
  /** Those that may still hold messages, oldest first; the last one is current. */
  readonly #mailboxes: Mailbox[];
  readonly #predecessors = new Predecessors();
  readonly #unconfirmed = new Set<string>();
  #connected = true;
  #ended = false;
  #failure: unknown;
  #seq = 0;

  constructor(
    first: Mailbox,
    stop: AbortController,
    options: ReconnectingOptions,
  ) {
    this.address = first.address;
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#stop = stop;
    this.#mailboxes = [first];
    if (first.adoptSurb !== undefined) {
      this.adoptSurb = (surb) => this.#current.adoptSurb!(surb);
    }
    this.#passOn(first);
    this.closed = this.#keepOpen();
    // Whoever closes on purpose need not look whether something broke.
    this.closed.catch(() => {});
  }

  get strongestStage(): Stage {
    return this.#current.strongestStage;
  }

  async send(
    message: OutgoingMessage,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Sending> {
    let left: Mailbox | undefined;
    for (;;) {
      while (!this.#connected || this.#current === left) {
        if (this.#ended) throw this.#failure ?? closedError();
        await this.#changed.change(options.signal);
      }
      const mailbox = this.#current;
      try {
        return await mailbox.send(message, options);
      } catch (error) {
        if (!(error instanceof ClientLeftError)) throw error;
        left = mailbox;
      }
    }
  }

  async *messages(
    options: MessagesOptions = {},
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    for (;;) {
      const mailbox = this.#mailboxes[0]!;
      for await (const message of mailbox.messages(options)) {
        if (this.#unconfirmed.delete(message.id)) await message.taken();
        else yield this.#wrap(message, this.#predecessors.handed(mailbox));
      }
      while (this.#mailboxes.length === 1) {
        if (this.#ended) return;
        await this.#changed.change(options.signal);
      }
      if (this.#mailboxes[0] !== mailbox) continue;
      this.#mailboxes.shift();
      this.#predecessors.replaced(mailbox);
    }
  }

  async backlog(
    options?: { signal?: AbortSignal | undefined },
  ): Promise<number> {
    if (!this.#connected) return 0;
    try {
      return await this.#current.backlog?.(options) ?? 0;
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return 0; // It has just gone.
    }
  }

  states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<MailboxState> {
    return this.#states.watch(signal);
  }

  async close(options?: { drain?: number | undefined }): Promise<void> {
    this.#stop.abort(closedError());
    await this.#current.close(options);
    await this.#predecessors.close();
    await this.closed.catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #persistent(): boolean {
    return this.#options.persistent ?? true;
  }

  get #current(): Mailbox {
    return this.#mailboxes.at(-1)!;
  }

  async #keepOpen(): Promise<void> {
    const { signal } = this.#stop;
    let reason = "closed";
    let loss: unknown;
    try {
      let pauses = this.#pauses();
      while (!signal.aborted) {
        const openedAt = this.#clock.now();
        loss = await this.#current.closed.catch((error) => error);
        if (signal.aborted) return;
        if (this.#clock.now() - openedAt >= LASTING) pauses = this.#pauses();
        this.#connected = false;
        this.#states.tell({ kind: "reconnecting", reason: messageOf(loss) });
        await this.#reopen(pauses, signal);
        this.#connected = true;
        this.#states.tell({ kind: "connected" });
        this.#changed.wake();
      }
    } catch (error) {
      if (signal.aborted) return;
      reason = (error as Error).message;
      this.#failure = error;
      // That nothing could be done about it does not change what happened.
      throw this.#persistent ? error : loss ?? error;
    } finally {
      this.#ended = true;
      this.#changed.wake();
      this.#states.tell({ kind: "closed", reason });
    }
  }

  async #reopen(
    pauses: Iterator<number>,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      await sleep(this.#clock, pauses.next().value, signal);
      let mailbox: Mailbox;
      try {
        mailbox = await this.#options.open(signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!this.#persistent || !mayPass(error)) throw error;
        this.#states.tell({
          kind: "reconnecting",
          reason: (error as Error).message,
        });
        continue;
      }
      if (signal.aborted || !sameRecipient(mailbox.address, this.address)) {
        await mailbox.close();
        signal.throwIfAborted();
        throw new ConnectionError(
          "Cannot go on: the client has another address now",
          { exitCode: EXIT.busy },
        );
      }
      this.#mailboxes.push(mailbox);
      this.#passOn(mailbox);
      return;
    }
  }

  /** What a mailbox tells of its own connections is told here too; its end is told by what is done about it. */
  async #passOn(mailbox: Mailbox): Promise<void> {
    try {
      for await (
        const state of mailbox.states({ signal: this.#stop.signal })
      ) if (state.kind !== "closed") this.#states.tell(state);
    } catch {
      // Stopped, or broken: `closed` of that mailbox says so.
    }
  }

  #pauses(): Iterator<number> {
    const { firstPause: first = 250, random = systemRandom } = this.#options;
    const spread = () => 1 - randomUnit(random);
    return backoff({ first, max: MAX_PAUSE, random: spread });
  }

  #wrap(message: IncomingMessage, onDone: () => void): IncomingMessage {
    return {
      ...message,
      seq: ++this.#seq,
      ...message.pass && {
        pass() {
          message.pass!();
          onDone();
        },
      },
      taken: async () => {
        try {
          await message.taken();
        } catch (error) {
          if (!(error instanceof ConnectionError)) throw error;
          // The client will hand it out again; here it is known to be done.
          if (this.#unconfirmed.size < MAX_UNCONFIRMED) {
            this.#unconfirmed.add(message.id);
          }
        }
        onDone();
      },
    };
  }
}

function closedError(): ConnectionError {
  return new ConnectionError("Cannot use mailbox: it is closed", {
    exitCode: EXIT.lost,
    mayArrive: false,
  });
}
