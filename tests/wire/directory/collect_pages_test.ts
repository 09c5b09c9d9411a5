import { assertEquals, assertRejects } from "@std/assert";
import { EXIT, ProtocolError } from "../../../lib/errors.ts";
import {
  collectSkimmedPages,
  MAX_PAGES,
} from "../../../lib/wire/directory/collect_pages.ts";
import type { SkimmedPage } from "../../../lib/wire/directory/skimmed_page.ts";
import { GATEWAY, PAGE } from "./samples.ts";

/** A page of nodes with these ids, of a list of `total`. */
function page(total: number, ...ids: readonly number[]): SkimmedPage {
  return {
    ...PAGE,
    pagination: { total, page: 0, size: ids.length },
    nodes: ids.map((nodeId) => ({ ...GATEWAY, nodeId })),
  };
}

/** Hands out these pages and notes which were asked for. */
function directory(...pages: readonly SkimmedPage[]) {
  const asked: number[] = [];
  const fetchPage = (number: number) => {
    asked.push(number);
    return Promise.resolve(pages[Math.min(number, pages.length - 1)]!);
  };
  return { asked, fetchPage };
}

Deno.test("collectSkimmedPages() reads one page if it holds all", async () => {
  const { asked, fetchPage } = directory(page(2, 1, 2));
  const { metadata, nodes } = await collectSkimmedPages(fetchPage);
  assertEquals(metadata, PAGE.metadata);
  assertEquals(nodes.map((node) => node.nodeId), [1, 2]);
  assertEquals(asked, [0]);
});

Deno.test("collectSkimmedPages() reads on until all are there", async () => {
  const { asked, fetchPage } = directory(page(4, 1, 2), page(4, 3), page(4, 4));
  const { nodes } = await collectSkimmedPages(fetchPage);
  assertEquals(nodes.map((node) => node.nodeId), [1, 2, 3, 4]);
  assertEquals(asked, [0, 1, 2]);
});

Deno.test("collectSkimmedPages() takes an empty list", async () => {
  const { fetchPage } = directory(page(0));
  assertEquals((await collectSkimmedPages(fetchPage)).nodes, []);
});

Deno.test("collectSkimmedPages() refuses pages of another epoch, an early end and no end", async () => {
  const later = { ...PAGE.metadata, epochId: 51 };
  for (
    const [pages, message] of [
      [
        [page(2, 1), { ...page(2, 2), metadata: later }],
        "page 1 is of another epoch than page 0",
      ],
      [[page(3, 1), page(3)], "need 3 nodes, have 1 and no more"],
      [[page(20_000, 1)], `more than ${MAX_PAGES} pages`],
      [
        [page(20_000, 1), page(20_000, ...Array(20_000).fill(7))],
        "more than 20000 nodes",
      ],
    ] as const
  ) {
    const { fetchPage } = directory(...pages);
    const error = await assertRejects(
      () => collectSkimmedPages(fetchPage),
      ProtocolError,
    );
    assertEquals(
      error.message,
      `Cannot read the directory's nodes: ${message}`,
    );
    assertEquals(error.exitCode, EXIT.down);
  }
});
