import { encodeBase58 } from "@std/encoding/base58";
import { PluginError } from "../../lib/errors.ts";
import type { IncomingMessage } from "../../lib/mailbox/mailbox.ts";
import { senderTag } from "../../lib/message/sender_tag.ts";
import type { PluginChain } from "../../lib/plugin/chain.ts";
import type { ChainMessage } from "../../lib/plugin/chain_message.ts";
import type { OutboundMessage } from "../../lib/plugin/mailbox.ts";
import {
  type OpenChainOptions,
  openPluginChain,
} from "../../lib/plugin/open_chain.ts";
import type { PluginLogLine } from "../../lib/plugin/services/services.ts";
import type { PluginSpec } from "../../lib/plugin/spec.ts";
import { type TempFolder, tempFolder } from "../support/temp_folder.ts";

/** A chain with everything around it recorded. */
export interface Stage extends AsyncDisposable {
  readonly chain: PluginChain;
  readonly logs: PluginLogLine[];
  readonly sent: OutboundMessage[];
  readonly deadLetters: { message: ChainMessage; failure: PluginError }[];
  /** All log lines as one text. */
  log(): string;
  /** Let a message arrive; the texts of what becomes of it. */
  arrive(text: string, options?: ArriveOptions): Promise<string[]>;
  /** Send a message; the texts of what leaves. */
  send(text: string, to?: string): Promise<string[]>;
  /** How many messages were taken. */
  taken(): number;
}

export interface ArriveOptions {
  /** Whether it can be answered. @default true */
  answerable?: boolean;
  stored?: boolean;
  signal?: AbortSignal;
}

/** A sender tag in base58. */
export const TAG: string = encodeBase58(new Uint8Array(16).fill(7));

const encoder = new TextEncoder();

/** A message that arrived. */
export function message(
  text: string | Uint8Array<ArrayBuffer>,
  options: ArriveOptions & { seq?: number; taken?: () => void } = {},
): IncomingMessage {
  const { answerable = true, stored = false, seq = 1, taken } = options;
  return {
    id: `m${seq}`,
    seq,
    body: typeof text === "string" ? encoder.encode(text) : text,
    senderTag: answerable ? senderTag(new Uint8Array(16).fill(7)) : undefined,
    receivedAt: 1_700_000_000_000,
    stored,
    redelivered: false,
    taken: () => Promise.resolve(taken?.()),
  };
}

/** Open a chain of plugins. */
export async function stage(
  specs: readonly PluginSpec[],
  options: Partial<OpenChainOptions> = {},
): Promise<Stage> {
  const logs: PluginLogLine[] = [];
  const sent: OutboundMessage[] = [];
  const deadLetters: Stage["deadLetters"] = [];
  let seq = 0;
  let taken = 0;
  const chain = await openPluginChain(specs, {
    mailbox: () => ({
      address: "me",
      send(message) {
        sent.push(message);
        return Promise.resolve({ left: Promise.resolve() });
      },
    }),
    onLog: (line) => logs.push(line),
    deadLetter(message, failure) {
      deadLetters.push({ message, failure });
      return Promise.resolve();
    },
    protect: [],
    env: { get: () => undefined },
    ...options,
  });
  return {
    chain,
    logs,
    sent,
    deadLetters,
    log: () => logs.map(({ text }) => text).join("\n"),
    taken: () => taken,
    async arrive(text, options = {}) {
      const arrived = message(text, {
        ...options,
        seq: ++seq,
        taken: () => taken++,
      });
      const parts = await chain.incoming(arrived, options.signal);
      for (const part of parts) await part.taken();
      return parts.map(({ body }) => new TextDecoder().decode(body));
    },
    async send(text, to = "someone") {
      const parts = await chain.outgoing({ to, body: encoder.encode(text) });
      return parts.map((body) => new TextDecoder().decode(body));
    },
    [Symbol.asyncDispose]: () => chain[Symbol.asyncDispose](),
  };
}

/** A folder with files in it, gone at the end. */
export async function folderOf(
  files: Record<string, string>,
): Promise<TempFolder> {
  const folder = await tempFolder();
  const { path } = folder;
  for (const [name, text] of Object.entries(files)) {
    const parent = name.includes("/")
      ? `${path}/${name.slice(0, name.lastIndexOf("/"))}`
      : path;
    await Deno.mkdir(parent, { recursive: true });
    await Deno.writeTextFile(`${path}/${name}`, text);
  }
  return folder;
}

/** The source of a plugin with these members beside its meta. */
export function pluginSource(
  name: string,
  members: string,
  { head = "", meta = "" } = {},
): string {
  return `${head}
export default {
  meta: { api: 1, name: "${name}", version: "1.0.0", description: "A test"${
    meta && `, ${meta}`
  } },
  ${members}
};
`;
}

/** How a promise fails, as message and hint. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    return `${error.message} | ${error.hint} | ${error.exitCode}`;
  }
  throw new Error("Nothing failed");
}
