import type { Mailbox, MailboxState } from "../mailbox/mailbox.ts";

/** What a command waits for, in words after "waiting for": told when its time is over. */
export class Waiting implements AsyncDisposable {
  readonly #stop = new AbortController();
  #watching: Promise<void> | undefined;
  /** What opening the client waits for, or what is wrong with it since. */
  #client: string | undefined;

  /** Hears what opening the client waits for. */
  readonly note = (what: string): void => {
    this.#client = what;
  };

  /** The client is open, and tells this of its connection. */
  hear(state: MailboxState): void {
    // What was missing when it was closed stays missing.
    if (state.kind === "closed") return;
    this.#client = state.kind === "reconnecting"
      ? `the connection (${state.reason})`
      : undefined;
  }

  /** The client is open: hear what it tells from now on. */
  watch(mailbox: Pick<Mailbox, "states">): void {
    this.hear({ kind: "connected" });
    this.#watching ??= this.#watch(mailbox);
  }

  /** What is waited for; `otherwise` if the client is well. */
  for(
    otherwise: () => string | undefined = () => undefined,
  ): string | undefined {
    return this.#client ?? otherwise();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(mailbox: Pick<Mailbox, "states">): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const state of mailbox.states({ signal })) this.hear(state);
    } catch {
      // Stopped, or the client is gone, which is told elsewhere.
    }
  }
}
