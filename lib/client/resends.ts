import type { Outgoing } from "./outgoing.ts";
import type { CutMessage } from "./packet_factory.ts";

/** So many messages can be sent again as the same one; the oldest is forgotten first. */
const MAX_MESSAGES = 64;

/** Longer messages are not remembered, in packets. */
const MAX_PACKETS = 64;

/** Remembers how the last messages were cut: sent again in the same fragments, a receiver that had them drops them. */
export class Resends {
  readonly #messages = new Map<
    string,
    { message: Outgoing; cut: CutMessage }
  >();

  /** Remember a message. */
  remember(message: Outgoing, cut: CutMessage): void {
    if (cut.fragments.length > MAX_PACKETS) return;
    this.#messages.set(message.id, { message, cut });
    if (this.#messages.size <= MAX_MESSAGES) return;
    const [oldest] = this.#messages.keys();
    if (oldest !== undefined) this.#messages.delete(oldest);
  }

  /** A message that was sent before, if it is remembered. */
  find(
    id: string | undefined,
  ): { message: Outgoing; cut: CutMessage } | undefined {
    return id === undefined ? undefined : this.#messages.get(id);
  }
}
