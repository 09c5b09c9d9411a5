/**
 * One of the exit codes of the command line, by meaning.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { EXIT } from "nymwire";
 *
 * assertEquals(EXIT.timeout, 6);
 * ```
 */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  down: 3,
  busy: 4,
  lost: 5,
  timeout: 6,
  address: 7,
  refused: 8,
  plugin: 9,
  partial: 10,
  noReply: 11,
  integrity: 12,
  hungUp: 129,
  interrupted: 130,
  closedOutput: 141,
  terminated: 143,
} as const;

/** A number out of {@linkcode EXIT}. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** What an error of ours can carry beside its sentence. */
export interface NymErrorOptions {
  /** What led to it. */
  cause?: unknown;
  /** One imperative sentence: what to do now. */
  hint?: string | undefined;
  /** The exit code of a command that fails with it; without one the class decides. */
  exitCode?: ExitCode | undefined;
  /** Whether what was being sent may arrive in spite of the error. */
  mayArrive?: boolean | undefined;
}

/** The root of every error that this project throws on purpose: a sentence for people and a hint what to do now. */
export class NymError extends Error {
  /** The name of the class. */
  override name = "NymError";
  /** One imperative sentence: what to do now. */
  readonly hint: string | undefined;
  /** The exit code that a command ends with, where it differs from that of the class. */
  readonly exitCode: ExitCode | undefined;
  /** Whether what was being sent may arrive in spite of the error. */
  readonly mayArrive: boolean | undefined;

  /** Make an error from a sentence and what belongs to it. */
  constructor(message: string, options: NymErrorOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.hint = options.hint;
    this.exitCode = options.exitCode;
    this.mayArrive = options.mayArrive;
  }
}

/** Bytes or text that someone sent or stored do not have the shape they must have. */
export class DecodeError extends NymError {
  /** The name of the class. */
  override name = "DecodeError";
}

/** A peer sent something well-formed that it must not send now, or speaks another version. */
export class ProtocolError extends NymError {
  /** The name of the class. */
  override name = "ProtocolError";
}

/** A signature, MAC or key does not fit; says no more than that on purpose. */
export class CryptoError extends NymError {
  /** The name of the class. */
  override name = "CryptoError";
}

/** A connection could not be made, or was lost. */
export class ConnectionError extends NymError {
  /** The name of the class. */
  override name = "ConnectionError";
}

/** Our user asked for something that cannot be done as asked. */
export class UsageError extends NymError {
  /** The name of the class. */
  override name = "UsageError";
}

/** A plugin did not do what it has to do. */
export class PluginError extends NymError {
  /** The name of the class. */
  override name = "PluginError";
}

/** What an error says that led to another one, at the very beginning. */
export function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) {
    root = root.cause;
  }
  return root instanceof Error ? root.message : String(root);
}
