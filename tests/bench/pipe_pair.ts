import { RUNTIME_FLAGS } from "../../lib/release/launcher.ts";
import { BenchProcess } from "./children.ts";
import type { PipeFigures, PipeJob } from "./pipe_process.ts";

/** As the program is run, and the memory in use can be told from what may be collected. */
const PROCESS_FLAGS = [`${RUNTIME_FLAGS},--expose-gc`];

/** A network and two clients, each a process of its own. */
export class PipePair implements AsyncDisposable {
  readonly #stack: AsyncDisposableStack;
  readonly #caller: BenchProcess;
  readonly #listener: BenchProcess;
  readonly #to: string;

  private constructor(
    stack: AsyncDisposableStack,
    caller: BenchProcess,
    listener: BenchProcess,
    to: string,
  ) {
    this.#stack = stack;
    this.#caller = caller;
    this.#listener = listener;
    this.#to = to;
  }

  /**
   * Start them: at the default settings with this mean gap between packets, or as quick as the machine is. Memory is looked at
   * whenever so many bytes have moved.
   */
  static async open(
    mode: number | "quick",
    loss: number,
    lookEvery = Infinity,
  ): Promise<PipePair> {
    await using stack = new AsyncDisposableStack();
    const network = stack.use(
      BenchProcess.start("./network_process.ts", [String(loss)]),
    );
    const { apiUrl } = await network.next<{ apiUrl: string }>();
    const start = () =>
      stack.use(
        BenchProcess.start(
          "./pipe_process.ts",
          [apiUrl, mode, lookEvery].map(String),
          PROCESS_FLAGS,
        ),
      );
    const [caller, listener] = [start(), start()];
    await caller.next();
    const { address } = await listener.next<{ address: string }>();
    return new PipePair(stack.move(), caller, listener, address);
  }

  /** Carry bytes, and wait for what both sides have seen. */
  async carry(
    { up, down }: Pick<PipeJob, "up" | "down">,
  ): Promise<{ caller: PipeFigures; listener: PipeFigures }> {
    const job: PipeJob = { to: this.#to, up, down };
    await this.#caller.tell(JSON.stringify(job));
    const [caller, listener] = await Promise.all([
      this.#caller.next<PipeFigures>(),
      this.#listener.next<PipeFigures>(),
    ]);
    return { caller, listener };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
