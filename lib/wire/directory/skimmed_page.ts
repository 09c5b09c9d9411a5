import { EXIT } from "../../errors.ts";
import { JsonReader } from "../json_reader.ts";
import { MAX_ANSWER_LENGTH, MAX_NODES, U32_MAX } from "./limits.ts";
import {
  readSkimmedNode,
  type SkimmedNode,
  skimmedNodeToJson,
} from "./skimmed_node.ts";
import { formatRfc3339, parseTimestamp } from "./timestamp.ts";

/** Real intervals take about 200 characters. */
const MAX_INTERVAL_LENGTH = 4096;

/**
 * What a page says of its freshness: nothing, that the epoch which was asked for is still current, or the interval that it
 * belongs to. The interval is kept as it came; it only matters whether two pages say the same.
 */
export type PageStatus = null | "no-updates" | { readonly fresh: unknown };

/** What a page says of itself. */
export interface PageMetadata {
  /** Its freshness. */
  readonly status: PageStatus;
  /** The epoch since the network began. */
  readonly epochId: number;
  /** The key rotation whose sphinx keys it lists. */
  readonly rotationId: number;
  /** When the directory collected it, in milliseconds since 1970; 0 if it does not say so legibly. */
  readonly refreshedAt: number;
}

/** One page of nodes: the answer of every `skimmed` endpoint. */
export interface SkimmedPage {
  /** What the page says of itself. */
  readonly metadata: PageMetadata;
  /** Which page of how many nodes. */
  readonly pagination: {
    readonly total: number;
    readonly page: number;
    readonly size: number;
  };
  /** The nodes on it. */
  readonly nodes: readonly SkimmedNode[];
}

/**
 * Read one page of nodes (nymtech/nym, nym-api/nym-api-requests/src/nym_nodes.rs).
 *
 * @throws {DecodeError} Naming the key path of what does not fit; exit code 3.
 */
export function decodeSkimmedPage(text: string): SkimmedPage {
  const json = JsonReader.parse(text, {
    title: "skimmed nodes",
    exitCode: EXIT.down,
    maxLength: MAX_ANSWER_LENGTH,
  });
  const nodes = json.field("nodes");
  const pagination = nodes.field("pagination");
  return {
    metadata: readMetadata(json.field("metadata")),
    pagination: {
      total: pagination.field("total").integer(0, MAX_NODES),
      page: pagination.field("page").integer(0, U32_MAX),
      size: pagination.field("size").integer(0, U32_MAX),
    },
    nodes: nodes.field("data").array(MAX_NODES).map(readSkimmedNode),
  };
}

/** Write one page of nodes as the directory answers it. */
export function encodeSkimmedPage(page: SkimmedPage): string {
  const { status, epochId, rotationId, refreshedAt } = page.metadata;
  return JSON.stringify({
    metadata: {
      status,
      absolute_epoch_id: epochId,
      rotation_id: rotationId,
      refreshed_at: formatRfc3339(refreshedAt),
    },
    nodes: {
      pagination: page.pagination,
      data: page.nodes.map(skimmedNodeToJson),
    },
  });
}

/**
 * Whether two pages describe the same state of the network: equal status, epoch and rotation. Pages of one list must, and
 * so must the mix nodes and gateways of one refresh.
 */
export function sameSnapshot(a: PageMetadata, b: PageMetadata): boolean {
  return a.epochId === b.epochId && a.rotationId === b.rotationId &&
    JSON.stringify(a.status) === JSON.stringify(b.status);
}

function readMetadata(json: JsonReader): PageMetadata {
  const refreshedAt = json.optional("refreshed_at")?.string(64) ?? "";
  return {
    status: readStatus(json.optional("status")),
    epochId: json.field("absolute_epoch_id").integer(0, U32_MAX),
    rotationId: json.field("rotation_id").integer(0, U32_MAX),
    refreshedAt: parseTimestamp(refreshedAt) ?? 0,
  };
}

function readStatus(json: JsonReader | undefined): PageStatus {
  if (json === undefined) return null;
  if (json.value === "no-updates") return json.value;
  return { fresh: readInterval(json.field("fresh")) };
}

/** Take an interval as it is, but nothing that comparing could choke on. */
function readInterval(json: JsonReader): unknown {
  try {
    const { length } = JSON.stringify(json.value);
    if (length <= MAX_INTERVAL_LENGTH) return json.value;
  } catch {
    // What is nested too deeply exhausts the stack; it is refused like what is too long.
  }
  throw json.error("need an interval, have something larger");
}
