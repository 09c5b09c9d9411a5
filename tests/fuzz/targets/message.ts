import { assert, assertEquals } from "@std/assert";
import { concat } from "../../../lib/bytes/concat.ts";
import { x25519PublicKey } from "../../../lib/crypto/x25519.ts";
import { openAck, sealAck } from "../../../lib/message/ack.ts";
import { sealFragment, sealReply } from "../../../lib/message/encryption.ts";
import {
  decodeFragment,
  encodeFragment,
} from "../../../lib/message/fragment.ts";
import {
  decodeMixPacket,
  encodeMixPacket,
} from "../../../lib/message/mix_packet.ts";
import {
  decodeNodeAddress,
  encodeNodeAddress,
} from "../../../lib/message/node_address.ts";
import {
  decodeNymMessage,
  encodeNymMessage,
  type NymMessage,
} from "../../../lib/message/nym_message.ts";
import { openPush } from "../../../lib/message/receive.ts";
import {
  decodeRecipient,
  encodeRecipient,
  formatRecipient,
  parseRecipient,
} from "../../../lib/message/recipient.ts";
import {
  formatSenderTag,
  parseSenderTag,
  senderTag,
} from "../../../lib/message/sender_tag.ts";
import { splitSurbAck } from "../../../lib/message/surb_ack.ts";
import { testSurbs } from "../../message/reply_blocks.ts";
import { seededRandom } from "../../support/seeded_random.ts";
import { RECIPIENT } from "../../wire/native/vectors.ts";
import { mutateBytes } from "../mutate_bytes.ts";
import { mutateText } from "../mutate_text.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

/** Everything that comes out of packets and goes into them. */
export function messageTargets(): FuzzTarget[] {
  const random = seededRandom(2);
  const secret = random(32);
  const publicKey = x25519PublicKey(secret);
  const ackKey = random(16);
  const replyKey = random(16);
  const id = { setId: 77, index: 3 };
  const recipient = parseRecipient(RECIPIENT);
  const tag = senderTag(random(16));
  const v1 = testSurbs(2, { version: 258, rotation: "unknown" });
  const v2 = testSurbs(2);
  const addresses = ["127.0.0.1", "2001:db8::1"].map((host) =>
    encodeNodeAddress({ host, port: 1789 })
  );
  const fragments = [
    { ...id, total: 5, linkedSetId: undefined, payload: random(40) },
    { ...id, index: 1, total: 9, linkedSetId: 5, payload: random(40) },
    { ...id, index: 255, total: 255, linkedSetId: 5, payload: random(40) },
  ].map(encodeFragment);
  const messages = messagesOf({ recipient, tag, v1, v2, data: random(30) });
  const mixPackets = ([1, 2] as const).map((version) =>
    encodeMixPacket({
      packetType: 0,
      rotation: "odd",
      firstHop: { host: "1.2.3.4", port: 5 },
      packet: random(386),
    }, version)
  );
  const feedPush = (bytes: Uint8Array) =>
    openPush(bytes, {
      secret,
      takeReplyKey: (digest) => digest[0]! < 128 ? replyKey : undefined,
    });
  const pushes = [
    sealFragment(fragments[0]!, publicKey, random),
    sealReply(fragments[1]!, replyKey),
  ];
  return [
    fuzzTarget({
      name: "fragment",
      draw: (random) => mutateBytes(random, fragments),
      feed(bytes) {
        const fragment = decodeFragment(bytes);
        assertEquals(decodeFragment(encodeFragment(fragment)), fragment);
      },
    }),
    fuzzTarget({
      name: "message",
      draw: (random) => mutateBytes(random, messages),
      feed: (bytes) => encodeNymMessage(decodeNymMessage(bytes)),
    }),
    fuzzTarget({
      name: "push",
      draw: (random) => mutateBytes(random, pushes),
      feed: feedPush,
    }),
    fuzzTarget({
      name: "push of a hostile sender",
      draw(random) {
        const inner = mutateBytes(random, fragments);
        return random.chance(0.1)
          ? sealFragment(inner, publicKey, random.bytes)
          : sealReply(inner, replyKey).fill(0, 0, 1);
      },
      feed: feedPush,
    }),
    fuzzTarget({
      name: "acknowledgement",
      draw: (random) =>
        mutateBytes(random, [sealAck(ackKey, id, random.bytes)]),
      feed: (bytes) => openAck(ackKey, bytes),
    }),
    fuzzTarget({
      name: "acknowledgement at the last hop",
      draw: (random) =>
        mutateBytes(random, [concat(addresses[1]!, new Uint8Array(400))]),
      feed: splitSurbAck,
    }),
    fuzzTarget({
      name: "mix packet",
      draw: (random) => ({
        bytes: mutateBytes(random, mixPackets),
        version: random.pick([1, 2] as const),
      }),
      feed({ bytes, version }) {
        const mixPacket = decodeMixPacket(bytes, version);
        const again = encodeMixPacket(mixPacket, version);
        assertEquals(decodeMixPacket(again, version), mixPacket);
      },
    }),
    fuzzTarget({
      name: "node address",
      draw: (random) => mutateBytes(random, addresses),
      feed(bytes) {
        const { address, length } = decodeNodeAddress(bytes);
        assert(length <= bytes.length);
        assertEquals(encodeNodeAddress(address).length, length);
      },
    }),
    fuzzTarget({
      name: "address in bytes",
      draw: (random) => mutateBytes(random, [encodeRecipient(recipient)]),
      feed: (bytes) =>
        assertEquals(encodeRecipient(decodeRecipient(bytes)), bytes),
    }),
    fuzzTarget({
      name: "address in text",
      draw: (random) => mutateText(random, [RECIPIENT]),
      feed: (text) => formatRecipient(parseRecipient(text)),
    }),
    fuzzTarget({
      name: "sender tag in text",
      draw: (random) => mutateText(random, [formatSenderTag(tag)]),
      feed: (text) => formatSenderTag(parseSenderTag(text)),
    }),
  ];
}

function messagesOf(
  { recipient, tag, v1, v2, data }: {
    recipient: ReturnType<typeof parseRecipient>;
    tag: ReturnType<typeof senderTag>;
    v1: ReturnType<typeof testSurbs>;
    v2: ReturnType<typeof testSurbs>;
    data: Uint8Array;
  },
): Uint8Array[] {
  const messages: NymMessage[] = [
    { kind: "plain", data },
    { kind: "reply", content: { kind: "data", data } },
    {
      kind: "reply",
      content: { kind: "surbRequest", recipient, amount: 100_000 },
    },
    {
      kind: "repliable",
      senderTag: tag,
      content: { kind: "data", encoding: "v2", surbs: v2, data },
    },
    {
      kind: "repliable",
      senderTag: tag,
      content: { kind: "data", encoding: "v1", surbs: v1, data },
    },
    {
      kind: "repliable",
      senderTag: tag,
      content: { kind: "additionalSurbs", encoding: "v2", surbs: v2 },
    },
    {
      kind: "repliable",
      senderTag: tag,
      content: { kind: "heartbeat", encoding: "v1", surbs: v1 },
    },
  ];
  return messages.map(encodeNymMessage);
}
