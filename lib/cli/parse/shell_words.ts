import { UsageError } from "../../errors.ts";

/**
 * Split a command line into words as a POSIX shell would: blanks separate, `'…'`, `"…"` and `\` quote. Nothing is
 * expanded: `$HOME`, `*` and `;` are letters like any other.
 *
 * @throws {UsageError} On a quote that is not closed, or if there is no word.
 */
export function shellWords(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const char = line[at]!;
    if (/[ \t\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= "";
    if (char === "'") {
      const end = closing(line, at);
      word += line.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      for (at++; line[at] !== '"'; at++) {
        if (at >= line.length) throw unclosed('"', line);
        // Within double quotes a backslash keeps its place before anything but these.
        if (line[at] === "\\" && /["\\$`]/.test(line[at + 1] ?? "")) at++;
        word += line[at];
      }
    } else if (char === "\\") {
      at++;
      if (at >= line.length) throw unclosed("\\", line);
      if (line[at] !== "\n") word += line[at];
    } else {
      word += char;
    }
  }
  if (word !== undefined) words.push(word);
  if (words.length > 0) return words;
  throw new UsageError("need a command, have nothing");
}

function closing(line: string, start: number): number {
  const end = line.indexOf("'", start + 1);
  if (end === -1) throw unclosed("'", line);
  return end;
}

function unclosed(quote: string, line: string): UsageError {
  return new UsageError(
    `need a closing ${quote} in ${JSON.stringify(line)}, have none`,
  );
}
