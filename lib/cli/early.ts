import type { IncomingMessage } from "../mailbox/mailbox.ts";
import type { Listening } from "./listening.ts";

/**
 * What waits on this machine, dealt with while the client is being connected: it needs no network. And what comes through the
 * client afterwards, in which the same messages are met again if they were not taken.
 */
export class EarlyMessages {
  readonly #listening: Listening;
  readonly #untaken = new Set<string>();
  #failure: { readonly error: unknown } | undefined;
  #taking: Promise<void> | undefined;
  #number = 0;

  /** Nothing is taken yet. */
  constructor(listening: Listening) {
    this.#listening = listening;
  }

  /** Deal with what waits. Never rejects. */
  readonly take = (messages: AsyncIterable<IncomingMessage>): Promise<void> =>
    this.#taking = this.#take(messages);

  /**
   * Wait until what waits is dealt with.
   *
   * @throws What dealing with it threw.
   */
  async settled(): Promise<void> {
    await this.#taking;
    if (this.#failure) throw this.#failure.error;
  }

  /** What comes through the client, without what this process has had in hand. */
  async *rest(
    messages: AsyncIterable<IncomingMessage>,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    for await (const message of messages) {
      if (this.#untaken.has(message.id)) message.pass?.();
      else yield { ...message, seq: ++this.#number };
    }
  }

  async #take(messages: AsyncIterable<IncomingMessage>): Promise<void> {
    try {
      await this.#listening.take(this.#noted(messages), undefined);
    } catch (error) {
      this.#failure = { error };
    }
  }

  async *#noted(
    messages: AsyncIterable<IncomingMessage>,
  ): AsyncGenerator<IncomingMessage, void, undefined> {
    for await (const message of messages) {
      if (this.#listening.ended) return;
      this.#untaken.add(message.id);
      yield {
        ...message,
        seq: ++this.#number,
        taken: async () => {
          await message.taken();
          this.#untaken.delete(message.id);
        },
      };
    }
  }
}
