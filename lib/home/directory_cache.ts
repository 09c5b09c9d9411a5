import { DecodeError } from "../errors.ts";
import { formatRfc3339, readRfc3339 } from "../wire/directory/timestamp.ts";
import { JsonReader } from "../wire/json_reader.ts";
import { type HomePaths, join } from "./paths.ts";
import { whileThere, writePrivateFile } from "./private_file.ts";
import { ensurePrivateFolder } from "./secure_fs.ts";

/** The version of the file. */
const VERSION = 1;

/** Larger ones are neither written nor read, in bytes; the answers of the main network have about one million. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A list of nodes may come in pages. */
const MAX_ANSWERS = 500;

/** What a directory answered in one refresh. */
export interface KeptAnswers {
  /** The base URL of the directory. */
  readonly url: string;
  /** When it was asked, in milliseconds since 1970. */
  readonly learnedAt: number;
  /** The answers as they came, by what was asked for. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Where answers of a directory outlive a run. */
export interface AnswerMemory {
  /** What was kept last, if anything that can be read. */
  recall(): Promise<KeptAnswers | undefined>;
  /** Keep these instead. That it cannot is no error: they are only asked for again. */
  keep(answers: KeptAnswers): Promise<void>;
}

/** The answers that a home keeps: those of the last refresh, in `<home>/nymwire/cache/directory.json`. */
export function directoryCache(
  { cache }: Pick<HomePaths, "cache">,
): AnswerMemory {
  const path = join(cache, "directory.json");
  return {
    async recall() {
      try {
        const info = await whileThere(() => Deno.stat(path));
        if (info === undefined || info.size > MAX_BYTES) return undefined;
        return decodeKeptAnswers(await Deno.readTextFile(path));
      } catch {
        // Damaged or not readable: the directory is asked, and its answers take the place of these.
        return undefined;
      }
    },
    async keep(answers) {
      const text = encodeKeptAnswers(answers);
      if (text.length > MAX_BYTES) return;
      try {
        await ensurePrivateFolder(cache);
        await writePrivateFile(path, text, { durable: false });
      } catch {
        // A full disk, say: the next run asks the directory, as this one did.
      }
    },
  };
}

/**
 * Read answers that were kept.
 *
 * @throws {DecodeError} If the text is none of ours.
 */
export function decodeKeptAnswers(text: string): KeptAnswers {
  const json = JsonReader.parse(text, {
    title: "kept answers of a directory",
    maxLength: MAX_BYTES,
  });
  json.field("v").integer(VERSION, VERSION);
  const answers = json.field("answers").entries(MAX_ANSWERS);
  if (answers.length === 0) throw new DecodeError("Cannot use no answers");
  return {
    url: json.field("url").string(4096),
    learnedAt: readRfc3339(json.field("learnedAt")),
    texts: new Map(
      answers.map(([path, answer]) => [path, answer.string(MAX_BYTES)]),
    ),
  };
}

/** Write answers to be kept. */
export function encodeKeptAnswers(
  { url, learnedAt, texts }: KeptAnswers,
): string {
  return JSON.stringify({
    v: VERSION,
    url,
    learnedAt: formatRfc3339(learnedAt),
    answers: Object.fromEntries(texts),
  });
}
