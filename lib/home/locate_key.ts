/** A place in a text, counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

const KEY = `(?:[\\w-]+|"[^"]*"|'[^']*')`;
const DOTTED = `${KEY}(?:\\s*\\.\\s*${KEY})*`;
const TABLE = new RegExp(`^(\\s*)(\\[\\[?)\\s*(${DOTTED})\\s*\\]`);
const PAIR = new RegExp(`^(\\s*)(${DOTTED})\\s*=`);

/**
 * Where a key stands in TOML text, for people who have to correct it: `socket.host`, `urls[1]` or `plugin[0].file`. A key that
 * is not there is looked for one table higher, so that what is missing leads to where it belongs. Keys within inline tables
 * and strings of several lines are not looked into.
 */
export function locateKey(text: string, path: string): TextPlace | undefined {
  const places = findKeys(text);
  for (let key = path; key !== ""; key = parentOf(key)) {
    const place = places.get(key);
    if (place !== undefined) return place;
  }
  return undefined;
}

/** The first place of every key and table. */
function findKeys(text: string): Map<string, TextPlace> {
  const places = new Map<string, TextPlace>();
  const lengths = new Map<string, number>();
  let table = "";
  const note = (key: string, line: number, indent: string) => {
    if (!places.has(key)) places.set(key, { line, column: indent.length + 1 });
  };
  for (const [index, content] of linesOutsideStrings(text)) {
    const line = index + 1;
    const [, indent = "", brackets, name] = TABLE.exec(content) ?? [];
    if (name !== undefined) {
      table = plain(name);
      note(table, line, indent);
      if (brackets === "[[") {
        const count = lengths.get(table) ?? 0;
        lengths.set(table, count + 1);
        table = `${table}[${count}]`;
        note(table, line, indent);
      }
      continue;
    }
    const [, before = "", key] = PAIR.exec(content) ?? [];
    if (key === undefined) continue;
    note(table === "" ? plain(key) : `${table}.${plain(key)}`, line, before);
  }
  return places;
}

/** Lines with their numbers from 0, without those that lie in a string of several lines. */
function* linesOutsideStrings(text: string): Iterable<[number, string]> {
  let open: string | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (open === undefined) yield [index, line];
    for (const quotes of line.match(/"""|'''/g) ?? []) {
      if (open === undefined) open = quotes;
      else if (open === quotes) open = undefined;
    }
  }
}

function plain(dotted: string): string {
  return dotted.replaceAll(/["'\s]/g, "");
}

function parentOf(path: string): string {
  return path.replace(/(\[\d+\]|\.?[^.[\]]+)$/, "");
}
