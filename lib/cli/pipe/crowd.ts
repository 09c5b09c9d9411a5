import type { CommandContext } from "../context.ts";
import { ClosedOutput, Interruption } from "../interruption.ts";
import { describe } from "../report.ts";

/** Several streams at once, none of which ends the others: for commands that serve on and on. */
export class Crowd {
  readonly #limit: number;
  readonly #output: CommandContext["output"];
  readonly #tasks = new Set<Promise<void>>();
  #end: { readonly error: unknown } | undefined;

  /** At most `limit` at once. */
  constructor(limit: number, { output }: Pick<CommandContext, "output">) {
    this.#limit = limit;
    this.#output = output;
  }

  /** Whether nobody is being served. */
  get isEmpty(): boolean {
    return this.#tasks.size === 0;
  }

  /**
   * Serve one more, and wait while there is no room for another.
   *
   * @throws {ClosedOutput} If nobody reads our output any more, which ends all of them.
   */
  async add(serve: () => Promise<void>): Promise<void> {
    const task = this.#run(serve).finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
    while (this.#tasks.size >= this.#limit) await Promise.race(this.#tasks);
    if (this.#end) throw this.#end.error;
  }

  /** Wait for all of them. */
  async join(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  async #run(serve: () => Promise<void>): Promise<void> {
    try {
      await serve();
    } catch (error) {
      if (error instanceof ClosedOutput) this.#end ??= { error };
      else if (!(error instanceof Interruption)) {
        await this.#output.alarm(describe(error).message);
      }
    }
  }
}
