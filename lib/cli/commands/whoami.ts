import { EXIT, type ExitCode } from "../../errors.ts";
import type { CommandContext } from "../context.ts";
import type { WhoamiCommand } from "../definitions/whoami.ts";
import { findHome } from "../homes.ts";
import { TimeLimit } from "../interruption.ts";
import { formatDuration } from "../parse/duration.ts";
import { TimeLimiter } from "../time_limit.ts";
import { Waiting } from "../waiting.ts";

/** How long a client may take to tell its address, unless `--timeout` says otherwise. */
const PATIENCE_MS = 10_000;

/** Run `whoami`: the address on one line, and nothing else. */
export async function runWhoami(
  command: WhoamiCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { output } = context;
  const { address, id } = await findAddress(command, context);
  if (output.json) await output.record("address", { address, id });
  else await output.print(address);
  if (command.qr) {
    const { renderUnicodeCompact } = await import("uqr");
    await output.print(renderUnicodeCompact(address, { ecc: "L", border: 1 }));
  }
  return EXIT.ok;
}

async function findAddress(
  { url, id, check, timeout }: WhoamiCommand,
  context: CommandContext,
): Promise<{ address: string; id: string | null }> {
  const home = url === undefined ? await findHome(id, context.env) : undefined;
  if (home && !check) {
    const { readHomeAddress } = await import("../../home/home_address.ts");
    return { address: await readHomeAddress(home), id: home.id };
  }
  const limit = timeout ?? PATIENCE_MS;
  await using waiting = new Waiting();
  using limiter = new TimeLimiter(context.clock, limit, {
    reason: () =>
      new TimeLimit("Cannot learn the address", formatDuration(limit), {
        waitedFor: waiting.for(),
      }),
  });
  const signal = AbortSignal.any([context.signal, limiter.signal]);
  const choice = {
    url,
    id: home?.id ?? id,
    running: true,
    receives: false,
    onWait: waiting.note,
  };
  // What reads addresses is not needed for one that stands in the home.
  const { formatRecipient } = await import("../../message/recipient.ts");
  await using mailbox = await context.connect(choice, signal);
  return {
    address: formatRecipient(mailbox.address),
    id: home?.id ?? id ?? null,
  };
}
