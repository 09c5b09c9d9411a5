import type { Plugin, PluginContext, PluginMessage, Verdict } from "nymwire";

interface Options {
  folder?: string;
  maxSize: number;
  quota: number;
  receipt: boolean;
  name?: string;
}

/** What stands on the first line of a message with a file; the bytes of the file follow. */
interface Header {
  readonly file: string;
  readonly sha256?: string;
}

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
    const { folder } = context.options;
    const parts = folder === undefined ? undefined : split(message.bytes);
    if (!parts) return;
    const problem = await refuse(parts, context.options);
    if (problem !== undefined) {
      return await answer(message, context, { problem });
    }
    const { header, content } = parts;
    const name = plainName(header.file)!;
    const sha256 = await hash(content);
    const saved = await save(folder!, name, content, sha256);
    const { length: size } = content;
    return await answer(message, context, { saved, size, sha256 });
  },

  async outgoing(message, context) {
    const { name } = context.options;
    if (name === undefined) return;
    const header: Header = { file: name, sha256: await hash(message.bytes) };
    const line = new TextEncoder().encode(`${JSON.stringify(header)}\n`);
    const body = new Uint8Array(line.length + message.bytes.length);
    body.set(line);
    body.set(message.bytes, line.length);
    return { kind: "replace", body };
  },
} satisfies Plugin<Options>;

async function answer(
  message: PluginMessage,
  context: PluginContext<Options>,
  result: Record<string, string | number>,
): Promise<Verdict> {
  const line = JSON.stringify(result);
  if (context.options.receipt && message.senderTag) {
    await context.reply(message, line);
  }
  return { kind: "replace", body: line };
}

function split(
  bytes: Uint8Array<ArrayBuffer>,
): { header: Header; content: Uint8Array<ArrayBuffer> } | undefined {
  const end = bytes.subarray(0, MAX_HEADER).indexOf(0x0a);
  if (end < 0 || bytes[0] !== 0x7b) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true });
    const header = JSON.parse(text.decode(bytes.subarray(0, end)));
    if (typeof header?.file !== "string") return undefined;
    return { header, content: bytes.subarray(end + 1) };
  } catch {
    // Some other message.
    return undefined;
  }
}

async function refuse(
  { header, content }: { header: Header; content: Uint8Array<ArrayBuffer> },
  { folder, maxSize, quota }: Options,
): Promise<string | undefined> {
  if (plainName(header.file) === undefined) return "the name is no file name";
  if (content.length > maxSize) return `larger than ${maxSize} bytes`;
  if (header.sha256 !== undefined && header.sha256 !== await hash(content)) {
    return "the hash differs";
  }
  const used = await usedIn(folder!);
  return used + content.length > quota ? "the folder is full" : undefined;
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
  content: Uint8Array<ArrayBuffer>,
  sha256: string,
): Promise<string> {
  // No message can say this name. What a kill leaves under it is written anew when the message comes again.
  const part = `${folder}/.${sha256}.part`;
  try {
    await write(part, content);
    return await settle(folder, name, content, part);
  } finally {
    await Deno.remove(part).catch(() => {}); // It was moved, or not made.
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
    mode: 0o600,
  });
  for (let rest = content; rest.length > 0;) {
    rest = rest.subarray(await file.write(rest));
  }
  await file.sync();
}

/** Give a whole file a name that is free. */
async function settle(
  folder: string,
  name: string,
  content: Uint8Array,
  part: string,
): Promise<string> {
  const dot = name.lastIndexOf(".");
  const [stem, ending] = dot > 0
    ? [name.slice(0, dot), name.slice(dot)]
    : [name, ""];
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const free = attempt === 1 ? name : `${stem}-${attempt}${ending}`;
    const path = `${folder}/${free}`;
    if (await isSame(path, content)) return free;
    if (await take(part, path)) return free;
  }
  throw new Error(`Cannot save ${name}: too many files of this name`);
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

async function isSame(path: string, content: Uint8Array): Promise<boolean> {
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

async function hash(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(digest).toHex();
}
