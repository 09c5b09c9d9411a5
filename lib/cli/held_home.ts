import {
  type HomeClient,
  startHomeClient,
  type StartHomeClientOptions,
} from "../client/home_client.ts";
import { MessageHub } from "../daemon/hub.ts";
import { SharedMailbox } from "../daemon/shared_mailbox.ts";
import type { HomePaths } from "../home/paths.ts";
import { removeRunFile } from "../home/run_file.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { CommandContext } from "./context.ts";
import type { HeldClient } from "./held_client.ts";
import { tellNotice } from "./home_notice.ts";
import { patience, serveOwnChannel } from "./own_channel.ts";
import { describe } from "./report.ts";

/** A home that this process holds: its client runs, and other processes can join it over our own channel. */
export interface HeldHome extends HeldClient {
  readonly home: HomeClient;
}

/**
 * Hold a home and serve our own channel in it, for as long as this process lives.
 *
 * @throws What {@linkcode startHomeClient} throws.
 */
export async function holdHome(
  paths: HomePaths,
  context: CommandContext,
  options: StartHomeClientOptions,
): Promise<HeldHome> {
  const { output } = context;
  await using stack = new AsyncDisposableStack();
  const home = stack.use(
    await startHomeClient(paths, {
      ...options,
      clock: context.clock,
      onNotice: (notice) => tellNotice(notice, output),
    }),
  );
  const hub = stack.use(
    new MessageHub({
      mailbox: home.client,
      onFailure: (reason) => void output.alarm(describe(reason).message),
    }),
  );
  const channel = stack.use(
    await serveOwnChannel(paths, { mailbox: home.client, hub }, context),
  );
  const resources = stack.move();
  let closing: Promise<void> | undefined;
  return {
    home,
    hub,
    channel,
    announce: (url) => home.announce({ url, channel: channel.where }),
    retract,
    close: ({ drain = 0 } = {}) => closing ??= close(drain),
    [Symbol.asyncDispose]: () => closing ??= close(0),
  };

  function retract(): Promise<void> {
    return removeRunFile(paths);
  }

  async function close(drain: number): Promise<void> {
    await retract();
    await channel.close(Math.max(drain, patience(context)));
    await hub.close();
    await channel[Symbol.asyncDispose]();
    await home.close({ drain });
    await resources.disposeAsync();
  }
}

/** The client of a held home as a command of the same process sees it; closing it lets go of the home. */
export function heldMailbox({ home, hub, close }: HeldHome): Mailbox {
  return new SharedMailbox({ mailbox: home.client, hub, onClose: close });
}
