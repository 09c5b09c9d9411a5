import { EXIT, ProtocolError } from "../../errors.ts";
import { MAX_NODES } from "./limits.ts";
import type { SkimmedNode } from "./skimmed_node.ts";
import {
  type PageMetadata,
  sameSnapshot,
  type SkimmedPage,
} from "./skimmed_page.ts";

/** A directory that spreads one list over more pages is refused. */
export const MAX_PAGES = 200;

/** A whole list of nodes. */
export interface SkimmedNodes {
  /** What its pages say of themselves, all the same. */
  readonly metadata: PageMetadata;
  /** The nodes of all pages in order. */
  readonly nodes: readonly SkimmedNode[];
}

/**
 * Fetch page after page until all nodes that the first one promises are there (nymtech/nym,
 * common/client-libs/validator-client/src/nym_api). `fetchPage` gets the number of the page, from 0.
 *
 * @throws {ProtocolError} If the pages are of different epochs, end before the promised number, or do not end; exit code 3.
 * @throws Whatever `fetchPage` throws.
 */
export async function collectSkimmedPages(
  fetchPage: (page: number) => Promise<SkimmedPage>,
): Promise<SkimmedNodes> {
  const first = await fetchPage(0);
  const { metadata, pagination: { total } } = first;
  const nodes = [...first.nodes];
  for (let number = 1; nodes.length < total; number++) {
    if (number >= MAX_PAGES) throw refusal(`more than ${MAX_PAGES} pages`);
    const page = await fetchPage(number);
    if (!sameSnapshot(page.metadata, metadata)) {
      throw refusal(`page ${number} is of another epoch than page 0`);
    }
    if (page.nodes.length === 0) {
      throw refusal(`need ${total} nodes, have ${nodes.length} and no more`);
    }
    nodes.push(...page.nodes);
    if (nodes.length > MAX_NODES) throw refusal(`more than ${MAX_NODES} nodes`);
  }
  return { metadata, nodes };
}

function refusal(state: string): ProtocolError {
  return new ProtocolError(`Cannot read the directory's nodes: ${state}`, {
    hint: "Try again in a minute, or choose another directory",
    exitCode: EXIT.down,
  });
}
