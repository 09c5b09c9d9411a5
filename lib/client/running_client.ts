import { ConnectionError, EXIT, NymError } from "../errors.ts";
import type {
  IncomingMessage,
  MailboxState,
  MessagesOptions,
  OutgoingMessage,
  Sending,
  Stage,
} from "../mailbox/mailbox.ts";
import type { Recipient } from "../message/recipient.ts";
import type { WasStored } from "../mailbox/deliveries.ts";
import type { ClientParts } from "./assemble.ts";
import type { ClientCounters, MixnetClient, SendOptions } from "./client.ts";
import { Outgoing } from "./outgoing.ts";
import type { CutMessage } from "./packet_factory.ts";
import { Resends } from "./resends.ts";
import { Room } from "./room.ts";

/** While so many packets have not left, further messages wait with their sender. */
const MAX_QUEUED_PACKETS = 8192;

/** How many random bytes name a message. */
const ID_SIZE = 8;

/** A {@linkcode MixnetClient} out of parts that are joined. */
export class RunningClient implements MixnetClient {
  readonly address: Recipient;
  readonly strongestStage: Stage = "acked";
  readonly closed: Promise<void>;
  readonly #parts: ClientParts;
  readonly #room = new Room(MAX_QUEUED_PACKETS);
  readonly #resends = new Resends();
  readonly #sendings = new Set<Outgoing>();
  readonly #end = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  /** Take parts that are joined and connected, and let them run. */
  constructor(parts: ClientParts) {
    this.#parts = parts;
    this.address = parts.address;
    this.closed = this.#end.promise;
    // Whoever does not ask how the client ended learns it from what fails.
    this.closed.catch(() => {});
    const { tasks, stop: { signal } } = parts;
    tasks.add(parts.session.run(signal));
    tasks.add(parts.keeper.run(signal));
    tasks.add(parts.outbox.run(signal));
    tasks.add(parts.replyKeys.run(signal));
    parts.traffic.start(tasks, signal);
    parts.failed.then((reason) => this.#shut({ reason }));
  }

  get counters(): ClientCounters {
    const { outbox, inbox, grants, receiver, traffic, session } = this.#parts;
    return {
      outbox: { ...outbox.counters },
      inbox: inbox.counters,
      grants: { ...grants.counters },
      refused: receiver.refused,
      madeRoom: receiver.madeRoom,
      unacknowledged: outbox.unacknowledged,
      slowdown: traffic.multiplier,
      bandwidth: session.bandwidth,
    };
  }

  laneLength(lane: bigint): number {
    return this.#parts.outbox.lanes.length(lane);
  }

  async send(
    message: OutgoingMessage,
    { signal, freshTag = false }: SendOptions = {},
  ): Promise<Sending> {
    const { keeper, composer, factory, stop } = this.#parts;
    this.#assertOpen();
    const either = signal === undefined
      ? stop.signal
      : AbortSignal.any([signal, stop.signal]);
    const packets = composer.packets(message);
    if (message.target.kind === "recipient") {
      const { gateway } = message.target.recipient;
      if (keeper.lacks(gateway)) await keeper.confirm(either);
      keeper.gateway(gateway);
    }
    const earlier = this.#resends.find(message.resendOf);
    // One that is not over repeats its packets by itself.
    if (earlier !== undefined && !earlier.message.over) return earlier.message;
    await this.#room.take(packets, either);
    let reserved = packets;
    try {
      const cut = earlier?.cut ??
        factory.cut(
          await composer.compose(message, { freshTag, signal: either }),
        );
      // The plan may have been a packet too large.
      this.#room.release(packets - cut.fragments.length);
      reserved = cut.fragments.length;
      return this.#add(message, cut);
    } catch (error) {
      this.#room.release(reserved);
      throw error;
    }
  }

  messages(options: MessagesOptions = {}): AsyncIterable<IncomingMessage> {
    return this.#parts.deliveries.messages(options, this.#storedByNow());
  }

  onlook(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<IncomingMessage> {
    return this.#parts.deliveries.onlook(signal, this.#storedByNow());
  }

  states(
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<MailboxState> {
    return this.#parts.states.watch(signal);
  }

  close({ drain = 0 }: { drain?: number | undefined } = {}): Promise<void> {
    return this.#closing ??= this.#close(drain);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #storedByNow(): WasStored {
    const now = this.#parts.clock.wall();
    return ({ receivedAt }) => receivedAt < now;
  }

  #add({ target, lane }: OutgoingMessage, cut: CutMessage): Outgoing {
    const { outbox, random } = this.#parts;
    const sending = outbox.add(cut, target, lane ?? "general", (onFailed) => {
      const opened: Outgoing = new Outgoing(
        random(ID_SIZE).toHex(),
        cut.fragments.length,
        {
          onOver: () => {
            this.#sendings.delete(opened);
            if (opened.failed) onFailed();
          },
          onRoom: (packets) => this.#room.release(packets),
        },
      );
      return opened;
    });
    this.#sendings.add(sending);
    this.#resends.remember(sending, cut);
    return sending;
  }

  async #close(drain: number): Promise<void> {
    const { clock, stop } = this.#parts;
    if (drain > 0) {
      const done = new AbortController();
      const left = [...this.#sendings].map((message) =>
        message.reached("flushed", done.signal)
      );
      const deadline = clock.until(clock.now() + drain, done.signal);
      const failed = this.#parts.failed;
      // Whatever cannot be sent is told below to those who wait for it.
      await Promise.race([Promise.allSettled(left), deadline, failed]);
      done.abort();
      await Promise.allSettled([...left, deadline]);
    }
    stop.abort(closedError());
    await this.#shut({});
  }

  /** Stop everything and tell everybody; with a reason if nobody asked for it. */
  async #shut(why: { reason?: unknown }): Promise<void> {
    const { stop, tasks, states, deliveries } = this.#parts;
    this.#closing ??= this.#end.promise.catch(() => {});
    const failed = "reason" in why;
    const error = failed && why.reason instanceof NymError
      ? why.reason
      : closedError();
    stop.abort(error);
    await tasks.join();
    for (const message of [...this.#sendings]) {
      message.fail(lost(message, error));
    }
    deliveries.close({ handOutRest: failed });
    const reason = failed ? error.message : "closed";
    states.tell({ kind: "closed", reason });
    if (failed) this.#end.reject(why.reason);
    else this.#end.resolve();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }
}

function closedError(): ConnectionError {
  return new ConnectionError("Cannot send: the client is closed", {
    mayArrive: false,
  });
}

/** Why a message will not go on when its client ends. */
function lost(message: Outgoing, cause: NymError): ConnectionError {
  return new ConnectionError(
    `Cannot go on sending: ${cause.message.replace(/^Cannot send: /, "")}`,
    { cause, exitCode: EXIT.lost, mayArrive: message.left > 0 },
  );
}
