import { parse } from "node:path";
import type { Plugin } from "nymwire";

interface Options {
  readonly folder?: string;
  readonly maxSize: number;
  readonly quota: number;
  readonly receipt: boolean;
  readonly name?: string;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A message with a file: what its first line says, and the bytes after it. */
interface Parcel {
  readonly file: string;
  readonly sha256?: string;
  readonly content: Bytes;
}

/** What became of it. */
type Receipt =
  | { readonly saved: string; readonly size: number; readonly sha256: string }
  | { readonly problem: string };

/** A header is at most this long, in bytes. */
const MAX_HEADER = 1000;

/** How many names are tried for one file. */
const MAX_TRIES = 1000;

/**
 * Receives files into a folder: under their own name without any path, never over a file that is there, within a quota,
 * checked against their hash. A message with a file is a line `{"file":"NAME","sha256":"HEX"}` and the bytes after it; on the
 * way out `name` puts that line in front. In the place of the bytes a line goes on that says what was saved. A message
 * that comes twice is saved once.
 */
export default {
  meta: {
    api: 1,
    name: "file_drop",
    version: "1.0.0",
    description:
      "Saves files that arrive, or says what a file that is sent is called",
    options: {
      properties: {
        folder: { type: "string", description: "Where files are saved" },
        maxSize: {
          type: "integer",
          description: "Larger files are refused, in bytes",
          minimum: 0,
          default: 8_388_608,
        },
        quota: {
          type: "integer",
          description: "What all files in the folder take at most, in bytes",
          minimum: 0,
          default: 104_857_600,
        },
        receipt: {
          type: "boolean",
          description: "Whether the sender is told what was saved",
          default: true,
        },
        name: {
          type: "string",
          description: "What the file in a message that is sent is called",
        },
      },
    },
    grants: [{ kind: "write", option: "folder", why: "to save files" }],
  },

  async start({ options: { folder } }) {
    if (folder === undefined) return;
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  },

  async message(message, context) {
    const { folder, receipt } = context.options;
    const parcel = open(message.bytes);
    if (folder === undefined || !parcel) return;
    const line = JSON.stringify(await receive(parcel, folder, context.options));
    if (receipt && message.senderTag) await context.reply(message, line);
    return { kind: "replace", body: line };
  },

  async outgoing({ bytes }, { options: { name } }) {
    if (name === undefined) return;
    const header = JSON.stringify({ file: name, sha256: await hash(bytes) });
    const body = await new Blob([header, "\n", bytes]).bytes();
    return { kind: "replace", body };
  },
} satisfies Plugin<Options>;

/** Take a message apart; nothing if it is no file. */
function open(bytes: Bytes): Parcel | undefined {
  const end = bytes.subarray(0, MAX_HEADER).indexOf(0x0a);
  if (end < 0 || bytes[0] !== 0x7b) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true });
    const header = JSON.parse(text.decode(bytes.subarray(0, end)));
    if (typeof header?.file !== "string") return undefined;
    return { ...header, content: bytes.subarray(end + 1) };
  } catch {
    return undefined; // Some other message.
  }
}

/** Save a file if nothing speaks against it. */
async function receive(
  { file, sha256: claimed, content }: Parcel,
  folder: string,
  { maxSize, quota }: Options,
): Promise<Receipt> {
  const name = plainName(file);
  if (name === undefined) return { problem: "the name is no file name" };
  const size = content.length;
  if (size > maxSize) return { problem: `larger than ${maxSize} bytes` };
  const sha256 = await hash(content);
  if (claimed !== undefined && claimed !== sha256) {
    return { problem: "the hash differs" };
  }
  if (await usedIn(folder) + size > quota) {
    return { problem: "the folder is full" };
  }
  return { saved: await save(folder, name, content, sha256), size, sha256 };
}

/** The last part of a path; nothing if that could be anything but the name of a plain file. */
function plainName(path: string): string | undefined {
  const name = path.split(/[\\/]/).at(-1)!.trim();
  const plain = /^[^.\p{C}][^\p{C}<>:"|?*]*$/u.test(name) &&
    !/[. ]$/.test(name);
  // What these are called is a device on some systems, whatever comes after the dot.
  const device = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(name);
  const length = new TextEncoder().encode(name).length;
  return plain && !device && length <= 200 ? name : undefined;
}

/** Save under a name that is free, whole or not at all. The same file under the same name is there already. */
async function save(
  folder: string,
  name: string,
  content: Bytes,
  sha256: string,
): Promise<string> {
  // No message can say this name. What a kill leaves under it is written anew when the message comes again.
  const part = `${folder}/.${sha256}.part`;
  try {
    await write(part, content);
    for (const free of names(name)) {
      const path = `${folder}/${free}`;
      if (await isSame(path, content) || await take(part, path)) return free;
    }
    throw new Error(`Cannot save ${name}: too many files of this name`);
  } finally {
    await Deno.remove(part).catch(() => {}); // It was moved, or not made.
  }
}

/** On disk when this returns, for nobody but the user to read. */
async function write(path: string, content: Bytes): Promise<void> {
  const options = { write: true, create: true, truncate: true, mode: 0o600 };
  using file = await Deno.open(path, options);
  for (let rest = content; rest.length > 0;) {
    rest = rest.subarray(await file.write(rest));
  }
  await file.sync();
}

/** A name, and then the same with a number. */
function* names(name: string): Generator<string> {
  yield name;
  const { name: stem, ext } = parse(name);
  for (let n = 2; n <= MAX_TRIES; n++) yield `${stem}-${n}${ext}`;
}

/** Give a file a name if nothing has it: a link never replaces anything. */
async function take(part: string, path: string): Promise<boolean> {
  try {
    await Deno.link(part, path).catch(async (error) => {
      if (error instanceof Deno.errors.AlreadyExists) throw error;
      // Some file systems have no links: an empty file of our own holds the name meanwhile.
      using _ = await Deno.open(path, { createNew: true, write: true });
      await Deno.rename(part, path);
    });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

async function isSame(path: string, content: Bytes): Promise<boolean> {
  try {
    const { size, isFile } = await Deno.lstat(path);
    if (!isFile || size !== content.length) return false;
    const there = await Deno.readFile(path);
    return there.every((byte, index) => byte === content[index]);
  } catch {
    return false;
  }
}

async function usedIn(folder: string): Promise<number> {
  let used = 0;
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile) used += (await Deno.lstat(`${folder}/${name}`)).size;
  }
  return used;
}

async function hash(bytes: Bytes): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}
