import { assert, assertEquals } from "@std/assert";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { openAck } from "../../lib/message/ack.ts";
import { openReply, replyKeyDigest } from "../../lib/message/encryption.ts";
import { buildForwardPacket } from "../../lib/message/forward_packet.ts";
import { decodeFragment, encodeFragment } from "../../lib/message/fragment.ts";
import {
  decodeFragmentId,
  encodeFragmentId,
} from "../../lib/message/fragment_id.ts";
import { rotationFromByte } from "../../lib/message/key_rotation.ts";
import { decodeNodeAddress } from "../../lib/message/node_address.ts";
import {
  decodeNymMessage,
  encodeNymMessage,
  type NymMessage,
} from "../../lib/message/nym_message.ts";
import { pathDelay } from "../../lib/message/path.ts";
import { Reassembler } from "../../lib/message/reassemble.ts";
import { classifyPush, openPush } from "../../lib/message/receive.ts";
import { parseRecipient } from "../../lib/message/recipient.ts";
import { buildReplyPacket } from "../../lib/message/reply_packet.ts";
import {
  createReplySurb,
  encodeReplySurb,
  type ReplySurb,
} from "../../lib/message/reply_surb.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { split } from "../../lib/message/split.ts";
import { splitSurbAck } from "../../lib/message/surb_ack.ts";
import { hex, unhex } from "../support/hex.ts";
import { recordedRandom } from "../support/recorded_random.ts";
import {
  drawsOf,
  pathOf,
  type RecordedClient,
  type RecordedPacket,
  type Recording,
  RECORDINGS,
  versionOf,
} from "./recordings.ts";

await cryptoReady();

Deno.test("the recordings hold ten data packets, two of them replies", () => {
  const packets = RECORDINGS.flatMap(({ packets }) => packets);
  assertEquals(packets.length, 10);
  assertEquals(packets.filter(({ reply }) => reply !== undefined).length, 2);
});

for (const recording of RECORDINGS) {
  recording.packets.forEach((packet, i) => {
    const name = `${recording.variant} ${i}`;
    const plaintext = unhex(packet.hops.at(-1)!.plaintextHex!);
    const { pushedToClientHex, ackFirstHop19Hex, ackPacket386Hex } =
      packet.finalSplit;

    Deno.test(`splitSurbAck() takes the plaintext apart, ${name}`, () => {
      const { firstHop, ackPacket, message } = splitSurbAck(plaintext);
      assertEquals(
        firstHop,
        decodeNodeAddress(unhex(ackFirstHop19Hex)).address,
      );
      assertEquals(hex(ackPacket), ackPacket386Hex);
      assertEquals(hex(message), pushedToClientHex);
    });

    Deno.test(`openPush() decrypts the fragment, ${name}`, () => {
      const pushed = unhex(pushedToClientHex);
      assertEquals(classifyPush(pushed.length), "data");
      const opened = openPush(pushed, {
        secret: unhex(receiverOf(packet, recording).encryptionPrivateHex),
        takeReplyKey: (digest) =>
          hex(digest) === packet.reply?.keyDigestHex
            ? unhex(packet.reply.keyHex)
            : undefined,
      });
      assert(opened.kind === "fragment");
      assertEquals(opened.reply, packet.reply !== undefined);
      assertEquals(hex(encodeFragment(opened.fragment)), fragmentOf(packet));
    });

    Deno.test(`openAck() names the fragment, ${name}`, () => {
      const { payloadHex, fragmentIdHex } = packet.ack;
      const payload = unhex(payloadHex);
      assertEquals(classifyPush(payload.length), "ack");
      const ackKey = unhex(senderOf(packet, recording).ackKeyHex);
      const { setId, index } = decodeFragment(unhex(fragmentOf(packet)));
      const id = openAck(ackKey, payload);
      assertEquals(id, { setId, index });
      assert(id !== "cover");
      assertEquals(hex(encodeFragmentId(id)), fragmentIdHex);
    });
  });

  recording.packets.filter(({ reply }) => reply === undefined).forEach(
    (packet, i) => {
      Deno.test(`buildForwardPacket() rebuilds byte for byte, ${recording.variant} ${i}`, () => {
        const sender = senderOf(packet, recording);
        const forward = pathOf(packet, recording);
        const ack = pathOf(packet.ack, recording);
        const prepared = buildForwardPacket({
          id: decodeFragmentId(unhex(packet.ack.fragmentIdHex)),
          content: unhex(fragmentOf(packet)),
          recipient: parseRecipient(packet.receiver.address!),
          sender: senderKeys(sender),
          forward,
          ack,
          rotation: rotationFromByte(packet.keyRotation ?? 0),
          packetSize: "regular",
          version: versionOf(packet),
          random: recordedRandom(
            unhex(packet.ack.payloadHex).slice(0, 16),
            ...drawsOf(packet.ack),
            unhex(packet.receiver.ephemeralSecretHex!),
            ...drawsOf(packet),
          ),
        });
        assertEquals(hex(prepared.packet), packet.hops[0]!.packetHex);
        const { host, port } = packet.first;
        assertEquals(prepared.firstHop, { host, port });
        assertEquals(prepared.totalDelay, pathDelay(forward) + pathDelay(ack));
      });
    },
  );

  Deno.test(`the recorded packets become the messages that were received, ${recording.variant}`, () => {
    for (const client of recording.clients) {
      const { messages } = recording.received.find(({ address }) =>
        address === client.address
      )!;
      const received = messagesOf(client, recording).flatMap((message) => {
        if (message.kind === "plain") return [[message.data, null] as const];
        if (message.content.kind !== "data") return [];
        const tag = message.kind === "repliable" ? message.senderTag : null;
        return [[message.content.data, tag] as const];
      });
      assertEquals(
        received.map(([data, tag]) => ({
          hex: hex(data),
          senderTagHex: tag && hex(tag),
        })),
        messages.map(({ hex, senderTagHex }) => ({ hex, senderTagHex })),
      );
    }
  });
}

