/**
 * What `commander` uses of Node, as little as a command line needs that is read with `from: "user"`. Loading the whole of
 * `node:fs`, `node:process` and `node:child_process` takes longer than everything else that a short command does.
 * `lib/release/bundle.ts` puts this in their place.
 */

type Listener = (...values: unknown[]) => void;

/** Options and help of a command tell each other what happens. */
export class EventEmitter {
  readonly #listeners = new Map<string, Listener[]>();

  /** Hear of an event. */
  on(event: string, listener: Listener): this {
    this.#listeners.set(event, [
      ...this.#listeners.get(event) ?? [],
      listener,
    ]);
    return this;
  }

  /** Tell of an event; says whether anybody heard. */
  emit(event: string, ...values: unknown[]): boolean {
    const listeners = this.#listeners.get(event) ?? [];
    for (const listener of listeners) listener.apply(this, values);
    return listeners.length > 0;
  }

  /** How many hear of an event. */
  listenerCount(event: string): number {
    return this.#listeners.get(event)?.length ?? 0;
  }
}

/** Help is written without colours. */
export function stripVTControlCharacters(text: string): string {
  return text;
}

/** The process, as far as help asks; and the file system, programs and paths, which are for commands that are files. */
export default { argv: [], env: {}, stdout: {}, stderr: {} };
