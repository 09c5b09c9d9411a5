import type { Plugin, PluginContext, PluginMessage } from "nymwire";

interface Options {
  readonly address: string;
  readonly contacts: Readonly<Record<string, string>>;
  readonly answer: string;
  readonly answerEvery: number;
}

/** What the chat programs of the first Nym tutorials send. The sender is what somebody claims, not what is proven. */
interface ChatMessage {
  /** An address, or nothing. */
  readonly sender: string;
  readonly chatMessage: string;
}

/** How many senders are remembered as answered. */
const MAX_ANSWERED = 10_000;

/** When each sender was answered, the latest last. */
const answered = new Map<string, number>();

/**
 * A chat: what is sent becomes `{"sender":"…","chatMessage":"…"}`, as in the classic documents; what arrives like that becomes a line
 * `bob: hello`. `contacts` gives addresses names, others are shown by the beginning of their address, or of their sender tag.
 * With `answer`, whoever writes is answered with that line, through reply blocks, and contacts that sent none are written to if
 * that is granted. Anyone can claim any address: names tell friends apart, they do not keep enemies out.
 *
 *     nymwire listen --plugin chat --set 'chat.contacts={"bob":"ADDRESS"}' --set chat.answer='Back at noon'
 *     nymwire send --plugin chat --set chat.address=self --to ADDRESS --surbs auto 'Hello!'
 */
export default {
  meta: {
    api: 1,
    name: "chat",
    version: "1.0.0",
    description: "Chat messages with their senders, as lines",
    options: {
      properties: {
        address: {
          type: "string",
          description:
            "What goes along as the sender of what is sent: an address, or self; nothing to stay anonymous",
          default: "",
        },
        contacts: {
          type: "object",
          description: "Addresses by name",
          additionalProperties: { type: "string" },
          default: {},
        },
        answer: {
          type: "string",
          description: "A line that whoever writes is answered with",
          default: "",
          maxLength: 2000,
        },
        answerEvery: {
          type: "number",
          description: "Minutes until the same sender is answered once more",
          default: 60,
          minimum: 0,
        },
      },
    },
    grants: [{
      kind: "send",
      why: "to answer contacts that sent no reply blocks",
      optional: true,
    }],
  },

  async message(message, context) {
    const chat = readChat(message);
    if (!chat) return { kind: "keep" };
    const { answer } = context.options;
    if (answer !== "") await answerOnce(message, chat, context);
    const name = nameOf(message, chat, context.options);
    return { kind: "replace", body: `${name}: ${oneLine(chat.chatMessage)}` };
  },

  async outgoing(message, context) {
    return { kind: "replace", body: await write(message.text(), context) };
  },
} satisfies Plugin<Options>;

/** A message of the chat; nothing if it is something else. */
function readChat(message: PluginMessage): ChatMessage | undefined {
  try {
    const { sender, chatMessage } = Object(message.json());
    if (typeof chatMessage !== "string") return undefined;
    return { chatMessage, sender: typeof sender === "string" ? sender : "" };
  } catch {
    return undefined; // It is no JSON.
  }
}

async function write(
  chatMessage: string,
  context: PluginContext<Options>,
): Promise<string> {
  const { address } = context.options;
  const sender = address === "self" ? await context.address() : address;
  return JSON.stringify(
    sender === "" ? { chatMessage } : { sender, chatMessage },
  );
}

/** Nobody is answered for every message: two that answer each other would never stop. */
async function answerOnce(
  message: PluginMessage,
  { sender }: ChatMessage,
  context: PluginContext<Options>,
): Promise<void> {
  const { answer, answerEvery, contacts } = context.options;
  const { senderTag } = message;
  const isContact = Object.values(contacts).includes(sender);
  const who = senderTag ?? (isContact ? sender : undefined);
  const now = message.time.getTime();
  if (who === undefined) return;
  if (now - (answered.get(who) ?? -Infinity) < answerEvery * 60_000) return;
  const body = await write(answer, context);
  if (senderTag) await context.reply(message, body);
  else await context.send(sender, body);
  answered.delete(who);
  answered.set(who, now);
  if (answered.size > MAX_ANSWERED) {
    answered.delete(answered.keys().next().value!);
  }
}

function nameOf(
  { senderTag }: PluginMessage,
  { sender }: ChatMessage,
  { contacts }: Options,
): string {
  const known = Object.entries(contacts).find(([, of]) => of === sender);
  if (known) return known[0];
  if (sender) return `${oneLine(sender).slice(0, 8)}…`;
  return senderTag ? `guest ${senderTag.slice(0, 6)}` : "someone";
}

/** Nobody puts words into the mouths of others by starting a new line, or writes over what is on the screen. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
}