const ANONYMOUS = RECORDINGS[0]!;
const [ASKER, ANSWERER] = ANONYMOUS.clients as [RecordedClient, RecordedClient];

Deno.test("decodeNymMessage() reads the recorded messages, which encodeNymMessage() and split() write again", () => {
  const toAnswerer = messagesOf(ANSWERER, ANONYMOUS);
  assertEquals(toAnswerer.map(({ kind }) => kind), ["repliable", "repliable"]);
  const [data, additional] = toAnswerer;
  assert(data?.kind === "repliable" && additional?.kind === "repliable");
  assertEquals(data.senderTag, additional.senderTag);
  assertEquals(data.content.kind, "data");
  assertEquals(data.content.encoding, "v2");
  assertEquals(data.content.surbs.length, 3);
  assertEquals(additional.content.kind, "additionalSurbs");
  assertEquals(additional.content.surbs.length, 10);
  for (const { surbs } of [data.content, additional.content]) {
    for (const { rotation, surb } of surbs) {
      assertEquals(rotation, "odd");
      assertEquals(surb.keys.length, 4);
    }
  }

  const toAsker = messagesOf(ASKER, ANONYMOUS);
  const [request, reply] = toAsker;
  assert(request?.kind === "reply" && request.content.kind === "surbRequest");
  assertEquals(request.content.amount, 10);
  assertEquals(formatRecipient(request.content.recipient), ANSWERER.address);
  assert(reply?.kind === "reply" && reply.content.kind === "data");

  const recorded = ANONYMOUS.packets.map(fragmentOf).sort();
  const written = [...toAnswerer, ...toAsker].flatMap((message) => {
    const bytes = encodeNymMessage(message);
    const first = recorded.find((fragment) =>
      fragment.slice(8).includes(hex(bytes.subarray(0, 100)))
    )!;
    // The set's id is all that splitting draws.
    const setId = (Number.parseInt(first.slice(0, 8), 16) & 0x7fff_ffff)
      .toString(16).padStart(8, "0");
    return split([bytes], {
      packetSize: "regular",
      random: recordedRandom(unhex(setId)),
    }).map((fragment) => hex(encodeFragment(fragment)));
  });
  assertEquals(written.sort(), recorded);
});

