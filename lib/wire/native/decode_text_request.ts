import type { Bytes } from "../../bytes/brand.ts";
import type { SenderTag } from "../../message/sender_tag.ts";
import { recipientOfText } from "./address_text.ts";
import type { Dialect } from "./dialect.ts";
import {
  describe,
  type Fields,
  malformed,
  readFields,
  readPositional,
} from "./json_field.ts";
import { type JsonMember, type JsonNode, position } from "./json_node.ts";
import { JsonParser } from "./json_parser.ts";
import { normalise } from "./lenient.ts";
import { checkSurbReply } from "./reply_binary.ts";
import { parseReplySurb, type SurbFault } from "./reply_handle.ts";
import type { NativeRequest } from "./request.ts";
import { lenientVariants, VARIANTS, type Variants } from "./text_variants.ts";

/** Options of {@linkcode decodeTextRequest}. */
export interface DecodeTextOptions {
  /** Take what native clients take and nothing else, instead of the spellings of old documents too. @default false */
  strict?: boolean | undefined;
  /** How many reply blocks the old `withReplySurb` means in dialect c. @default 10 */
  defaultSurbs?: number | undefined;
}

/**
 * Read a text frame as a request. Unless told to be strict, it takes the requests of every dialect at once, as their keys
 * do not collide, and the spellings that people found in old documents.
 *
 * @throws {NativeError} With the kind and the words that a native client of this dialect answers with.
 */
export function decodeTextRequest(
  frame: string,
  dialect: Dialect,
  { strict = false, defaultSurbs = 10 }: DecodeTextOptions = {},
): NativeRequest {
  const parser = new JsonParser(frame);
  const document = parser.document();
  const { variant, fields } = document.kind === "array"
    ? readArray(frame, document.items, document.end, dialect)
    : document.kind === "object"
    ? readObject(
      frame,
      strict
        ? document.members
        : normalise(frame, document.members, dialect, defaultSurbs),
      document.end,
      dialect,
      strict,
    )
    : refuseScalar(frame, document);
  parser.end();
  return requestOf(variant, fields, dialect);
}

interface Variant {
  variant: string;
  fields: Fields;
}

function readArray(
  frame: string,
  items: readonly JsonNode[],
  end: number,
  dialect: Dialect,
): Variant {
  const [tag, ...rest] = items;
  const variant = variantOf(frame, tag, end, VARIANTS[dialect], dialect);
  const title = `struct variant ClientRequestText::${
    variant[0]!.toUpperCase()
  }${variant.slice(1)}`;
  const specs = VARIANTS[dialect][variant]!;
  return { variant, fields: readPositional(rest, specs, title) };
}

function readObject(
  frame: string,
  members: readonly JsonMember[],
  end: number,
  dialect: Dialect,
  strict: boolean,
): Variant {
  const [tag, double] = members.filter(({ key }) => key === "type");
  if (double !== undefined) {
    throw malformed(
      `duplicate field \`type\` at ${position(frame, double.keyEnd)}`,
    );
  }
  const known = strict ? VARIANTS[dialect] : lenientVariants(dialect, members);
  const variant = variantOf(frame, tag?.value, end, known, dialect);
  return { variant, fields: readFields(members, known[variant]!) };
}

function variantOf(
  frame: string,
  tag: JsonNode | undefined,
  end: number,
  known: Variants,
  dialect: Dialect,
): string {
  if (tag === undefined) {
    throw malformed(`missing field \`type\` at ${position(frame, end)}`);
  }
  // Counting lines takes a while in a long message: only an error has to.
  const place = () => position(frame, tag.end);
  if (tag.kind !== "string") {
    throw malformed(
      `invalid type: ${
        describe(tag)
      }, expected variant identifier at ${place()}`,
    );
  }
  if (Object.hasOwn(known, tag.value)) return tag.value;
  const names = Object.keys(VARIANTS[dialect]).map((name) => `\`${name}\``);
  throw malformed(
    `unknown variant \`${tag.value}\`, expected one of ${
      names.join(", ")
    } at ${place()}`,
  );
}

function refuseScalar(frame: string, node: JsonNode): never {
  throw malformed(
    `invalid type: ${
      describe(node)
    }, expected internally tagged enum ClientRequestText at ${
      position(frame, node.end)
    }`,
  );
}

function requestOf(
  variant: string,
  fields: Fields,
  dialect: Dialect,
): NativeRequest {
  // Each cast below is what the field was declared and read as.
  const lane = fields.get("connectionId") as bigint | undefined;
  const message = fields.get("message") as string;
  const body = () => new TextEncoder().encode(message);
  const recipient = () =>
    recipientOfText(fields.get("recipient") as string, dialect);
  const surbs = fields.get("replySurbs") as number | undefined ??
    (fields.get("withReplySurb") === true ? 1 : undefined);
  switch (variant) {
    case "send":
    case "sendAnonymous":
      return surbs === undefined
        ? { kind: "send", recipient: recipient(), body: body(), lane }
        : {
          kind: "sendAnonymous",
          recipient: recipient(),
          body: body(),
          surbs,
          lane,
        };
    case "reply": {
      const tag = fields.get("senderTag") as SenderTag | undefined;
      if (tag !== undefined) {
        const handle = { kind: "senderTag", senderTag: tag } as const;
        return { kind: "reply", handle, body: body(), lane };
      }
      const surb = surbOf(fields.get("replySurb") as string);
      const handle = { kind: "replySurb", surb } as const;
      return { kind: "reply", handle, body: checkSurbReply(body()), lane };
    }
    case "closedConnection":
    case "getLaneQueueLength":
      return { kind: variant, lane: lane! };
    default:
      return { kind: "selfAddress" };
  }
}

const SURB_FAULT: Readonly<Record<SurbFault, string>> = {
  base58: "reply SURB is incorrectly formatted",
  length: "failed to recover reply SURB from bytes",
  key: "failed to recover reply SURB encryption key from bytes",
};

function surbOf(text: string): Bytes {
  const surb = parseReplySurb(text);
  if (surb instanceof Uint8Array) return surb;
  const reason = surb.fault === "base58"
    ? surb.reason
    : "provided bytes have invalid length";
  throw malformed(`${SURB_FAULT[surb.fault]}: ${reason}`);
}
