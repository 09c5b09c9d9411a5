import { assert, assertEquals } from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import type { Bytes } from "../../lib/bytes/brand.ts";
import type { MixnetClient } from "../../lib/client/client.ts";
import type { Sending } from "../../lib/mailbox/mailbox.ts";
import type { Mixnet } from "../../lib/mixnet/running_mixnet.ts";
import {
  formatRecipient,
  parseRecipient,
} from "../../lib/message/recipient.ts";
import type { SenderTag } from "../../lib/message/sender_tag.ts";
import { take } from "../support/mixnet_clients.ts";
import {
  OfficialClient,
  type OfficialClientSettings,
  type OfficialMessage,
} from "../support/official_client.ts";

/** The limit of each step: packets that are lost twice take some seconds. */
const PATIENCE_MS = 60_000;

/** Settings that make an official client repeat what is lost as soon as ours does in tests. */
const EAGER = {
  traffic: { averagePacketDelayMs: 1 },
  acknowledgements: { averageAckDelayMs: 1, ackWaitAdditionMs: 300 },
};

/** Start an official client at the first gateway of a network. */
export function startOfficial(
  net: Mixnet,
  settings: Partial<OfficialClientSettings> = {},
): Promise<OfficialClient> {
  return OfficialClient.start({
    id: "official",
    apiUrl: net.apiUrl,
    gateway: encodeBase58(net.node("gateway1").identity),
    ...EAGER,
    ...settings,
  });
}

/** What an official client receives next. */
export function receive(official: OfficialClient): Promise<OfficialMessage> {
  return official.receive(AbortSignal.timeout(PATIENCE_MS));
}

/** Send from our client to an official one. */
export function sendTo(
  ours: MixnetClient,
  official: OfficialClient,
  body: Uint8Array,
  surbs = 0,
): Promise<Sending> {
  const recipient = parseRecipient(official.address);
  return ours.send({ target: { kind: "recipient", recipient }, body, surbs });
}

/** Answer an anonymous sender. */
export function replyTo(
  ours: MixnetClient,
  senderTag: SenderTag,
  body: Uint8Array,
): Promise<Sending> {
  return ours.send({ target: { kind: "reply", senderTag }, body });
}

/** Bodies to and fro, which arrive unchanged and are acknowledged. */
export async function exchange(
  ours: MixnetClient,
  official: OfficialClient,
  { there, back }: { there: Bytes; back: Bytes },
): Promise<void> {
  const sending = await sendTo(ours, official, there);
  const received = await receive(official);
  assertEquals(received, { body: there, senderTag: null });
  await sending.reached("acked", AbortSignal.timeout(PATIENCE_MS));
  await official.send(formatRecipient(ours.address), back);
  const [message] = await take(ours, 1);
  assertEquals(message!.body, back);
  assertEquals([message!.senderTag, message!.isReply], [undefined, false]);
}

/** Let an official client ask anonymously; returns the tag to answer it by. */
export async function beAsked(
  ours: MixnetClient,
  official: OfficialClient,
  surbs: number,
): Promise<SenderTag> {
  const question = new TextEncoder().encode("who is there?");
  await official.send(formatRecipient(ours.address), question, surbs);
  const [message] = await take(ours, 1);
  assertEquals(message!.body, question);
  assert(message!.senderTag !== undefined);
  return message!.senderTag;
}

/** Ask an official client anonymously; returns the tag to answer us by. */
export async function ask(
  ours: MixnetClient,
  official: OfficialClient,
  surbs: number,
): Promise<string> {
  const question = new TextEncoder().encode("who is there?");
  await sendTo(ours, official, question, surbs);
  const { body, senderTag } = await receive(official);
  assertEquals(body, question);
  assert(senderTag !== null);
  return senderTag;
}
