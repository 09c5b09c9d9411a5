import { type EndSignal, Interruption } from "./interruption.ts";

/** What {@linkcode listenForSignals} watches. */
export interface ProcessSignals {
  add(signal: Deno.Signal, handler: () => void): void;
  remove(signal: Deno.Signal, handler: () => void): void;
}

/** The signals of a process, as a command sees them. */
export interface Signals {
  /** Aborts on the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Calls back on SIGHUP, which otherwise ends the process; returns how to stop that. */
  onReload(reload: () => void): () => void;
}

/**
 * Turn the first SIGINT or SIGTERM into an abort, so that a command can end in order. `second` is called on the next one, and
 * is to end the process at once.
 */
export function listenForSignals(
  process: ProcessSignals,
  second: (reason: Interruption) => void,
): Signals {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] satisfies EndSignal[]) {
    process.add(name, () => {
      const reason = new Interruption(name);
      if (controller.signal.aborted) second(reason);
      else controller.abort(reason);
    });
  }
  return {
    signal: controller.signal,
    onReload(reload) {
      process.add("SIGHUP", reload);
      return () => process.remove("SIGHUP", reload);
    },
  };
}
