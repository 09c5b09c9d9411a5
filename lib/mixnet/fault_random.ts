/**
 * Numbers in [0, 1) that repeat with their seed (Mulberry32). For faults only: anyone can predict them. Each purpose has a
 * sequence of its own, so that one fault does not shift another.
 */
export function faultRandom(seed: number, purpose: string): () => number {
  let state = hash(`${seed}/${purpose}`);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  return value;
}
