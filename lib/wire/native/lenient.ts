import { readKeyText } from "../../message/key_text.ts";
import { formatSenderTag, SENDER_TAG_SIZE } from "../../message/sender_tag.ts";
import { type Dialect, hasSingleSurbs } from "./dialect.ts";
import { malformed } from "./json_field.ts";
import type { JsonMember, JsonNode } from "./json_node.ts";
import { parseReplySurb, tagOfSurb } from "./reply_handle.ts";

/** Keys of old documents and their translations, by what they mean; the first one present counts. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  type: ["tipo"],
  message: ["mensaje"],
  recipient: ["recipient_address", "recipientAddress", "destinatario", "to"],
  connectionId: ["connection_id"],
};

/** Values of `type` in the same documents. */
const TYPES: Readonly<Record<string, string>> = {
  enviar: "send",
  responder: "reply",
  "send_anonymous": "sendAnonymous",
  "self_address": "selfAddress",
};

/** Requests that are about a lane. */
const LANE_TYPES: readonly string[] = [
  "closedConnection",
  "getLaneQueueLength",
];

/**
 * Rewrite the members of a request in the spellings of old documents to those of the dialect; anything else stays as it is.
 *
 * @throws {NativeError} If two spellings of the recipient disagree, or on a reply block that the client has not handed out.
 */
export function normalise(
  frame: string,
  members: readonly JsonMember[],
  dialect: Dialect,
  defaultSurbs: number,
): readonly JsonMember[] {
  const request = new Members(members);
  for (const [key, aliases] of Object.entries(ALIASES)) {
    for (const alias of aliases) request.rename(alias, key);
  }
  request.replace(
    "type",
    (node) =>
      node.kind === "string" && Object.hasOwn(TYPES, node.value)
        ? { ...node, value: TYPES[node.value]! }
        : node,
  );
  request.replace(
    "message",
    (node) =>
      node.kind === "object" || node.kind === "array"
        ? text(node, compact(frame.slice(node.start, node.end)))
        : node,
  );
  const type = request.get("type");
  if (type?.kind === "string") {
    if (type.value === "send") surbFlag(request, type, dialect, defaultSurbs);
    if (type.value === "reply") replyHandle(request, dialect);
    if (LANE_TYPES.includes(type.value)) request.rename("lane", "connectionId");
  }
  return request.list;
}

/** `withReplySurb` stands for reply blocks wherever it is true; dialect c ignores it otherwise, whatever it is. */
function surbFlag(
  request: Members,
  type: JsonNode,
  dialect: Dialect,
  defaultSurbs: number,
): void {
  if (hasSingleSurbs(dialect)) return;
  const flag = request.get("withReplySurb");
  if (flag?.kind !== "boolean" || !flag.value) return;
  request.set("type", text(type, "sendAnonymous"));
  if (request.get("replySurbs") !== undefined) return;
  const { start, end } = flag;
  const value = BigInt(defaultSurbs);
  request.set("replySurbs", { kind: "integer", value, start, end });
}

/** A `replySurb` may be a sender tag, by itself or in the shape of a reply block. */
function replyHandle(request: Members, dialect: Dialect): void {
  const node = request.get("replySurb");
  if (node?.kind !== "string" || request.get("senderTag") !== undefined) return;
  const short = readKeyText(node.value, SENDER_TAG_SIZE);
  if (short.kind === "bytes") {
    request.set("senderTag", node);
    return;
  }
  if (hasSingleSurbs(dialect)) return;
  const surb = parseReplySurb(node.value);
  const tag = surb instanceof Uint8Array ? tagOfSurb(surb) : undefined;
  if (tag === undefined) {
    throw malformed(
      "this client keeps reply SURBs itself: answer with the `senderTag` of the message",
    );
  }
  request.set("senderTag", text(node, formatSenderTag(tag)));
}

/** The members of one object, to be rewritten. */
class Members {
  #list: readonly JsonMember[];

  constructor(list: readonly JsonMember[]) {
    this.#list = list;
  }

  get list(): readonly JsonMember[] {
    return this.#list;
  }

  get(key: string): JsonNode | undefined {
    return this.#list.find((member) => member.key === key)?.value;
  }

  set(key: string, value: JsonNode): void {
    if (this.get(key) === undefined) {
      this.#list = [...this.#list, { key, keyEnd: value.end, value }];
    } else this.replace(key, () => value);
  }

  replace(key: string, change: (node: JsonNode) => JsonNode): void {
    this.#list = this.#list.map((member) =>
      member.key === key ? { ...member, value: change(member.value) } : member
    );
  }

  /** Give a member its proper key; one that has it already stays, and two recipients must be the same. */
  rename(alias: string, key: string): void {
    const value = this.get(alias);
    if (value === undefined) return;
    const proper = this.get(key);
    if (proper === undefined) {
      this.#list = this.#list.map((member) =>
        member.key === alias ? { ...member, key } : member
      );
    } else if (key === "recipient" && !sameText(value, proper)) {
      throw malformed(
        `fields \`${key}\` and \`${alias}\` name different recipients`,
      );
    }
  }
}

function sameText(a: JsonNode, b: JsonNode): boolean {
  return a.kind === "string" && b.kind === "string" && a.value === b.value;
}

function text({ start, end }: JsonNode, value: string): JsonNode {
  return { kind: "string", value, start, end };
}

function compact(json: string): string {
  return JSON.stringify(JSON.parse(json));
}
