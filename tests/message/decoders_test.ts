import fc from "fast-check";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { DecodeError } from "../../lib/errors.ts";
import { openAck, sealAck } from "../../lib/message/ack.ts";
import { sealFragment } from "../../lib/message/encryption.ts";
import { decodeFragment, encodeFragment } from "../../lib/message/fragment.ts";
import {
  decodeMixPacket,
  encodeMixPacket,
} from "../../lib/message/mix_packet.ts";
import {
  decodeNodeAddress,
  encodeNodeAddress,
} from "../../lib/message/node_address.ts";
import {
  decodeNymMessage,
  encodeNymMessage,
} from "../../lib/message/nym_message.ts";
import { openPush } from "../../lib/message/receive.ts";
import {
  decodeRecipient,
  parseRecipient,
} from "../../lib/message/recipient.ts";
import {
  decodeReplySurb,
  encodeReplySurb,
} from "../../lib/message/reply_surb.ts";
import { parseSenderTag, senderTag } from "../../lib/message/sender_tag.ts";
import { splitSurbAck } from "../../lib/message/surb_ack.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { testSurbs } from "./reply_blocks.ts";

const random = seededRandom(11);
const SECRET = random(32);
const ACK_KEY = random(16);
const FRAGMENT = encodeFragment({
  setId: 12345,
  total: 255,
  index: 255,
  linkedSetId: 54321,
  payload: random(50),
});
const ADDRESS = encodeNodeAddress({ host: "2001:db8::1", port: 1789 });
const [V1] = testSurbs(1, { version: 258, rotation: "unknown" });
const [V2] = testSurbs(1);
const text = (decode: (text: string) => unknown) => (bytes: Uint8Array) =>
  decode(new TextDecoder().decode(bytes));

/** Decoders that face strangers, each with an input that it takes. */
const DECODERS: [name: string, (bytes: Uint8Array) => unknown, Uint8Array][] = [
  ["decodeFragment", decodeFragment, FRAGMENT],
  ["decodeNodeAddress", decodeNodeAddress, ADDRESS],
  ["decodeRecipient", decodeRecipient, random(96)],
  [
    "parseRecipient",
    text(parseRecipient),
    new TextEncoder().encode(
      "22vc65on8x4WQAzYtTCipbiGfEeWBPDWWPBYWaEftWEn.EJzreccUGXsPgRHifQFtWHYhWcxs47Ser61mqbk2iW2S@3npPXNFnXjpgUvu9QahC5XBZcemoKJy621rutG9GazpM",
    ),
  ],
  [
    "parseSenderTag",
    text(parseSenderTag),
    new TextEncoder().encode("Mhs8VzXcbsxr6Ye7oTUXQx"),
  ],
  [
    "decodeMixPacket",
    (bytes) => decodeMixPacket(bytes, 2),
    encodeMixPacket({
      packetType: 0,
      rotation: "odd",
      firstHop: { host: "1.2.3.4", port: 5 },
      packet: random(386),
    }, 2),
  ],
  [
    "decodeNymMessage",
    decodeNymMessage,
    encodeNymMessage({
      kind: "repliable",
      senderTag: senderTag(random(16)),
      content: { kind: "data", encoding: "v2", surbs: [V2!], data: random(9) },
    }),
  ],
  [
    "decodeReplySurb",
    (bytes) => decodeReplySurb(bytes, "odd"),
    encodeReplySurb(V1!),
  ],
  ["splitSurbAck", splitSurbAck, concat(ADDRESS, random(386 + 100))],
  [
    "openAck",
    (bytes) => openAck(ACK_KEY, bytes),
    sealAck(ACK_KEY, { setId: 1, index: 1 }, random),
  ],
  [
    "openPush",
    (bytes) =>
      openPush(bytes, {
        secret: SECRET,
        takeReplyKey: (digest) => digest[0] === 1 ? ACK_KEY : undefined,
      }),
    sealFragment(FRAGMENT, x25519PublicKey(SECRET), random),
  ],
];

for (const [name, decode, valid] of DECODERS) {
  Deno.test(`${name}() throws nothing but DecodeError, whatever it is given`, () => {
    const mutated = fc.tuple(
      fc.nat({ max: valid.length }),
      fc.nat({ max: 8 }),
      fc.uint8Array({ maxLength: 8 }),
    ).map(([offset, gone, put]) =>
      concat(valid.subarray(0, offset), put, valid.subarray(offset + gone))
    );
    const anything = fc.uint8Array({ maxLength: 600 });
    fc.assert(fc.property(fc.oneof(mutated, anything), (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }));
  });
}
