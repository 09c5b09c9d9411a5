import type { Bytes } from "../bytes/brand.ts";
import { PluginError } from "../errors.ts";
import type { IncomingMessage } from "../mailbox/mailbox.ts";
import {
  arrived,
  type ChainMessage,
  type Draft,
  told,
} from "./chain_message.ts";
import type { Host } from "./host.ts";
import { matches } from "./match.ts";
import { relay } from "./relay.ts";
import type { PluginRunner } from "./runner.ts";
import type { ErrorPolicy } from "./spec.ts";
import { Turns } from "./turns.ts";

/** What a chain does with messages that a plugin could not handle. */
export interface ChainFailureOptions {
  /**
   * What happens to them, where the user says nothing about that plugin.
   *
   * @default "keep" for what arrives, "fail" for what is about to be sent: what a transform should have hidden must not leave as it was
   */
  readonly onError?: ErrorPolicy | undefined;
  /** Puts a message aside, as it came; it counts as dealt with when this resolves. */
  deadLetter(message: ChainMessage, failure: PluginError): Promise<void>;
}

/**
 * Plugins in their order, between a client and whoever takes its messages. One message at a time: the next one is taken up
 * when the one before has been dealt with. No message is lost: it counts as taken when all that became of it was taken, or
 * when a plugin dropped it with a reason, or the policy for failures says so.
 */
export class PluginChain implements AsyncDisposable {
  /** The plugins, in order. */
  readonly runners: readonly PluginRunner[];
  readonly #host: Host;
  readonly #options: ChainFailureOptions;
  readonly #incoming = new Turns();
  readonly #outgoing = new Turns();
  #sent = 0;
  #passed = 0;

  /** Of plugins that run. */
  constructor(
    runners: readonly PluginRunner[],
    host: Host,
    options: ChainFailureOptions,
  ) {
    this.runners = runners;
    this.#host = host;
    this.#options = options;
  }

  /** Messages that arrived and went on as they were though a plugin could not handle them. */
  get passed(): number {
    return this.#passed;
  }

  /**
   * Take a message that arrived through the chain. Returns what became of it, in order; `taken()` of all of that together
   * takes the message itself. Nothing becomes of one that was dropped: that is taken when this returns.
   *
   * @throws {PluginError} With exit code 9, if a plugin fails whose policy is `fail`: the message is not taken.
   * @throws The signal's reason.
   */
  incoming(
    message: IncomingMessage,
    signal?: AbortSignal,
  ): Promise<IncomingMessage[]> {
    return this.#incoming.take(async () => {
      const current = arrived(message);
      let isPassed = false;
      const bodies = await relay(current, "message", this.runners, {
        onError: this.#options.onError ?? "keep",
        deadLetter: (failure) => this.#options.deadLetter(current, failure),
        onPassed: () => isPassed = true,
        signal,
      });
      if (isPassed) this.#passed++;
      if (bodies.length === 0) await message.taken();
      return parts(message, bodies);
    });
  }

  /**
   * Take a message that is about to be sent through the chain. Returns the bodies to be sent in its place, in order; none if
   * it was dropped.
   *
   * @throws {PluginError} With exit code 9, if a plugin fails whose policy is `fail`.
   * @throws The signal's reason.
   */
  outgoing(draft: Draft, signal?: AbortSignal): Promise<Bytes[]> {
    return this.#outgoing.take(async () => {
      const current = this.#draft(draft, ++this.#sent);
      return await relay(current, "outgoing", this.runners, {
        onError: this.#options.onError ?? "fail",
        deadLetter: (failure) => this.#options.deadLetter(current, failure),
        signal,
      });
    });
  }

  /** Show a message in its final form to the plugins that want to see it. What goes wrong is logged. */
  async observe(
    message: IncomingMessage | Draft,
    signal?: AbortSignal,
  ): Promise<void> {
    const current = "taken" in message
      ? arrived(message)
      : this.#draft(message, this.#sent);
    for (const runner of this.runners) {
      if (!runner.hooks.includes("observe")) continue;
      if (!matches(runner.meta.match, current)) continue;
      try {
        await runner.call("observe", told(current), signal);
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof PluginError)) throw error;
        runner.complain(error);
      }
    }
  }

  /** The full paths of the files of the plugins, in order. */
  get files(): string[] {
    return this.runners.map(({ file }) => file);
  }

  /** Take files anew, all of them unless `which` says otherwise; where one cannot be used, the old one goes on. */
  async reload(which: (file: string) => boolean = () => true): Promise<void> {
    for (const runner of this.runners) {
      if (which(runner.file)) await runner.reload();
    }
  }

  /** End the plugins, last first; what they have sent is waited for until `signal`. */
  async close(signal?: AbortSignal): Promise<void> {
    for (const runner of this.runners.toReversed()) await runner.close(signal);
    await this.#host.close();
  }

  /** End the plugins now. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close(AbortSignal.abort());
  }

  #draft({ to, replyTo, body }: Draft, seq: number): ChainMessage {
    return {
      direction: "outgoing",
      id: `out-${seq}`,
      seq,
      time: this.#host.clock.wall(),
      body,
      to,
      replyTo,
      stored: false,
      redelivered: false,
    };
  }
}

function parts(
  message: IncomingMessage,
  bodies: readonly Bytes[],
): IncomingMessage[] {
  if (bodies.length === 1 && bodies[0] === message.body) return [message];
  const waiting = new Set(bodies.keys());
  return bodies.map((body, index) => ({
    id: index === 0 ? message.id : `${message.id}.${index + 1}`,
    seq: message.seq,
    body,
    senderTag: message.senderTag,
    isReply: message.isReply,
    replySurb: message.replySurb,
    receivedAt: message.receivedAt,
    stored: message.stored,
    redelivered: message.redelivered,
    async taken() {
      if (waiting.delete(index) && waiting.size === 0) await message.taken();
    },
  }));
}
