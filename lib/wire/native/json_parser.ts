import { NativeError } from "./error_code.ts";
import { type JsonMember, type JsonNode, peekPosition } from "./json_node.ts";

/** Nesting deeper than this is refused, as native clients do. */
const MAX_DEPTH = 127;

/** As many characters as a whole number of 64 bits can have, its sign included. */
const MAX_DIGITS = 20;

const I64_MIN = -(2n ** 63n);
const U64_MAX = 2n ** 64n - 1n;

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/**
 * Reads one JSON document and complains in the words and places of the parser that native clients are built with
 * (serde_json): programs show these texts to people. Strict RFC 8259; half surrogate pairs are refused.
 */
export class JsonParser {
  readonly #text: string;
  #index = 0;

  /** Start at the first character. */
  constructor(text: string) {
    this.#text = text;
  }

  /**
   * Read the document. What follows it is looked at by {@linkcode end}.
   *
   * @throws {NativeError} If there is none.
   */
  document(): JsonNode {
    return this.#value(0);
  }

  /**
   * Refuse what follows the document.
   *
   * @throws {NativeError} If it is more than blanks.
   */
  end(): void {
    if (this.#peek() !== "") throw this.#fail("trailing characters");
  }

  #value(depth: number): JsonNode {
    const next = this.#peek();
    const start = this.#index;
    switch (next) {
      case "":
        throw this.#fail("EOF while parsing a value");
      case '"':
        return { kind: "string", value: this.#string(), ...this.#span(start) };
      case "[":
        this.#descend(depth);
        return {
          kind: "array",
          items: this.#items(depth),
          ...this.#span(start),
        };
      case "{":
        this.#descend(depth);
        return {
          kind: "object",
          members: this.#members(depth),
          ...this.#span(start),
        };
      case "n":
        this.#word("null");
        return { kind: "null", ...this.#span(start) };
      case "t":
        this.#word("true");
        return { kind: "boolean", value: true, ...this.#span(start) };
      case "f":
        this.#word("false");
        return { kind: "boolean", value: false, ...this.#span(start) };
      default:
        if (!/[-0-9]/.test(next)) throw this.#fail("expected value");
        return this.#number(start);
    }
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    for (;;) {
      const next = this.#peek();
      if (next === "]") return this.#close(items);
      if (next === "") throw this.#fail("EOF while parsing a list");
      if (items.length > 0) {
        if (next !== ",") throw this.#fail("expected `,` or `]`");
        this.#index++;
        const after = this.#peek();
        if (after === "]") throw this.#fail("trailing comma");
      }
      items.push(this.#value(depth + 1));
    }
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    for (;;) {
      let next = this.#peek();
      if (next === "}") return this.#close(members);
      if (next === "") throw this.#fail("EOF while parsing an object");
      if (members.length > 0) {
        if (next !== ",") throw this.#fail("expected `,` or `}`");
        this.#index++;
        next = this.#peek();
        if (next === "}") throw this.#fail("trailing comma");
        if (next === "") throw this.#fail("EOF while parsing a value");
      }
      if (next !== '"') throw this.#fail("key must be a string");
      const key = this.#string();
      const keyEnd = this.#index;
      const colon = this.#peek();
      if (colon === "") throw this.#fail("EOF while parsing an object");
      if (colon !== ":") throw this.#fail("expected `:`");
      this.#index++;
      members.push({ key, keyEnd, value: this.#value(depth + 1) });
    }
  }

  /** The string that starts here. */
  #string(): string {
    this.#index++;
    const parts: string[] = [];
    // Runs of plain characters are taken at once: messages are long.
    const plain = /[ !#-[\]-\uffff]*/y;
    for (;;) {
      plain.lastIndex = this.#index;
      const [run] = plain.exec(this.#text)!;
      parts.push(run);
      this.#index += run.length;
      const next = this.#text[this.#index];
      if (next === '"') {
        this.#index++;
        return parts.join("");
      }
      if (next === undefined) throw this.#fail("EOF while parsing a string");
      if (next !== "\\") {
        throw this.#fail(
          String
            .raw`control character (\u0000-\u001F) found while parsing a string`,
        );
      }
      this.#index++;
      parts.push(this.#escape());
    }
  }

  #escape(): string {
    const letter = this.#text[this.#index];
    if (letter === undefined) throw this.#fail("EOF while parsing a string");
    if (letter !== "u") {
      const character = ESCAPES[letter];
      if (character === undefined) throw this.#fail("invalid escape");
      this.#index++;
      return character;
    }
    this.#index++;
    const first = this.#unit();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    const lone = "lone leading surrogate in hex escape";
    if (first > 0xdbff) throw this.#fail(lone);
    if (!this.#text.startsWith("\\u", this.#index)) {
      throw this.#fail("unexpected end of hex escape");
    }
    this.#index += 2;
    const second = this.#unit();
    if (second < 0xdc00 || second > 0xdfff) throw this.#fail(lone);
    return String.fromCharCode(first, second);
  }

  #unit(): number {
    const digits = this.#text.slice(this.#index, this.#index + 4);
    if (digits.length < 4) {
      this.#index = this.#text.length;
      throw this.#fail("EOF while parsing a string");
    }
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#fail("invalid escape");
    this.#index += 4;
    return parseInt(digits, 16);
  }

  #number(start: number): JsonNode {
    const number = /-?(?:0|[1-9][0-9]*)((?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)/y;
    number.lastIndex = start;
    const match = number.exec(this.#text);
    if (match === null) {
      this.#index = start + 1;
      throw this.#numberFault();
    }
    this.#index = number.lastIndex;
    const [digits, fraction] = match;
    // What would go on as a number but did not match is a broken one: 01, 1., 1e.
    if (/[0-9.eE]/.test(this.#text[this.#index] ?? "")) {
      if (!/[0-9]/.test(this.#text[this.#index]!)) this.#index++;
      throw this.#numberFault();
    }
    if (fraction === "" && digits.length <= MAX_DIGITS) {
      const value = BigInt(digits);
      if (digits !== "-0" && value >= I64_MIN && value <= U64_MAX) {
        return { kind: "integer", value, ...this.#span(start) };
      }
    }
    const value = Number(digits);
    if (!Number.isFinite(value)) throw this.#fail("number out of range");
    return { kind: "float", value, ...this.#span(start) };
  }

  #numberFault(): NativeError {
    return this.#fail(
      this.#index < this.#text.length
        ? "invalid number"
        : "EOF while parsing a value",
    );
  }

  #word(word: string): void {
    for (const letter of word) {
      if (this.#text[this.#index] !== letter) {
        throw this.#fail(
          this.#index < this.#text.length
            ? "expected ident"
            : "EOF while parsing a value",
        );
      }
      this.#index++;
    }
  }

  #descend(depth: number): void {
    if (depth >= MAX_DEPTH) throw this.#fail("recursion limit exceeded");
    this.#index++;
  }

  #close<T>(content: T): T {
    this.#index++;
    return content;
  }

  #span(start: number): { start: number; end: number } {
    return { start, end: this.#index };
  }

  /** The next character that is no blank; empty at the end. */
  #peek(): string {
    const blanks = /[ \t\r\n]*/y;
    blanks.lastIndex = this.#index;
    blanks.exec(this.#text);
    this.#index = blanks.lastIndex;
    return this.#text[this.#index] ?? "";
  }

  #fail(what: string): NativeError {
    return new NativeError(
      "malformedRequest",
      `${what} at ${peekPosition(this.#text, this.#index)}`,
    );
  }
}
