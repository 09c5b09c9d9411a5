import { MessageHub } from "../../daemon/hub.ts";
import type { ExitCode } from "../../errors.ts";
import { acquireLock } from "../../home/lock.ts";
import { removeRunFile, writeRunFile } from "../../home/run_file.ts";
import { openReconnecting } from "../../mailbox/reconnecting.ts";
import { formatRecipient } from "../../message/recipient.ts";
import type { CommandContext } from "../context.ts";
import type { RunCommand } from "../definitions/run.ts";
import { findHome } from "../homes.ts";
import { keepInbox, ownPaths } from "../kept_inbox.ts";
import { serveOwnChannel } from "../own_channel.ts";
import { describe } from "../report.ts";
import type { ServiceManager } from "../service_manager.ts";
import { serveUntilTold } from "./run_serving.ts";

/**
 * Run `run --upstream`: many programs over the single slot of a stock client. What arrives is kept before anybody sees it; commands on
 * the client's home find our own channel there.
 */
export async function runUpstream(
  url: string,
  command: RunCommand,
  context: CommandContext,
  manager: ServiceManager,
): Promise<ExitCode> {
  const { output, signal, clock, env } = context;
  const { id, host = "127.0.0.1", port = 0, disableSocket } = command;
  await using stack = new AsyncDisposableStack();
  const upstream = await openReconnecting({
    open: (signal) => context.connect({ url, id, unkept: true }, signal),
    signal,
    clock,
  });
  // Until something else closes it.
  stack.use(upstream);
  const { address } = upstream;
  const home = id === undefined ? undefined : await findHome(id, env);
  const paths = ownPaths(home, address, env);
  const title = home ? `home ${home.id}` : `the inbox of ${url}`;
  stack.use(await acquireLock(paths.lock, { title, clock, signal }));
  await removeRunFile(paths);
  stack.defer(() => removeRunFile(paths));
  const mailbox = stack.use(await keepInbox(upstream, paths, context));
  const hub = stack.use(
    new MessageHub({
      mailbox,
      onFailure: (reason) => void output.alarm(describe(reason).message),
    }),
  );
  const channel = stack.use(
    await serveOwnChannel(paths, { mailbox, hub }, context),
  );
  return await serveUntilTold(
    {
      mailbox,
      hub,
      socket: disableSocket ? undefined : { host, port },
      remark: `all of it goes through the client at ${url}`,
      announce: (served) =>
        writeRunFile(paths, {
          pid: Deno.pid,
          startedAt: new Date(clock.wall()).toISOString(),
          address: formatRecipient(address),
          url: served,
          channel: channel.where,
        }),
      retract: () => removeRunFile(paths),
      channel,
      async close({ drain }) {
        await hub.close();
        await mailbox.close({ drain });
      },
    },
    command,
    context,
    manager,
  );
}
