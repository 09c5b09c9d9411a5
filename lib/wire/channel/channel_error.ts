import {
  ConnectionError,
  EXIT,
  type ExitCode,
  NymError,
  UsageError,
} from "../../errors.ts";
import { AddressError } from "../../message/address_error.ts";
import type { JsonReader } from "../json_reader.ts";

/** What can be wrong, by code: what a program decides on, while the message is for people. */
export const CHANNEL_ERRORS = {
  /** The frame is no frame of this channel. */
  frame: EXIT.down,
  /** A request lacks a field or has one of the wrong shape. */
  request: EXIT.down,
  /** There is no request of this type. */
  unknownType: EXIT.down,
  /** More is under way than the welcome allows. */
  tooMany: EXIT.refused,
  /** Messages were not taken in time; the subscription is over. */
  slowConsumer: EXIT.lost,
  /** The address is malformed, or its gateway unknown. */
  address: EXIT.address,
  /** The sender tag is unknown, or its reply blocks are used up. */
  noReply: EXIT.noReply,
  /** The client does not take this, or cannot tell that stage. */
  refused: EXIT.refused,
  /** The request asks for what makes no sense. */
  usage: EXIT.usage,
  /** The network, or the client behind, is down. */
  down: EXIT.down,
  /** Somebody else holds what is needed. */
  busy: EXIT.busy,
  /** The connection behind was lost. */
  lost: EXIT.lost,
  /** It took too long. */
  timeout: EXIT.timeout,
  /** A check of integrity failed. */
  integrity: EXIT.integrity,
  /** Anything else. */
  failed: EXIT.failure,
} as const satisfies Record<string, ExitCode>;

/** One of the codes in {@linkcode CHANNEL_ERRORS}. */
export type ChannelErrorCode = keyof typeof CHANNEL_ERRORS;

/** An error as it travels. */
export interface ChannelError {
  readonly code: ChannelErrorCode;
  /** One sentence for people. */
  readonly message: string;
  /** What to do now. */
  readonly hint: string | null;
  /** Whether what was being sent may arrive in spite of it. */
  readonly mayArrive: boolean | null;
}

// The cast is for `Object.keys`, which forgets what it lists.
const CODES = Object.keys(CHANNEL_ERRORS) as ChannelErrorCode[];

/** Codes by exit code, for errors that were not made for this channel. */
const CODE_OF_EXIT: readonly ChannelErrorCode[] = [
  "address",
  "noReply",
  "refused",
  "usage",
  "down",
  "busy",
  "lost",
  "timeout",
  "integrity",
];

/** Say an error of ours; of one that is not made for people no more than that it happened. */
export function channelErrorOf(error: unknown): ChannelError {
  if (!(error instanceof NymError)) {
    const message = "Cannot do that: the client failed";
    return { code: "failed", message, hint: null, mayArrive: null };
  }
  const { message, hint = null, mayArrive = null } = error;
  return { code: codeOf(error), message, hint, mayArrive };
}

/** Make an error that can be thrown out of one that has travelled. */
export function errorOf(error: ChannelError): NymError {
  const { code, message, hint, mayArrive } = error;
  const options = {
    exitCode: CHANNEL_ERRORS[code],
    hint: hint ?? undefined,
    mayArrive: mayArrive ?? undefined,
  };
  switch (code) {
    case "usage":
    case "refused":
    case "tooMany":
      return new UsageError(message, options);
    case "down":
    case "busy":
    case "lost":
    case "slowConsumer":
      return new ConnectionError(message, options);
    default:
      return new NymError(message, options);
  }
}

/** Read an error. A code of a later version is `failed`. */
export function readChannelError(json: JsonReader): ChannelError {
  const code = json.field("code").string(100);
  return {
    code: CODES.find((known) => known === code) ?? "failed",
    message: json.field("message").string(),
    hint: json.optional("hint")?.string() ?? null,
    mayArrive: json.optional("mayArrive")?.boolean() ?? null,
  };
}

function codeOf(error: NymError): ChannelErrorCode {
  const { exitCode } = error;
  const code = CODE_OF_EXIT.find((code) => CHANNEL_ERRORS[code] === exitCode);
  if (code !== undefined) return code;
  if (error instanceof AddressError) return "address";
  if (error instanceof UsageError) return "usage";
  return error instanceof ConnectionError ? "lost" : "failed";
}
