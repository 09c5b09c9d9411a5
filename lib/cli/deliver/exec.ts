import type { Bytes } from "../../bytes/brand.ts";
import { EXIT, NymError } from "../../errors.ts";
import type { IncomingMessage } from "../../mailbox/mailbox.ts";
import { formatSenderTag } from "../../message/sender_tag.ts";
import { ChunkJoiner } from "../body/chunks.ts";
import type { CommandContext } from "../context.ts";
import { programFault } from "../file_fault.ts";

/** How long a program that was asked to end may take. */
const KILL_AFTER_MS = 2_000;

/** What {@linkcode runExec} runs. */
export interface ExecOptions {
  /** Program and arguments. */
  readonly words: readonly string[];
  /** Whether its output is an answer; otherwise it goes to our stderr. */
  readonly answer: boolean;
  readonly context: Pick<CommandContext, "env" | "output">;
  /** Ends the program. */
  readonly signal: AbortSignal;
}

/**
 * Run a program for a message: the message on its stdin, what is known of it in its environment.
 *
 * @returns What it printed, if that is an answer.
 * @throws {NymError} With exit code 9 if it cannot be started or ends with another status than 0.
 */
export async function runExec(
  message: IncomingMessage,
  { words, answer, context, signal }: ExecOptions,
): Promise<Bytes> {
  const [program, ...args] = words as [string, ...string[]];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      env: { ...context.env.toObject(), ...variables(message) },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw failed(
      program,
      `cannot be started: ${programFault(cause)}`,
      cause,
    );
  }
  using _end = endOnAbort(child, signal);
  const printed = new ChunkJoiner("the answer");
  const forward = (chunk: Uint8Array) => context.output.forward(chunk);
  const ended = await Promise.allSettled([
    child.status,
    feed(child.stdin, message.body),
    drain(
      child.stdout,
      answer ? (chunk) => printed.add(chunk) : forward,
      child,
    ),
    drain(child.stderr, forward, child),
  ]);
  signal.throwIfAborted();
  for (const part of ended) if (part.status === "rejected") throw part.reason;
  const status = await child.status;
  if (!status.success) {
    throw failed(
      program,
      status.signal
        ? `was ended by ${status.signal}`
        : `ended with status ${status.code}`,
    );
  }
  return printed.take();
}

function variables(message: IncomingMessage): Record<string, string> {
  const { id, receivedAt, body, senderTag } = message;
  return {
    NYMWIRE_MSG_ID: id,
    NYMWIRE_MSG_TIME: new Date(receivedAt).toISOString(),
    NYMWIRE_MSG_SIZE: String(body.length),
    NYMWIRE_MSG_SENDER_TAG: senderTag ? formatSenderTag(senderTag) : "",
  };
}

async function feed(
  stdin: WritableStream<Uint8Array<ArrayBuffer>>,
  body: Bytes,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(body);
    await writer.close();
  } catch {
    // A program need not read its input: its status says whether all is well.
  }
}

async function drain(
  stream: ReadableStream<Uint8Array>,
  take: (chunk: Uint8Array) => void | Promise<void>,
  child: Deno.ChildProcess,
): Promise<void> {
  try {
    for await (const chunk of stream) await take(chunk);
  } catch (error) {
    kill(child, "SIGTERM");
    throw error;
  }
}

/** Ask a program to end when the signal aborts, and make it end if it does not listen. */
function endOnAbort(child: Deno.ChildProcess, signal: AbortSignal): Disposable {
  let timer: ReturnType<typeof setTimeout> | undefined;
  function onAbort(): void {
    kill(child, "SIGTERM");
    timer = setTimeout(() => kill(child, "SIGKILL"), KILL_AFTER_MS);
  }
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has ended by itself.
  }
}

function failed(program: string, what: string, cause?: unknown): NymError {
  return new NymError(`Cannot handle a message: ${program} ${what}`, {
    cause,
    exitCode: EXIT.plugin,
    hint: "Try the command by itself, or choose another --on-error",
  });
}
