import type { Bytes } from "../bytes/brand.ts";
import type { ByteReader } from "../bytes/reader.ts";
import { DecodeError } from "../errors.ts";
import type { ReplySurb } from "./reply_surb.ts";
import {
  decodeSurbList,
  encodeSurbList,
  type SurbEncoding,
} from "./surb_list.ts";

/** What someone tells who can be answered. */
export type RepliableContent<Data extends Uint8Array = Uint8Array> =
  /** Data, with reply blocks to answer it by. */
  | RepliableData<Data>
  /** Reply blocks that were asked for. */
  | RepliableSurbs<"additionalSurbs">
  /** Reply blocks out of turn. No client sends it, all take the blocks. */
  | RepliableSurbs<"heartbeat">;

/** Data, with reply blocks to answer it by. */
export interface RepliableData<Data extends Uint8Array>
  extends RepliableSurbs<"data"> {
  /** What the application says; may be empty. */
  readonly data: Data;
}

/** Reply blocks, and how they are written. */
export interface RepliableSurbs<Kind extends string> {
  readonly kind: Kind;
  /** How the blocks are written; ours are `v2`. */
  readonly encoding: SurbEncoding;
  /** All for the same rotation, and with the same number of hops. */
  readonly surbs: readonly ReplySurb[];
}

/** Kinds in order of their tags, and the encodings of each (nymtech/nym, `common/nymsphinx/anonymous-replies`). */
const KINDS = ["data", "additionalSurbs", "heartbeat"] as const;
const ENCODINGS = ["v1", "v2"] as const;

/** Write it as parts: tag ‖ list of reply blocks ‖ data. Data is not copied. */
export function encodeRepliable(content: RepliableContent): Uint8Array[] {
  const { kind, encoding, surbs } = content;
  const tag = ENCODINGS.indexOf(encoding) * KINDS.length + KINDS.indexOf(kind);
  const parts = [Uint8Array.of(tag), encodeSurbList(surbs, encoding)];
  if (kind === "data") return [...parts, content.data];
  return parts;
}

/**
 * Read what follows the sender tag, to the end. Bytes after blocks without data are ignored, as other clients do.
 *
 * @throws {DecodeError} If the tag is unknown or the list is malformed.
 */
export function decodeRepliable(reader: ByteReader): RepliableContent<Bytes> {
  const tag = reader.u8("content tag");
  const kind = KINDS[tag % KINDS.length]!;
  const encoding = ENCODINGS[Math.floor(tag / KINDS.length)];
  if (encoding === undefined) {
    throw new DecodeError(
      `Cannot decode repliable message: unknown content tag ${tag}`,
    );
  }
  const surbs = decodeSurbList(reader, encoding);
  if (kind === "data") return { kind, encoding, surbs, data: reader.rest() };
  return { kind, encoding, surbs };
}
