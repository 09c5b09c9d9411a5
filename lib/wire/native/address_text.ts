import { AddressError } from "../../message/address_error.ts";
import {
  decodeRecipient,
  parseRecipient,
  type Recipient,
} from "../../message/recipient.ts";
import type { Dialect } from "./dialect.ts";
import { malformed } from "./json_field.ts";

/**
 * Read a recipient of a JSON request.
 *
 * @throws {NativeError} In the words of the newest client of this dialect (1.1.3 for a and b).
 */
export function recipientOfText(text: string, dialect: Dialect): Recipient {
  try {
    return parseRecipient(text);
  } catch (error) {
    throw error instanceof AddressError
      ? malformed(displayed(error.reason, dialect))
      : error;
  }
}

/**
 * Read a recipient of a binary request: 96 bytes.
 *
 * @throws {NativeError} In the words of the newest client of this dialect; a and b show the error's inner structure.
 */
export function recipientOfBytes(
  bytes: Uint8Array,
  dialect: Dialect,
): Recipient {
  try {
    return decodeRecipient(bytes);
  } catch (error) {
    if (!(error instanceof AddressError)) throw error;
    throw malformed(
      `malformed recipient: ${
        dialect === "c" ? error.reason : debugged(error.reason)
      }`,
    );
  }
}

function displayed(reason: string, dialect: Dialect): string {
  if (dialect === "c") return reason;
  return reason
    .replace(/^recipient is malformed - .*/, "recipient is malformed")
    .replace(
      "the base58 representation of the public key was malformed - ",
      "malformed string - ",
    )
    .replace(
      /malformed: (could not convert slice to array|signature error.*)$/,
      "malformed: malformed bytes - signature error",
    )
    .replace(
      /received public key of invalid size\..*/,
      "Invalid public key bytes",
    );
}

/** Of 96 bytes only the two identity keys can be wrong. */
function debugged(reason: string): string {
  const variant = reason.startsWith("recipient gateway")
    ? "MalformedGatewayError"
    : "MalformedIdentityError";
  return `${variant}(MalformedBytes(signature::Error { source: Some(Cannot decompress Edwards point) }))`;
}
