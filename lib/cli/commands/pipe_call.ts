import { EXIT, type ExitCode, UsageError } from "../../errors.ts";
import type { Mailbox } from "../../mailbox/mailbox.ts";
import type { Recipient } from "../../message/recipient.ts";
import { DEFAULT_IDLE, type DialOptions } from "../../stream/hub_options.ts";
import type { NymStream } from "../../stream/stream.ts";
import type { CommandContext } from "../context.ts";
import type { PipeCommand } from "../definitions/pipe.ts";
import { carry } from "../pipe/carry.ts";
import { readCode } from "../pipe/code_file.ts";
import { paceOf } from "../pipe/pace.ts";
import { openSession } from "../pipe/session.ts";
import { stdioEnd } from "../pipe/stdio_end.ts";
import { warnOfOpenCode } from "../pipe/warnings.ts";
import { readRecipients, targetOf, type Wanted } from "../recipients.ts";

/** Run `pipe --to`: call a listener, for standard input and output or for each connection to a port. */
export async function runPipeCall(
  command: PipeCommand,
  context: CommandContext,
): Promise<ExitCode> {
  const { codeFile, input, idle = DEFAULT_IDLE, tcpListen } = command;
  const wanted = await readListener(command);
  const file = codeFile === undefined ? undefined : await readCode(codeFile);
  if (file) await warnOfOpenCode(codeFile!, file, context);
  await using session = await openSession(command, context);
  const { hub, mailbox, signal } = session;
  const listener = addressOf(wanted, mailbox);
  const options: DialOptions = { code: file?.code, idle, openTimeout: idle };
  const dial = (): NymStream => hub.dial(listener, options);
  if (tcpListen !== undefined) {
    const { forwardPort } = await import("../pipe/forward_port.ts");
    return await forwardPort(tcpListen, {
      dial,
      keepOpen: command.keepOpen ?? false,
      context,
      signal,
    });
  }
  await using stream = dial();
  await using end = stdioEnd(context, {
    reads: input === "-" || !context.stdin.isTerminal,
    closes: true,
  });
  const ceiling = await paceOf(command, context);
  await carry(stream, end, { context, signal, ceiling });
  return EXIT.ok;
}

async function readListener(command: PipeCommand): Promise<Wanted> {
  const [wanted, ...others] = await readRecipients(command);
  if (wanted !== undefined && others.length === 0) return wanted;
  throw new UsageError(
    `Cannot pipe: need one listener, have ${
      others.length > 0 ? "several" : "none"
    }`,
    {
      hint:
        "Name one with --to <address> or --to-file, or be the listener with --listen",
    },
  );
}

function addressOf(wanted: Wanted, mailbox: Mailbox): Recipient {
  const target = targetOf(wanted, mailbox);
  if (target.kind === "recipient") return target.recipient;
  throw new TypeError("an address names a recipient"); // sender tags come from other options
}
