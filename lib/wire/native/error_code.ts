import { DecodeError } from "../../errors.ts";

/** What a native client can find wrong, by meaning: the kind byte of a binary `error` (…/websocket-requests/src/error.rs). */
export const ERROR_CODE = {
  emptyRequest: 0x01,
  tooShortRequest: 0x02,
  unknownRequest: 0x03,
  malformedRequest: 0x04,
  emptyResponse: 0x80,
  tooShortResponse: 0x81,
  unknownResponse: 0x82,
  malformedResponse: 0x83,
  other: 0xff,
} as const;

/** One of the meanings in {@linkcode ERROR_CODE}. */
export type ErrorKind = keyof typeof ERROR_CODE;

/** How an error starts in text mode; a colon and the detail follow. Binary errors carry the detail alone. */
const ERROR_TEXT: Readonly<Record<ErrorKind, string>> = {
  emptyRequest: "received request contained no data",
  tooShortRequest: "received request did not contain enough data",
  unknownRequest: "unknown request type",
  malformedRequest: "malformed request",
  emptyResponse: "received response contained no data",
  tooShortResponse: "received response did not contain enough data",
  unknownResponse: "unknown response type",
  malformedResponse: "malformed response",
  other: "other",
};

// The cast is for `Object.keys`, which forgets what it lists.
const KINDS = Object.keys(ERROR_CODE) as ErrorKind[];

/** A frame of the local websocket cannot be understood, told in the words that native clients use. */
export class NativeError extends DecodeError {
  override name = "NativeError";
  /** What is wrong with the frame. */
  readonly kind: ErrorKind;
  /** The words that travel with the kind. */
  readonly detail: string;

  /** Make an error from its two parts. */
  constructor(kind: ErrorKind, detail: string) {
    super(`Cannot decode frame: ${ERROR_TEXT[kind]}: ${detail}`);
    this.kind = kind;
    this.detail = detail;
  }
}

/**
 * Name the meaning of a kind byte.
 *
 * @throws {NativeError} If it has none, as a malformed response.
 */
export function errorKind(code: number): ErrorKind {
  const kind = KINDS.find((kind) => ERROR_CODE[kind] === code);
  if (kind !== undefined) return kind;
  throw new NativeError("malformedResponse", `invalid error code ${code}`);
}

/** Join kind and detail as text mode does: one colon, no blank. */
export function errorText(kind: ErrorKind, detail: string): string {
  return `${ERROR_TEXT[kind]}:${detail}`;
}

/** Take a text mode error apart; words that no kind starts with are `other` as a whole. */
export function parseErrorText(
  text: string,
): { kind: ErrorKind; detail: string } {
  const kind = KINDS.find((kind) => text.startsWith(`${ERROR_TEXT[kind]}:`));
  return kind === undefined
    ? { kind: "other", detail: text }
    : { kind, detail: text.slice(ERROR_TEXT[kind].length + 1) };
}
