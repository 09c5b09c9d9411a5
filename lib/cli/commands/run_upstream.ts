import type { ExitCode } from "../../errors.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import type { CommandContext } from "../context.ts";
import type { RunCommand } from "../definitions/run.ts";
import { holdStock } from "../held_stock.ts";
import { findHome } from "../homes.ts";
import { ownPaths, rememberClient } from "../kept_inbox.ts";
import type { ServiceManager } from "../service_manager.ts";
import { serveUntilTold } from "./run_serving.ts";

/**
 * Run `run --upstream`: many programs over the single slot of a stock client. What arrives is kept before anybody sees it; our
 * commands on the same client find our own channel there.
 */
export async function runUpstream(
  url: string,
  command: RunCommand,
  context: CommandContext,
  manager: ServiceManager,
): Promise<ExitCode> {
  const { signal, clock, env } = context;
  const { id, host = "127.0.0.1", port = 0, disableSocket } = command;
  await using upstream = await openReconnecting({
    open: (signal) => context.connect({ url, id, unkept: true }, signal),
    signal,
    clock,
  });
  const home = id === undefined ? undefined : await findHome(id, env);
  if (!home) await rememberClient(url, upstream.address, env);
  const paths = ownPaths(home, upstream.address, env);
  const title = home ? `home ${home.id}` : `the inbox of ${url}`;
  await using held = await holdStock(
    upstream,
    paths,
    { title, signal },
    context,
  );
  return await serveUntilTold(
    {
      ...held,
      socket: disableSocket ? undefined : { host, port },
      remark: `all of it goes through the client at ${url}`,
    },
    command,
    context,
    manager,
  );
}
