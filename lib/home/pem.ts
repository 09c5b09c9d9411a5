import type { Bytes } from "../bytes/brand.ts";
import { DecodeError } from "../errors.ts";

/** Base64 digits per line. */
const LINE = 64;

const BEGIN = "-----BEGIN ";
const END = "-----END ";
const DASHES = "-----";

/**
 * Write bytes as a PEM block with CRLF line ends, as the official client does on every system. The bytes are raw: no ASN.1,
 * no PKCS, so other tools do not read them in spite of the familiar look (nymtech/nym, `common/pemstore`).
 */
export function encodePem(label: string, bytes: Uint8Array): string {
  const digits = bytes.toBase64();
  const lines = [`${BEGIN}${label}${DASHES}`];
  for (let i = 0; i < digits.length; i += LINE) {
    lines.push(digits.slice(i, i + LINE));
  }
  lines.push(`${END}${label}${DASHES}`, "");
  return lines.join("\r\n");
}

/**
 * Read the first PEM block of a text: whatever stands around it, any line ends, blanks at the ends of lines.
 *
 * @throws {DecodeError} If there is none, its label is not `label`, its two labels differ, its base64 is not strict, or it
 * holds another number of bytes than `length`.
 */
export function decodePem(text: string, label: string, length: number): Bytes {
  const block = firstBlock(text);
  if (block.begin !== block.end) {
    throw new DecodeError(
      `Cannot decode PEM: it begins as "${block.begin}" and ends as "${block.end}"`,
    );
  }
  if (block.begin !== label) {
    throw new DecodeError(
      `Cannot decode PEM: need "${label}", have "${block.begin}"`,
    );
  }
  const bytes = strictBase64(block.body);
  if (bytes.length !== length) {
    throw new DecodeError(
      `Cannot decode ${label}: need ${length} bytes, have ${bytes.length}`,
    );
  }
  return bytes;
}

function firstBlock(
  text: string,
): { begin: string; body: string; end: string } {
  const [begin, afterBegin] = label(text, BEGIN, 0);
  const endAt = text.indexOf(END, afterBegin);
  if (endAt < 0) throw new DecodeError(`Cannot decode PEM: no "${END.trim()}"`);
  return {
    begin,
    body: text.slice(afterBegin, endAt),
    end: label(text, END, endAt)[0],
  };
}

/** The text between a mark and the dashes after it, and where these end. */
function label(text: string, mark: string, from: number): [string, number] {
  const start = text.indexOf(mark, from);
  const end = start < 0 ? -1 : text.indexOf(DASHES, start + mark.length);
  if (end < 0) throw new DecodeError(`Cannot decode PEM: no "${mark.trim()}"`);
  return [text.slice(start + mark.length, end), end + DASHES.length];
}

function strictBase64(body: string): Bytes {
  const digits = body.split(/\r?\n/).map((line) => line.trimEnd()).join("")
    .trimStart();
  // The built-in decoder skips blanks inside, which are no base64 here.
  if (/\s/.test(digits)) {
    throw new DecodeError("Cannot decode PEM: blanks inside the base64");
  }
  try {
    return Uint8Array.fromBase64(digits, { lastChunkHandling: "strict" });
  } catch (cause) {
    throw new DecodeError("Cannot decode PEM: not base64", { cause });
  }
}
