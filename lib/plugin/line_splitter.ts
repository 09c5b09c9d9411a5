import { DecodeError } from "../errors.ts";

/** A line out of the output of a child process. */
export type OutputLine =
  /** Of the guest or its broker: JSON. */
  | { readonly kind: "guest" | "broker"; readonly json: string }
  /** Something that was printed. */
  | { readonly kind: "stray"; readonly text: string };

/** Longer stray lines are cut. */
const MAX_STRAY = 4096;

/**
 * Tells the lines of a broker, which begin with a secret, from what a plugin prints. Keeps no more than one line, and of a
 * stray one only its beginning.
 */
export class LineSplitter {
  readonly #prefix: string;
  readonly #maxLength: number;
  readonly #decoder = new TextDecoder();
  #parts: string[] = [];
  #length = 0;
  /** Whether the rest of a stray line is left out. */
  #cut = false;
  /** Whether the line begins with the secret, once that can be said. */
  #ours: boolean | undefined;

  /** Lines of a broker are at most `maxLength` characters long. */
  constructor(secret: string, maxLength: number) {
    this.#prefix = `${secret} `;
    this.#maxLength = maxLength;
  }

  /**
   * Take a chunk and return the lines that it completes.
   *
   * @throws {DecodeError} If a line of the broker is too long.
   */
  push(chunk: Uint8Array): OutputLine[] {
    const found: OutputLine[] = [];
    const [first = "", ...others] = this.#decoder.decode(chunk, {
      stream: true,
    }).split("\n");
    this.#add(first);
    for (const other of others) {
      const line = this.#take();
      if (line !== "") found.push(this.#classify(line));
      this.#add(other);
    }
    return found;
  }

  #add(part: string): void {
    if (this.#cut || part === "") return;
    this.#parts.push(part);
    this.#length += part.length;
    if (this.#length < this.#prefix.length) return;
    // Looked at once per line: a long one comes in thousands of parts.
    this.#ours ??= this.#parts.join("").startsWith(this.#prefix);
    if (this.#ours && this.#length > this.#maxLength) {
      throw new DecodeError(
        `Cannot decode what the plugin says: need at most ${this.#maxLength} characters, have more`,
      );
    }
    this.#cut = !this.#ours && this.#length > MAX_STRAY;
  }

  #take(): string {
    const line = this.#parts.join("");
    this.#parts = [];
    this.#length = 0;
    this.#cut = false;
    this.#ours = undefined;
    return line;
  }

  #classify(line: string): OutputLine {
    if (line.startsWith(this.#prefix)) {
      const origin = line[this.#prefix.length];
      const json = line.slice(this.#prefix.length + 1);
      if (origin === "g") return { kind: "guest", json };
      if (origin === "b") return { kind: "broker", json };
    }
    return { kind: "stray", text: line };
  }
}
