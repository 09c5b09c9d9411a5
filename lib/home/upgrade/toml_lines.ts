/**
 * The text of a TOML file as lines that know their section and key, so that a setting can move to another place together with
 * the comments above it. Keys are looked for in the way people and templates write them: `key = value` below `[section]`;
 * what is written otherwise is not found, and stays.
 */
export class TomlLines {
  readonly #lines: string[];

  /** Split a text; line ends become plain ones. */
  constructor(text: string) {
    this.#lines = text.split(/\r?\n/);
  }

  /** The text. */
  get text(): string {
    return this.#lines.join("\n");
  }

  /** Give a setting another name where it stands. */
  rename(section: string, key: string, name: string): void {
    const entry = this.#find(section, key);
    if (entry === undefined) return;
    const line = this.#lines[entry.start]!;
    this.#lines[entry.start] = line.replace(KEY, `$1${name}$3`);
  }

  /** Give a setting of one line another text as its value; what is written otherwise stays. */
  setText(section: string, key: string, value: string): void {
    const entry = this.#find(section, key);
    if (entry === undefined || entry.end !== entry.start + 1) return;
    const line = this.#lines[entry.start]!;
    this.#lines[entry.start] = line.replace(TEXT, (_, start) => start + value);
  }

  /** Move a setting and its comments to the end of another section, under another name. */
  move(section: string, key: string, to: string, name: string): void {
    if (this.#sectionEnd(to) === undefined) return;
    this.rename(section, key, name);
    const entry = this.#find(section, name);
    if (entry === undefined) return;
    const top = this.#commentsAbove(entry.start);
    const block = this.#lines.splice(top, entry.end - top);
    if (this.#lines[top]?.trim() === "") this.#lines.splice(top, 1);
    this.#put(to, block);
  }

  /** Add a setting to the end of a section. */
  add(section: string, key: string, value: string): void {
    if (this.#find(section, key) === undefined) {
      this.#put(section, [`${key} = ${value}`]);
    }
  }

  /** Turn a setting that means nothing any more into a comment. */
  retire(section: string, key: string): void {
    const entry = this.#find(section, key);
    if (entry === undefined) return;
    for (let i = entry.start; i < entry.end; i++) this.#comment(i);
  }

  /** Turn a section that means nothing any more into comments. */
  retireSection(section: string): void {
    const header = this.#header(section);
    if (header === undefined) return;
    const end = this.#nextHeader(header + 1);
    for (let i = header; i < end; i++) {
      if (this.#lines[i]!.trim() !== "") this.#comment(i);
    }
  }

  /** Add an empty section after another one and what belongs to that. */
  addSection(section: string, after: string): void {
    if (this.#header(section) !== undefined) return;
    const end = this.#groupEnd(after) ?? this.#lengthWithoutBlanks();
    this.#lines.splice(end, 0, "", `[${section}]`);
  }

  #put(section: string, block: readonly string[]): void {
    const end = this.#sectionEnd(section);
    if (end === undefined) return;
    const before = this.#lines[end - 1] ?? "";
    const isComment = (line: string) => line.trimStart().startsWith("#");
    // Settings with comments above them stand apart from each other.
    const start = this.#valueStart(end);
    const apart = isComment(block[0]!) || this.#commentsAbove(start) < start;
    const gap = apart && !HEADER.test(before) ? [""] : [];
    this.#lines.splice(end, 0, ...gap, ...block);
  }

  #comment(index: number): void {
    const line = this.#lines[index]!;
    if (!line.trimStart().startsWith("#")) this.#lines[index] = `# ${line}`;
  }

  /** The lines of a setting: the first, and the one after the last. */
  #find(
    section: string,
    key: string,
  ): { start: number; end: number } | undefined {
    const header = this.#header(section);
    if (header === undefined) return undefined;
    const end = this.#nextHeader(header + 1);
    for (let i = header + 1; i < end; i = this.#valueEnd(i)) {
      if (KEY.exec(this.#lines[i]!)?.[2] === key) {
        return { start: i, end: this.#valueEnd(i) };
      }
    }
    return undefined;
  }

  #header(section: string): number | undefined {
    let i = 0;
    for (; i < this.#lines.length; i = this.#valueEnd(i)) {
      if (HEADER.exec(this.#lines[i]!)?.[1] === section) return i;
    }
    return undefined;
  }

  #nextHeader(from: number): number {
    let i = from;
    while (i < this.#lines.length && !HEADER.test(this.#lines[i]!)) {
      i = this.#valueEnd(i);
    }
    return i;
  }

  /** Right after the last setting of a section, before what leads over to the next one. */
  #sectionEnd(section: string): number | undefined {
    const header = this.#header(section);
    if (header === undefined) return undefined;
    const next = this.#nextHeader(header + 1);
    let end = header + 1;
    for (let i = header + 1; i < next; i = this.#valueEnd(i)) {
      if (KEY.test(this.#lines[i]!)) end = this.#valueEnd(i);
    }
    return end;
  }

  /** Right after a section and those below it. */
  #groupEnd(section: string): number | undefined {
    const last = this.#lines.map((line) => HEADER.exec(line)?.[1])
      .findLast((name) => name === section || name?.startsWith(`${section}.`));
    return last === undefined ? undefined : this.#sectionEnd(last);
  }

  /** A list over several lines ends where its last bracket closes. */
  #valueEnd(start: number): number {
    let depth = 0;
    for (let i = start; i < this.#lines.length; i++) {
      const line = this.#lines[i]!;
      if (i === start && !KEY.test(line)) return start + 1;
      const bare = line.replaceAll(QUOTED, "").replace(/#.*$/, "");
      depth += count(bare, "[") - count(bare, "]");
      if (depth <= 0) return i + 1;
    }
    return this.#lines.length;
  }

  /** The first line of the setting that ends before a line. */
  #valueStart(end: number): number {
    let start = end - 1;
    while (start > 0 && !KEY.test(this.#lines[start]!)) start--;
    return start;
  }

  /** Comments right above a line are about it; banners of a section are not. */
  #commentsAbove(index: number): number {
    let top = index;
    while (top > 0 && /^\s*#(?!##)/.test(this.#lines[top - 1]!)) top--;
    return top;
  }

  #lengthWithoutBlanks(): number {
    let length = this.#lines.length;
    while (length > 0 && this.#lines[length - 1]!.trim() === "") length--;
    return length;
  }
}

const HEADER = /^\s*\[\s*([A-Za-z0-9_.-]+)\s*\]\s*(?:#.*)?$/;
const KEY = /^(\s*)([A-Za-z0-9_.-]+)(\s*=)/;
const TEXT = /^(\s*[A-Za-z0-9_.-]+\s*=\s*)(?:'[^']+'|"(?:[^"\\]|\\.)+")/;
const QUOTED = /"(?:[^"\\]|\\.)*"|'[^']*'/g;

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}
