import { EXIT, type ExitCode } from "../../errors.ts";
import { formatRecipient } from "../../message/recipient.ts";
import { DEFAULT_IDLE, DEFAULT_MAX_CALLERS } from "../../stream/hub_options.ts";
import type { StreamListener } from "../../stream/open.ts";
import type { NymStream } from "../../stream/stream.ts";
import type { CommandContext } from "../context.ts";
import { streamCounted, tellCounted } from "../counted.ts";
import { isStdio, type PipeCommand } from "../definitions/pipe.ts";
import { carry, tellEnd } from "../pipe/carry.ts";
import { type CodeFile, readOrMakeCode } from "../pipe/code_file.ts";
import { Crowd } from "../pipe/crowd.ts";
import type { PipeEnd } from "../pipe/end.ts";
import { endOf } from "../pipe/ending.ts";
import { paceOf } from "../pipe/pace.ts";
import { invitation } from "../pipe/invitation.ts";
import { openSession } from "../pipe/session.ts";
import { stdioEnd } from "../pipe/stdio_end.ts";
import { WAITING } from "../pipe/progress.ts";
import { warnOfOpenCode } from "../pipe/warnings.ts";

/** Run `pipe --listen`: serve one caller, or one after the other. */
export async function runPipeListen(
  command: PipeCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { codeFile, idle = DEFAULT_IDLE, keepOpen = false, exec } = command;
  if (exec) {
    const { checkProgram } = await import("../check_program.ts");
    await checkProgram(exec[0]!, context.env);
  }
  const file = codeFile === undefined
    ? undefined
    : await readOrMakeCode(codeFile);
  await using session = await openSession(command, context);
  const { hub, mailbox, signal } = session;
  // Bytes of two callers at once on one standard output are of use to nobody.
  const maxCallers = keepOpen && !isStdio(command)
    ? command.maxCallers ?? DEFAULT_MAX_CALLERS
    : 1;
  await using callers = hub.listen({ code: file?.code, idle, maxCallers });
  const stop = () => void callers.return();
  signal.addEventListener("abort", stop, { once: true });
  try {
    const address = formatRecipient(mailbox.address);
    await announce(address, file, command, context);
    const service = new Service(command, context, signal);
    return keepOpen
      ? await service.all(callers, maxCallers)
      : await service.first(callers);
  } finally {
    signal.removeEventListener("abort", stop);
    await tellCounted(streamCounted(hub.counters), context.output);
  }
}

async function announce(
  address: string,
  file: CodeFile | undefined,
  command: PipeCommand,
  context: CommandContext,
): Promise<void> {
  const { output } = context;
  const { codeFile } = command;
  const line = invitation(address, command);
  if (output.json) await output.record("ready", { address, command: line });
  if (file) await warnOfOpenCode(codeFile!, file, context);
  else if (!command.anyone) {
    await output.warn(
      "whoever knows this address can connect: --code-file keeps strangers out, --anyone says that it is meant",
    );
  }
  if (file?.isNew) {
    await output.say(
      `made a new code: copy ${codeFile} to the other side, over a way that you trust`,
    );
  }
  if (!output.json) await output.tell(`on the other side: ${line}`);
}

/** What callers get. */
class Service {
  readonly #command: PipeCommand;
  readonly #context: CommandContext;
  readonly #signal: AbortSignal;
  #served = 0;

  constructor(
    command: PipeCommand,
    context: CommandContext,
    signal: AbortSignal,
  ) {
    this.#command = command;
    this.#context = context;
    this.#signal = signal;
  }

  /** Serve the first caller, and nobody else. */
  async first(callers: StreamListener): Promise<ExitCode> {
    const ceiling = await paceOf(this.#command, this.#context);
    if (ceiling !== undefined) await this.#context.output.redraw(WAITING);
    const { value: stream } = await callers.next();
    // Others hear nothing: another listener at this address may serve them.
    await callers.return();
    if (!stream) throw this.#signal.reason;
    await this.#serve(stream, ceiling);
    return EXIT.ok;
  }

  /** Serve callers until the command is told to end. */
  async all(callers: StreamListener, maxCallers: number): Promise<ExitCode> {
    const crowd = new Crowd(maxCallers, this.#context);
    try {
      for await (const stream of callers) {
        await crowd.add(() => this.#serve(stream));
      }
      throw this.#signal.reason;
    } catch (error) {
      return await endOf(error, crowd);
    }
  }

  async #serve(stream: NymStream, ceiling?: number): Promise<void> {
    await using _stream = stream;
    const context = this.#context;
    const signal = this.#signal;
    await using end = await this.#endFor(stream);
    await carry(stream, end, { context, signal, ceiling });
  }

  /** What a caller is joined to; one for whom there is nothing is told so. */
  async #endFor(stream: NymStream): Promise<PipeEnd> {
    const { exec, tcp, keepOpen = false, input } = this.#command;
    const context = this.#context;
    try {
      if (exec) {
        const { execEnd } = await import("../pipe/exec_end.ts");
        return execEnd(exec, context);
      }
      if (tcp) {
        const { connectEnd } = await import("../pipe/tcp_end.ts");
        return await connectEnd(tcp, {
          signal: this.#signal,
          clock: context.clock,
        });
      }
    } catch (error) {
      await stream.reset("failed", "what it serves cannot be reached");
      const reason = this.#signal.aborted ? "interrupted" : "failed";
      await tellEnd(stream, reason, context);
      throw error;
    }
    // Standard input can be read once: later callers get nothing of it.
    const reads = this.#served++ === 0 &&
      (input === "-" || !context.stdin.isTerminal);
    return stdioEnd(context, { reads, closes: !keepOpen });
  }
}
