/** How many slips of the hand a word may be away from the one that was meant. */
const MAX_SLIPS = 2;

/** Whether one word may be a slip of the other: two letters or fewer are missing, added, other ones or swapped. */
export function isNear(word: string, other: string): boolean {
  return slips([...word], [...other]) <= MAX_SLIPS;
}

/** The distance of Damerau and Levenshtein, each pair swapped at most once. */
function slips(from: readonly string[], to: readonly string[]): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of from.entries()) {
    const next = [row + 1];
    for (const [column, other] of to.entries()) {
      const isSwapped = row > 0 && column > 0 && letter === to[column - 1] &&
        from[row - 1] === other;
      next.push(Math.min(
        next[column]! + 1,
        last[column + 1]! + 1,
        last[column]! + (letter === other ? 0 : 1),
        isSwapped ? before[column - 1]! + 1 : Infinity,
      ));
    }
    [before, last] = [last, next];
  }
  return last[to.length]!;
}
