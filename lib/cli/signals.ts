import { type EndSignal, Interruption } from "./interruption.ts";

/** What {@linkcode listenForSignals} watches. */
export interface ProcessSignals {
  add(signal: Deno.Signal, handler: () => void): void;
  /** Whether the process goes on without its terminal: then SIGHUP does not end it. */
  readonly outlivesTerminal: boolean;
  /** Whether the terminal that the process was started from is gone by now. */
  hasLostTerminal(): boolean;
}

/** The signals of a process, as a command sees them. */
export interface Signals {
  /** Aborts on the first SIGINT or SIGTERM, and on SIGHUP while nobody wants it for a reload or if it came with the end of the terminal. */
  readonly signal: AbortSignal;
  /** Calls back on SIGHUP that is no closed terminal, which otherwise ends the command; returns how to stop that. */
  onReload(reload: () => void): () => void;
}

/**
 * Turn the first signal into an abort, so that a command can end in order. `second` is called on the next SIGINT or SIGTERM, and
 * is to end the process at once; another SIGHUP is no such wish, as a terminal that is closed often sends two.
 */
export function listenForSignals(
  { add, outlivesTerminal, hasLostTerminal }: ProcessSignals,
  second: (reason: Interruption) => void,
): Signals {
  const controller = new AbortController();
  const { signal } = controller;
  const reloads = new Set<() => void>();
  for (const name of ["SIGINT", "SIGTERM"] satisfies EndSignal[]) {
    add(name, () => {
      const reason = new Interruption(name);
      if (signal.aborted) second(reason);
      else controller.abort(reason);
    });
  }
  // It has to be heard even where it is to be ignored: once one signal is heard, Deno lets this one end the process.
  add("SIGHUP", () => {
    const isClosing = !outlivesTerminal && hasLostTerminal();
    if (!isClosing) { for (const reload of reloads) reload(); }
    const isWanted = isClosing || (reloads.size === 0 && !outlivesTerminal);
    if (isWanted && !signal.aborted) {
      controller.abort(new Interruption("SIGHUP"));
    }
  });
  return {
    signal,
    onReload(reload) {
      reloads.add(reload);
      return () => void reloads.delete(reload);
    },
  };
}
