import type { Clock } from "../async/clock.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Recipient } from "../message/recipient.ts";
import type { ClientChoice } from "./choice.ts";
import type { Output } from "./output.ts";
import type { Settings } from "../home/settings.ts";
import type { Source } from "./stdio.ts";

/** The environment; `Deno.env` is one. */
export interface Environment {
  /** The value of a variable, if it is set. */
  get(name: string): string | undefined;
  /** All of them, for a child process. */
  toObject(): Record<string, string>;
}

/** Everything a command may touch outside itself. Tests hand in their own. */
export interface CommandContext {
  /** The environment, as it was when the program started. */
  readonly env: Environment;
  /** Standard input, untouched until a command takes it. */
  readonly stdin: Source;
  /** Standard output and standard error, with the rules about what goes where. */
  readonly output: Output;
  /** How wide the terminal is, if stdout is one. */
  readonly columns: number | undefined;
  /** Our settings file, if there is one. */
  readonly settings: Settings | undefined;
  /** Aborts on the first signal that asks for the end, with an {@linkcode Interruption}. */
  readonly signal: AbortSignal;
  /** Calls back on SIGHUP instead of ending, in commands that read their settings again; returns how to stop that. */
  onReload(reload: () => void): () => void;
  /** Time. */
  readonly clock: Clock;
  /** Chance that keeps no secret: jitter, back-off. */
  readonly random: () => number;
  /** Open the client that `choice` names (`lib/cli/resolve.ts` in the product). */
  connect(choice: ClientChoice, signal: AbortSignal): Promise<Mailbox>;
  /** Wait until nobody else asks a question through the client with this address (`lib/cli/question_turn.ts`). */
  questionTurn(
    choice: ClientChoice,
    address: Recipient,
    signal: AbortSignal,
  ): Promise<Disposable | undefined>;
}
