import { encodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { concat } from "../bytes/concat.ts";
import { equal } from "../bytes/equal.ts";
import { ByteReader } from "../bytes/reader.ts";
import { isEd25519Point } from "../crypto/curve_point.ts";
import { AddressError } from "./address_error.ts";
import { readKeyText } from "./key_text.ts";

/** How many bytes each of the three keys of an address has. */
const RECIPIENT_KEY_SIZE = 32;

/** How many bytes an address has: three keys. */
export const RECIPIENT_SIZE: number = 3 * RECIPIENT_KEY_SIZE;

const NOT_BASE58 = "the base58 representation of the public key was malformed";
const WRONG_LENGTH = "could not convert slice to array";
const NOT_A_POINT = "signature error: Cannot decompress Edwards point";

const HINT =
  "Copy the whole address as whoami prints it: IDENTITY.ENCRYPTION@GATEWAY";

/** How errors name the parts of an address: to people, and in the words of native clients. */
const PART = {
  identity: ["identity key", "recipient's identity key"],
  encryption: ["encryption key", "recipient's encryption key"],
  gateway: ["gateway key", "recipient gateway's identity key"],
} as const;

type Part = keyof typeof PART;

/**
 * The address of a client: who it is, how to encrypt to it, and where its messages wait.
 */
export interface Recipient {
  /** Its Ed25519 public key, which is also its Sphinx destination; 32 bytes. */
  readonly identity: Bytes;
  /** Its X25519 public key; 32 bytes. */
  readonly encryption: Bytes;
  /** The Ed25519 public key of its gateway; 32 bytes. */
  readonly gateway: Bytes;
}

/** Write an address as text: `IDENTITY.ENCRYPTION@GATEWAY`, each in base58, at most 134 characters. */
export function formatRecipient(recipient: Recipient): string {
  const { identity, encryption, gateway } = recipient;
  return `${encodeBase58(identity)}.${encodeBase58(encryption)}@${
    encodeBase58(gateway)
  }`;
}

/** Write an address as 96 bytes: identity, encryption key, gateway (nymtech/nym, `common/nymsphinx/addressing`). */
export function encodeRecipient(recipient: Recipient): Bytes {
  const { identity, encryption, gateway } = recipient;
  return concat(identity, encryption, gateway);
}

/**
 * Read an address from its text. Blanks around it are not trimmed; both Ed25519 keys must be points of the curve, while any
 * 32 bytes are an X25519 key. The order of the checks is that of nymtech/nym, `common/nymsphinx/addressing`.
 *
 * @throws {AddressError} On anything else, with exit code 7 and the words of a native client as `reason`.
 */
export function parseRecipient(text: string): Recipient {
  const [left, gateway] = cut(text, "@");
  const [identity, encryption] = cut(left, ".");
  return {
    identity: parsePoint(identity, "identity"),
    encryption: parseKey(encryption, "encryption"),
    gateway: parsePoint(gateway, "gateway"),
  };
}

/**
 * Read an address from its 96 bytes, under the same rules as {@linkcode parseRecipient}.
 *
 * @throws {AddressError} If they are not an address.
 */
export function decodeRecipient(bytes: Uint8Array): Recipient {
  if (bytes.length !== RECIPIENT_SIZE) {
    throw new AddressError(
      `Cannot decode address: need ${RECIPIENT_SIZE} bytes, have ${bytes.length}`,
      WRONG_LENGTH,
      HINT,
    );
  }
  const reader = new ByteReader(bytes, "address");
  const key = (part: Part) => reader.bytes(RECIPIENT_KEY_SIZE, PART[part][0]);
  return {
    identity: checkPoint(key("identity"), "identity"),
    encryption: key("encryption"),
    gateway: checkPoint(key("gateway"), "gateway"),
  };
}

/** Whether two addresses are the same in all three parts. */
export function sameRecipient(a: Recipient, b: Recipient): boolean {
  return equal(encodeRecipient(a), encodeRecipient(b));
}

function cut(text: string, separator: "@" | "."): [string, string] {
  const parts = text.split(separator, 3);
  if (parts.length === 2) return [parts[0]!, parts[1]!];
  throw new AddressError(
    `Cannot read address: need exactly one "${separator}", have ${
      text.split(separator).length - 1
    }`,
    `recipient is malformed - the string address does not contain exactly a single '${separator}' character `,
    HINT,
  );
}

function parsePoint(text: string, part: Part): Bytes {
  return checkPoint(parseKey(text, part), part);
}

function parseKey(text: string, part: Part): Bytes {
  const key = readKeyText(text, RECIPIENT_KEY_SIZE);
  switch (key.kind) {
    case "bytes":
      return key.bytes;
    case "digits":
      throw malformed(part, "not base58", `${NOT_BASE58} - ${key.reason}`);
    case "length":
      throw malformed(
        part,
        `need ${RECIPIENT_KEY_SIZE} bytes, have ${key.length}`,
        part === "encryption"
          ? `received public key of invalid size. Got: ${key.length}, expected: ${RECIPIENT_KEY_SIZE}`
          : WRONG_LENGTH,
      );
    default:
      return key satisfies never;
  }
}

function checkPoint(bytes: Bytes, part: Part): Bytes {
  if (isEd25519Point(bytes)) return bytes;
  throw malformed(part, "not a point of the curve", NOT_A_POINT);
}

function malformed(part: Part, fault: string, reason: string): AddressError {
  const [name, nativeName] = PART[part];
  return new AddressError(
    `Cannot read address: ${name}: ${fault}`,
    `${nativeName} is malformed: ${reason}`,
    HINT,
  );
}
