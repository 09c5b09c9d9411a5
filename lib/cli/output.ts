import type { Clock } from "../async/clock.ts";
import { escapeControls, escapeJson, withoutTokens } from "./escape.ts";
import { shorten } from "./shorten.ts";
import type { Sink } from "./stdio.ts";

/** When to colour. */
export type ColorMode = "auto" | "always" | "never";

/** How a command's output is to look. */
export interface OutputSettings {
  /** One JSON object per line instead of text. */
  readonly json: boolean;
  /** Say nothing but errors. */
  readonly quiet: boolean;
  /** 0, 1 or 2: how much to tell. */
  readonly verbose: number;
  /** When to colour. */
  readonly color: ColorMode;
  /** Whether logs show addresses in full. */
  readonly logAddresses: boolean;
}

/** What {@linkcode Output} is made of. */
export interface OutputOptions extends OutputSettings {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly clock: Pick<Clock, "wall">;
  /** Whether the environment asks for no colour (`NO_COLOR`, `TERM=dumb`). */
  readonly plain: boolean;
  /** Talk even where nobody looks: for commands that run on (`run`, `network up`). */
  readonly chatty?: boolean;
  /** Write the objects of `--json` to stderr: for a command whose stdout carries bytes of the user's. @default false */
  readonly recordsAside?: boolean;
}

/** A colour by its use. */
export type Style = "error" | "warning" | "hint" | "strong";

const SGR: Readonly<Record<Style, string>> = {
  error: "1;31",
  warning: "1;33",
  hint: "2",
  strong: "1",
};

/** So many warnings are kept for a failure; more of them would say nothing new. */
const MAX_KEPT = 20;

const NEWLINE = 10;

const encoder = new TextEncoder();

/** The two outputs of a command: results on stdout, talk on stderr, and what each may hold. */
export class Output {
  readonly #options: OutputOptions;
  /** Whether the last line on stderr is one that is drawn again and again. */
  #drawn = false;
  /** Whether the last line on the terminal is of results, and not whole: nothing may be drawn over it. */
  #isMidLine = false;
  /** Warnings that nobody has seen. */
  readonly #kept: string[] = [];

  /** Nothing is written yet. */
  constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Whether results are JSON objects. */
  get json(): boolean {
    return this.#options.json;
  }

  /** How much to tell: 0, 1 or 2. */
  get verbose(): number {
    return this.#options.verbose;
  }

  /** Whether results go to a person's eyes. */
  get isTerminal(): boolean {
    return this.#options.stdout.isTerminal;
  }

  /** Whether a person sees the talk. */
  get isWatched(): boolean {
    return this.#options.stderr.isTerminal && !this.#options.quiet;
  }

  /** No more results: whoever reads them sees the end. */
  end(): Promise<void> {
    return this.#options.stdout.close();
  }

  /** A result, as it is. On a terminal, a line that is drawn again and again makes room. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.isTerminal && bytes.length > 0) {
      if (this.#drawn) await this.redraw("");
      this.#isMidLine = bytes.at(-1) !== NEWLINE;
    }
    await this.#options.stdout.write(bytes);
  }

  /** A line of results; on a terminal without what could steer it. */
  print(text: string): Promise<void> {
    return this.write(encoder.encode(
      (this.isTerminal ? escapeControls(text) : text) + "\n",
    ));
  }

  /** A line of results that holds control characters on purpose. */
  printStyled(text: string, style: Style): Promise<void> {
    const shown = this.isTerminal ? escapeControls(text) : text;
    return this.write(
      encoder.encode(this.#paint(shown, style, this.#options.stdout) + "\n"),
    );
  }

  /** An object of the `--json` form: version, type and time first, then `fields` in their order. */
  record(
    type: string,
    fields: Readonly<Record<string, unknown>>,
    time?: number,
  ): Promise<void> {
    const { recordsAside, stdout, stderr } = this.#options;
    const sink = recordsAside ? stderr : stdout;
    return sink.write(encoder.encode(this.line(type, fields, time)));
  }

  /** The line that {@linkcode record} writes; `time` is in milliseconds since 1970, and now if not given. */
  line(
    type: string,
    fields: Readonly<Record<string, unknown>>,
    time: number = this.#options.clock.wall(),
  ): string {
    const head = { v: 1, type, time: new Date(time).toISOString() };
    return escapeJson(JSON.stringify({ ...head, ...fields })) + "\n";
  }

  /** Talk: shown where a person looks, or asked for it with `--verbose`. */
  async say(text: string): Promise<void> {
    if (this.#talks) await this.#talk(text);
  }

  /** Detail that only `--verbose` shows, at its level. */
  async detail(text: string, level: 1 | 2 = 1): Promise<void> {
    if (this.#options.verbose >= level) await this.#talk(text, "hint");
  }

  /** A warning: shown where talk is; elsewhere it is kept, and shown if the command fails. */
  async warn(text: string): Promise<void> {
    if (this.#talks) await this.alarm(text);
    else if (this.#kept.length < MAX_KEPT) this.#kept.push(text);
  }

  /** A line that a command is there to tell people: shown unless `--quiet`, whoever looks. */
  async tell(text: string): Promise<void> {
    if (!this.#options.quiet) await this.#talk(text);
  }

  /** A warning of a loss, of messages or of what is to stay secret: shown unless `--quiet`, whoever looks. */
  async alarm(text: string): Promise<void> {
    await this.tell(`${this.#label("warning")} ${text}`);
  }

  /** An error and what to do about it: always shown, after what was warned of before. */
  async fail(message: string, hint: string): Promise<void> {
    for (const text of this.#kept.splice(0)) await this.alarm(text);
    await this.#talk(`${this.#label("error")} ${message}`);
    await this.#talk(`hint: ${hint}`, "hint");
  }

  /** An address or tag as logs may show it. */
  address(text: string): string {
    return this.#options.logAddresses ? text : shorten(text);
  }

  /** Put a line in the place of the last one, on a terminal; an empty one takes it away. */
  async redraw(line: string): Promise<void> {
    if (this.#isMidLine) return;
    this.#drawn = line !== "";
    await this.forward(encoder.encode(`\r\x1b[K${line}`));
  }

  /** Bytes for standard error, as they are: what a child process says. */
  forward(bytes: Uint8Array): Promise<void> {
    return this.#options.stderr.write(bytes);
  }

  /** Whether a person looks, or asked for it with `--verbose`. */
  get #talks(): boolean {
    const { quiet, verbose, chatty = false, stderr } = this.#options;
    return !quiet && (stderr.isTerminal || verbose > 0 || chatty);
  }

  #label(style: "error" | "warning"): string {
    return this.#paint(`${style}:`, style, this.#options.stderr);
  }

  async #talk(text: string, style?: Style): Promise<void> {
    const { stderr } = this.#options;
    const said = withoutTokens(text);
    const shown = style ? this.#paint(said, style, stderr) : said;
    // A line that is drawn again and again makes room, one of results is left as it is.
    const isGlued = this.#isMidLine && stderr.isTerminal;
    const before = this.#drawn ? "\r\x1b[K" : isGlued ? "\n" : "";
    this.#drawn = this.#isMidLine = false;
    try {
      await stderr.write(encoder.encode(`${before}${shown}\n`));
    } catch {
      // A closed stderr loses talk and nothing else: results and exit codes stand.
    }
  }

  #paint(text: string, style: Style, sink: Sink): string {
    const { color, plain } = this.#options;
    const wanted = color === "always" ||
      (color === "auto" && sink.isTerminal && !plain);
    return wanted ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
  }
}
