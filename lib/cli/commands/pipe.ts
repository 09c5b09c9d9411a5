import type { ExitCode } from "../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { PipeCommand } from "../definitions/pipe.ts";
import { Interruption, TimeLimit } from "../interruption.ts";
import { notSent } from "../unfinished.ts";

/** Run `pipe`: a byte stream both ways, until both sides have ended. */
export async function runPipe(
  command: PipeCommand,
  context: CommandContext,
): Promise<ExitCode> {
  try {
    if (command.listen) {
      const { runPipeListen } = await import("./pipe_listen.ts");
      return await runPipeListen(command, context);
    }
    const { runPipeCall } = await import("./pipe_call.ts");
    return await runPipeCall(command, context);
  } catch (error) {
    // Streams say themselves what became of theirs: what is cut short without a word of that never had one.
    const isCut = error instanceof Interruption || error instanceof TimeLimit;
    // A listener had nothing to send yet.
    throw isCut && !command.listen ? notSent(error) : error;
  }
}
