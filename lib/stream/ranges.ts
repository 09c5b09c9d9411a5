/** A stretch of a stream: from `start` up to, but not including, `end`. */
export interface ByteRange {
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset behind the last byte. */
  readonly end: number;
}

/** Add a range to others, which are in rising order with gaps between them, and keep them so. */
export function addRange(
  ranges: readonly ByteRange[],
  added: ByteRange,
): ByteRange[] {
  const before = ranges.filter(({ end }) => end < added.start);
  const after = ranges.filter(({ start }) => start > added.end);
  const touched = ranges.slice(before.length, ranges.length - after.length);
  const merged = {
    start: Math.min(added.start, ...touched.map(({ start }) => start)),
    end: Math.max(added.end, ...touched.map(({ end }) => end)),
  };
  return [...before, merged, ...after];
}

/** Whether one of the ranges holds all of another. */
export function holdsRange(
  ranges: readonly ByteRange[],
  { start, end }: ByteRange,
): boolean {
  return ranges.some((range) => range.start <= start && end <= range.end);
}

/** The parts of a range that none of the others holds, in rising order. */
export function missingFrom(
  ranges: readonly ByteRange[],
  { start, end }: ByteRange,
): ByteRange[] {
  const missing: ByteRange[] = [];
  let next = start;
  for (const range of ranges) {
    if (range.end <= next) continue;
    if (range.start >= end) break;
    if (range.start > next) missing.push({ start: next, end: range.start });
    next = range.end;
  }
  if (next < end) missing.push({ start: next, end });
  return missing;
}
