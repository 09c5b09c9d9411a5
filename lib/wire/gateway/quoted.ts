/** Longer explanations are cut. */
const MAX_QUOTE = 200;

/** What a peer explains itself with, fit for an error of ours: cut, in quotes, without control characters. */
export function quoted(explanation: string): string {
  const plain = explanation.replaceAll(/\p{Cc}+/gu, " ").trim();
  return plain.length > MAX_QUOTE
    ? `"${plain.slice(0, MAX_QUOTE)}…"`
    : `"${plain}"`;
}
