import { decodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { DecodeError, EXIT, NymError, UsageError } from "../errors.ts";
import type { Mailbox, Target } from "../mailbox/mailbox.ts";
import { parseRecipient, type Recipient } from "../message/recipient.ts";
import { parseSenderTag, type SenderTag } from "../message/sender_tag.ts";
import { escapeLine } from "./escape.ts";
import { fileFault } from "./file_fault.ts";

/** Who a message is for, before the client is known. */
export type Wanted =
  /** This client itself. */
  | { readonly kind: "self" }
  | { readonly kind: "recipient"; readonly recipient: Recipient }
  | { readonly kind: "reply"; readonly senderTag: SenderTag }
  /** The owner of a reply block that an old client hands out instead of a sender tag. */
  | { readonly kind: "replySurb"; readonly surb: Bytes };

/** Which options name recipients. */
export interface RecipientOptions {
  readonly to?: string | readonly string[] | undefined;
  readonly toFile?: string | undefined;
  readonly replyTo?: string | undefined;
}

/** A file of recipients is at most this long, in bytes: some 7000 addresses. */
const MAX_FILE_SIZE = 1024 * 1024;

/**
 * Read the recipients that options name, from a file if one of them says so.
 *
 * @throws {UsageError} If the file cannot be read.
 * @throws {NymError} With exit code 7 if one is not an address.
 */
export async function readRecipients(
  { to = [], toFile, replyTo }: RecipientOptions,
): Promise<Wanted[]> {
  const wanted = (typeof to === "string" ? [to] : to).map(parseWanted);
  if (toFile !== undefined) wanted.push(...await readFile(toFile));
  if (replyTo !== undefined) wanted.push(parseReplyTo(replyTo));
  return wanted;
}

/**
 * Read an address, or `self`.
 *
 * @throws {NymError} With exit code 7 if it is neither.
 */
export function parseWanted(text: string): Wanted {
  if (text === "self") return { kind: "self" };
  // A word without separators is meant as a name, and there are none yet but one.
  if (!/[@.]/.test(text)) throw unknownName(text);
  return { kind: "recipient", recipient: parseRecipient(text) };
}

/** The shortest text that can only be a reply block: far longer than any sender tag. */
const SURB_TEXT_LENGTH = 1_000;

/** How many bytes a reply block of an old client has. */
const OLD_SURB_SIZE = 1_164;

/**
 * Read a sender tag, or the reply block that clients before 1.1.4 give.
 *
 * @throws {NymError} With exit code 7 if it is neither.
 */
export function parseReplyTo(text: string): Wanted {
  if (text.length < SURB_TEXT_LENGTH) {
    return { kind: "reply", senderTag: parseSenderTag(text) };
  }
  try {
    const options = { title: "reply block", length: OLD_SURB_SIZE };
    return { kind: "replySurb", surb: decodeBase58(text, options) };
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new DecodeError(cause.message, {
      cause,
      exitCode: EXIT.address,
      hint: "Copy the whole reply block as the old client printed it",
    });
  }
}

/**
 * What a wanted recipient is to this mailbox.
 *
 * @throws {UsageError} With exit code 8 if it is a reply block and the client takes none.
 */
export function targetOf(wanted: Wanted, mailbox: Mailbox): Target {
  switch (wanted.kind) {
    case "self":
      return { kind: "recipient", recipient: mailbox.address };
    case "replySurb": {
      const senderTag = mailbox.adoptSurb?.(wanted.surb);
      if (senderTag) return { kind: "reply", senderTag };
      throw new UsageError("Cannot use a reply block: this client takes none", {
        exitCode: EXIT.refused,
        hint: "Use a client older than 1.1.4, or the sender tag of a newer one",
      });
    }
    default:
      return wanted;
  }
}

async function readFile(path: string): Promise<Wanted[]> {
  let text: string;
  try {
    const { size } = await Deno.stat(path);
    if (size > MAX_FILE_SIZE) throw new Error(`it has ${size} bytes`);
    text = await Deno.readTextFile(path);
  } catch (cause) {
    throw new UsageError(
      `Cannot read recipients from ${path}: ${fileFault(cause)}`,
      { cause, hint: "Write one address a line into it" },
    );
  }
  const wanted = text.split("\n").flatMap((line, index) => {
    const name = line.trim();
    if (name === "" || name.startsWith("#")) return [];
    return parseIn(`${path}:${index + 1}`, name);
  });
  if (wanted.length > 0) return wanted;
  throw new UsageError(`Cannot read recipients from ${path}: it names none`, {
    hint: "Write one address a line into it",
  });
}

/** Read a recipient in a file, and say where it stands if it is none. */
function parseIn(place: string, name: string): Wanted {
  try {
    return parseWanted(name);
  } catch (cause) {
    if (!(cause instanceof NymError)) throw cause;
    const { message, hint, exitCode } = cause;
    throw new DecodeError(
      message.replace(
        /^Cannot (read address|find recipient "[^"]*")/,
        `$& in ${place}`,
      ),
      { cause, hint, exitCode },
    );
  }
}

function unknownName(text: string): DecodeError {
  const shown = escapeLine(text.length > 60 ? `${text.slice(0, 60)}…` : text);
  return new DecodeError(
    `Cannot find recipient "${shown}": it is no address, and no name but "self" is known`,
    {
      exitCode: EXIT.address,
      hint: "Give the whole address as whoami prints it, or self",
    },
  );
}
