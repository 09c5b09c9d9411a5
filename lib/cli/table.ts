import type { Output } from "./output.ts";

/** Print rows in columns under a line of titles. */
export async function printTable(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  output: Output,
): Promise<void> {
  const widths = titles.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  for (const row of [titles, ...rows]) {
    const cells = row.map((cell, column) => cell.padEnd(widths[column]!));
    await output.print(cells.join("  ").trimEnd());
  }
}
