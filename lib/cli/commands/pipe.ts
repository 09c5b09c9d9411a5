import type { ExitCode } from "../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { PipeCommand } from "../definitions/pipe.ts";

/** Run `pipe`: a byte stream both ways, until both sides have ended. */
export async function runPipe(
  command: PipeCommand,
  context: CommandContext,
): Promise<ExitCode> {
  if (command.listen) {
    const { runPipeListen } = await import("./pipe_listen.ts");
    return await runPipeListen(command, context);
  }
  const { runPipeCall } = await import("./pipe_call.ts");
  return await runPipeCall(command, context);
}
