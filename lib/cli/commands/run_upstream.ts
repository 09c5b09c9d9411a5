import { MessageHub } from "../../daemon/hub.ts";
import type { ExitCode } from "../../errors.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import type { CommandContext } from "../context.ts";
import type { RunCommand } from "../definitions/run.ts";
import { describe } from "../report.ts";
import { servePrograms } from "../serve_programs.ts";
import type { ServiceManager } from "../service_manager.ts";
import { untilTold } from "../until_told.ts";

/** How long what was begun may take once it is told to end. */
const DRAIN_MS = 10_000;

/** Run `run --upstream`: many programs over the single slot of a stock client. */
export async function runUpstream(
  url: string,
  command: RunCommand,
  context: CommandContext,
  manager: ServiceManager,
): Promise<ExitCode> {
  const { output, signal, clock } = context;
  const choice = { url, id: command.id };
  await using mailbox = await openReconnecting({
    open: (signal) => context.connect(choice, signal),
    signal,
    clock,
  });
  await using hub = new MessageHub({
    mailbox,
    onFailure: (reason) => void output.warn(describe(reason).message),
  });
  const host = command.host ?? "127.0.0.1";
  const where = { mailbox, hub, host, port: command.port ?? 0 };
  await using server = await servePrograms(where, command, context);
  if (output.json) await output.record("ready", { url: server.url });
  else await output.print(`listening on ${server.url}`);
  await output.say(`all of it goes through the client at ${url}`);
  await manager.ready(`listening on ${server.url}`);
  const code = await untilTold(mailbox, context);
  await manager.stopping();
  await server.close({ drain: DRAIN_MS });
  await mailbox.close({ drain: DRAIN_MS });
  return code;
}
