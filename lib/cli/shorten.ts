/** How many characters of each part are shown: enough to tell one's own addresses apart, too few to reach anyone. */
const KEPT = 6;

/**
 * An address, key or tag as logs and errors show it: `FAe4si….4brD6b…@BNjYZP…`. Every base58 word of 20 or more characters in
 * the text is cut.
 */
export function shorten(text: string): string {
  return text.replace(
    /[1-9A-HJ-NP-Za-km-z]{20,}/g,
    (word) => `${word.slice(0, KEPT)}…`,
  );
}