ANONYMOUS.packets.forEach((packet, i) => {
  const { reply } = packet;
  if (reply === undefined) return;

  Deno.test(`replies use up the recorded blocks, ${i}`, () => {
    const surb = recordedSurb(reply.keyHex);
    assertEquals(hex(replyKeyDigest(surb.key)), reply.keyDigestHex);
    const ack = pathOf(packet.ack, ANONYMOUS);
    const prepared = buildReplyPacket({
      id: decodeFragmentId(unhex(packet.ack.fragmentIdHex)),
      content: unhex(reply.fragmentHex),
      surb,
      expectedDelay: 45_000_000n,
      sender: senderKeys(senderOf(packet, ANONYMOUS)),
      ack,
      packetSize: "regular",
      version: versionOf(packet.ack),
      random: recordedRandom(
        unhex(packet.ack.payloadHex).slice(0, 16),
        ...drawsOf(packet.ack),
      ),
    });
    assertEquals(hex(prepared.packet), packet.hops[0]!.packetHex);
    const { host, port } = packet.first;
    assertEquals(prepared.firstHop, { host, port });
    assertEquals(prepared.rotation, rotationFromByte(packet.keyRotation!));
    assertEquals(prepared.totalDelay, 45_000_000n + pathDelay(ack));
    assertEquals(
      hex(openReply(unhex(packet.finalSplit.pushedToClientHex), surb.key)),
      reply.fragmentHex,
    );
  });

  Deno.test(`createReplySurb() makes the recorded block, ${i}`, () => {
    const made = createReplySurb({
      ...pathOf(packet, ANONYMOUS),
      destination: unhex(ASKER.identityPublicHex),
      version: versionOf(packet),
      rotation: "odd",
      random: recordedRandom(unhex(reply.keyHex), ...drawsOf(packet)),
    });
    assertEquals(
      hex(encodeReplySurb(made)),
      hex(encodeReplySurb(recordedSurb(reply.keyHex))),
    );
  });
});

/** The block with this key, out of all that were recorded. */
function recordedSurb(keyHex: string): ReplySurb {
  const surbs = messagesOf(ANSWERER, ANONYMOUS).flatMap((message) =>
    message.kind === "repliable" ? message.content.surbs : []
  );
  return surbs.find(({ key }) => hex(key) === keyHex)!;
}

/** What a client was sent, from packets as the gateway pushed them. */
function messagesOf(
  client: RecordedClient,
  recording: Recording,
): NymMessage<Bytes>[] {
  const replyKeys = new Map(
    recording.packets.flatMap(({ reply }) =>
      reply === undefined ? [] : [[reply.keyDigestHex, unhex(reply.keyHex)]]
    ),
  );
  const reassembler = new Reassembler();
  return recording.packets.flatMap((packet) => {
    if (receiverOf(packet, recording) !== client) return [];
    const opened = openPush(unhex(packet.finalSplit.pushedToClientHex), {
      secret: unhex(client.encryptionPrivateHex),
      takeReplyKey: (digest) => {
        const key = replyKeys.get(hex(digest));
        replyKeys.delete(hex(digest));
        return key;
      },
    });
    assert(opened.kind === "fragment");
    const outcome = reassembler.push(opened.fragment, 0);
    return outcome.kind === "message" ? [decodeNymMessage(outcome.bytes)] : [];
  });
}

function receiverOf(
  packet: RecordedPacket,
  { clients }: Recording,
): RecordedClient {
  const { destination } = packet.hops.at(-1)!;
  return clients.find(({ identityPublicHex }) =>
    identityPublicHex === destination
  )!;
}

/** Acknowledgements are addressed to who sent the packet. */
function senderOf(
  { ack }: RecordedPacket,
  { clients }: Recording,
): RecordedClient {
  const { destination } = ack.hops.at(-1)!;
  return clients.find(({ identityPublicHex }) =>
    identityPublicHex === destination
  )!;
}

function senderKeys(client: RecordedClient) {
  return {
    identity: unhex(client.identityPublicHex),
    ackKey: unhex(client.ackKeyHex),
  };
}

function fragmentOf({ receiver, reply }: RecordedPacket): string {
  return reply?.fragmentHex ?? receiver.fragmentHex!;
}
