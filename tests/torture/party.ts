/**
 * One side of the exchange that is killed again and again: `party.ts JOB`, a job as JSON. It holds a home, talks to the
 * other side, answers what can be answered, and says on stdout what it has done, a line each, written before it goes on.
 */
import type { MixnetClient } from "../../lib/client/client.ts";
import { openHomeClient } from "../../lib/client/open_home_client.ts";
import { NymError } from "../../lib/errors.ts";
import type { HomeNotice } from "../../lib/home/open_home.ts";
import type {
  IncomingMessage,
  OutgoingMessage,
} from "../../lib/mailbox/mailbox.ts";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { FAST } from "../support/mixnet_clients.ts";

/** What a party is to do. */
export interface PartyJob {
  /** The folder of homes. */
  readonly base: string;
  /** Its home. */
  readonly id: string;
  /** Whom it talks to. */
  readonly peer: string;
  /** Counts its lives: what it sends in one is never sent in another. */
  readonly life: number;
  /** Whether it sends anything by itself. */
  readonly talks: boolean;
}

/** What a party says. */
export type PartyWord =
  /** Its home is open, its client connected. */
  | { readonly is: "ready" }
  /** Its home was not as it should be. */
  | { readonly is: "notice"; readonly notice: HomeNotice }
  /** The recipient's gateway has all of a message. */
  | { readonly is: "acked"; readonly text: string }
  /** A message cannot go on. */
  | { readonly is: "failed"; readonly text: string }
  /** A message is in the consumer's hands. */
  | {
    readonly is: "handed";
    readonly id: string;
    readonly text: string;
    readonly redelivered: boolean;
  }
  /** A message was taken, and will not come again. */
  | { readonly is: "taken"; readonly id: string };

/** Messages of a party that are on their way at once. */
const AT_ONCE = 3;

/** Every message carries this many reply blocks, some less: answers have to ask for more now and then. */
const BLOCKS = [0, 3, 13, 16];

/** And so many bytes, one packet to some. */
const LENGTHS = [50, 50, 2000, 9000];

if (import.meta.main) await live(JSON.parse(Deno.args[0]!));

async function live({ base, id, peer, life, talks }: PartyJob): Promise<void> {
  const home = await openHomeClient({
    base,
    id,
    change: () => FAST,
    onNotice: (notice) => say({ is: "notice", notice }),
  });
  const { client } = home;
  say({ is: "ready" });
  const recipient = parseRecipient(peer);
  const count = talks ? AT_ONCE : 0;
  await Promise.all([
    listen(client, life),
    ...Array.from({ length: count }, async (_, lane) => {
      for (let n = lane;; n += AT_ONCE) {
        await send(client, `${id}.${life}.${n}`, {
          target: { kind: "recipient", recipient },
          surbs: BLOCKS[n % BLOCKS.length]!,
        }, LENGTHS[n % LENGTHS.length]!);
      }
    }),
  ]);
}

async function listen(client: MixnetClient, life: number): Promise<void> {
  let handed = 0;
  for await (const message of client.messages()) {
    const { id, redelivered } = message;
    const text = textOf(message);
    say({ is: "handed", id, text, redelivered });
    // Now and then it takes a while, and is killed meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 5 * (handed++ % 4)));
    await message.taken();
    say({ is: "taken", id });
    const { senderTag } = message;
    if (senderTag === undefined) continue;
    const target = { kind: "reply", senderTag } as const;
    // Answers wait for blocks; the next message does not wait for that.
    void send(client, `re.${life}.${text}`, { target }, 50);
  }
}

async function send(
  client: MixnetClient,
  text: string,
  message: Omit<OutgoingMessage, "body">,
  length: number,
): Promise<void> {
  const body = new TextEncoder().encode(text.padEnd(length, " "));
  try {
    const sending = await client.send({ ...message, body });
    await sending.reached("acked");
  } catch (error) {
    if (!(error instanceof NymError)) throw error;
    return say({ is: "failed", text });
  }
  say({ is: "acked", text });
}

function textOf({ body }: IncomingMessage): string {
  return new TextDecoder().decode(body).trimEnd();
}

function say(word: PartyWord): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(word)}\n`));
}
