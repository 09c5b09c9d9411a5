import { EXIT, PluginError } from "../../errors.ts";
import type { IncomingMessage, Mailbox } from "../../mailbox/mailbox.ts";
import type { CommandContext } from "../context.ts";
import type { ListenCommand } from "../definitions/listen.ts";
import type { LetterChoice } from "./dead_letter.ts";
import { frameMessage } from "./framing.ts";
import { messageFields } from "./message_json.ts";

/** The options of a command that say what becomes of a message. */
export type DeliverOptions =
  & Pick<
    ListenCommand,
    | "json"
    | "join"
    | "raw"
    | "format"
    | "outDir"
    | "exec"
    | "answer"
    | "onError"
  >
  & LetterChoice;

/** What becomes of each message: printed, written to a file, or given to a program. It is taken once that is done. */
export interface Deliverer {
  /**
   * Find out whether messages can be dealt with at all, before there is one.
   *
   * @throws {UsageError} If not.
   */
  begin?(): Promise<void>;
  /**
   * Deal with a message. One that could not be and is to come again is not taken when this resolves.
   *
   * @throws {ClosedOutput} If nobody reads our output: the message is not taken.
   * @throws {NymError} If a program fails and its policy is `fail`, or a file cannot be written.
   */
  deliver(
    message: IncomingMessage,
    mailbox: Mailbox | undefined,
    signal: AbortSignal,
  ): Promise<void>;
}

/** Choose what becomes of messages, by the options of a command. */
export function deliverer(
  options: DeliverOptions,
  context: CommandContext,
): Deliverer {
  if (options.exec) return execDeliverer(options, options.exec, context);
  if (options.outDir) return fileDeliverer(options.outDir, context);
  return printDeliverer(options, context);
}

function printDeliverer(
  options: DeliverOptions,
  { output }: CommandContext,
): Deliverer {
  const { isTerminal } = output;
  return {
    async deliver(message) {
      if (output.json) await recordMessage(message, output);
      else {
        await output.write(frameMessage(message, { ...options, isTerminal }));
      }
      await message.taken();
    },
  };
}

function fileDeliverer(
  folder: string,
  { output }: CommandContext,
): Deliverer {
  return {
    async begin() {
      const { ensureFolder } = await import("./out_dir.ts");
      await ensureFolder(folder);
    },
    async deliver(message) {
      const { writeMessageFile } = await import("./out_dir.ts");
      const path = await writeMessageFile(folder, message);
      await message.taken();
      if (output.json) await recordMessage(message, output);
      await output.say(path);
    },
  };
}

function execDeliverer(
  options: DeliverOptions,
  words: readonly string[],
  context: CommandContext,
): Deliverer {
  const { answer, onError = "keep" } = options;
  const { output, env } = context;
  return {
    async begin() {
      const { checkProgram } = await import("../check_program.ts");
      await checkProgram(words[0]!, env);
    },
    async deliver(message, mailbox, signal) {
      try {
        const { runExec } = await import("./exec.ts");
        const printed = await runExec(message, {
          words,
          answer: answer ?? false,
          context,
          signal,
        });
        if (answer) await sendAnswer(message, printed, mailbox!, signal);
      } catch (error) {
        if (signal.aborted || onError === "fail") throw error;
        const { message: what } = error as Error;
        switch (onError) {
          case "keep":
            return await output.alarm(
              `${what}; it stays in ${options.replay ?? "the inbox"}`,
            );
          case "drop":
            await output.alarm(`${what}; it is dropped`);
            break;
          case "dead-letter": {
            const { putAside } = await import("./dead_letter.ts");
            const path = await putAside(message, mailbox, options, context);
            await output.alarm(`${what}; it is put aside in ${path}`);
            break;
          }
          default:
            onError satisfies never;
        }
      }
      await message.taken();
      if (output.json) await recordMessage(message, output);
    },
  };
}

async function recordMessage(
  message: IncomingMessage,
  output: CommandContext["output"],
): Promise<void> {
  await output.record("message", messageFields(message), message.receivedAt);
}

async function sendAnswer(
  { senderTag }: IncomingMessage,
  body: Uint8Array,
  mailbox: Mailbox,
  signal: AbortSignal,
): Promise<void> {
  if (body.length === 0) return;
  if (!senderTag) {
    throw new PluginError(
      "Cannot answer a message: it came without reply blocks",
      {
        exitCode: EXIT.noReply,
        hint: "Let the sender use: nymwire request, or send --surbs auto",
      },
    );
  }
  const target = { kind: "reply", senderTag } as const;
  const sending = await mailbox.send({ target, body }, { signal });
  if (mailbox.strongestStage !== "queued") {
    await sending.reached("flushed", signal);
  }
}
