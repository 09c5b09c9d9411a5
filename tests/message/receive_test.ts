import { assert, assertEquals, assertThrows } from "@std/assert";
import { concat } from "../../lib/bytes/concat.ts";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { DecodeError } from "../../lib/errors.ts";
import { coverContent, isCover } from "../../lib/message/cover.ts";
import {
  replyKeyDigest,
  sealFragment,
  sealReply,
} from "../../lib/message/encryption.ts";
import { encodeFragment } from "../../lib/message/fragment.ts";
import {
  type DataPacketSizeName,
  PACKET_SIZE,
} from "../../lib/message/packet_size.ts";
import { classifyPush, openPush } from "../../lib/message/receive.ts";
import { split } from "../../lib/message/split.ts";
import { hex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

const random = seededRandom(1);
const SECRET = random(32);
const PUBLIC = x25519PublicKey(SECRET);
const KEY = random(16);
const [FRAGMENT] = split([random(100)], { packetSize: "regular", random });

function open(bytes: Uint8Array, keys = new Map<string, Uint8Array>()) {
  return openPush(bytes, {
    secret: SECRET,
    takeReplyKey: (digest) => {
      const key = keys.get(hex(digest));
      keys.delete(hex(digest));
      return key;
    },
  });
}

for (
  const [length, kind] of [
    [0, "ack"],
    [20, "ack"],
    [21, "ack"],
    [22, "ack"],
    [48, "ack"],
    [49, "data"],
    [1642, "data"],
    [1643, "data"],
    [7787, "data"],
    [15979, "data"],
    [32363, "data"],
  ] as const
) {
  Deno.test(`classifyPush() takes ${length} bytes for ${kind}`, () => {
    assertEquals(classifyPush(length), kind);
  });
}

Deno.test("openPush() opens what is sealed for us", () => {
  const sealed = sealFragment(encodeFragment(FRAGMENT!), PUBLIC, random);
  assertEquals<unknown>(open(sealed), {
    kind: "fragment",
    fragment: { ...FRAGMENT!, payload: FRAGMENT!.payload.slice() },
    reply: false,
  });
});

Deno.test("openPush() opens a reply by the digest of its key, once", () => {
  const keys = new Map([[hex(replyKeyDigest(KEY)), KEY]]);
  const sealed = sealReply(encodeFragment(FRAGMENT!), KEY);
  const opened = open(sealed, keys);
  assert(opened.kind === "fragment" && opened.reply);
  assertEquals(opened.fragment.setId, FRAGMENT!.setId);
  assertEquals(keys.size, 0);
  assertThrows(() => open(sealed, keys), DecodeError);
});

for (
  const packetSize of [
    "regular",
    "extended8",
    "extended16",
    "extended32",
  ] satisfies DataPacketSizeName[]
) {
  Deno.test(`openPush() knows our cover, ${packetSize}`, () => {
    const content = coverContent(packetSize);
    assertEquals(content.length, PACKET_SIZE[packetSize].fragment);
    assertEquals(
      hex(content.subarray(0, 20)),
      "5468652063616b652069732061206c69652101" + "00",
    );
    assertEquals(open(sealFragment(content, PUBLIC, random)), {
      kind: "cover",
    });
  });
}

Deno.test("isCover() needs the whole text", () => {
  const content = coverContent("regular");
  for (let length = 0; length < 18; length++) {
    assert(!isCover(content.subarray(0, length)));
  }
  assert(isCover(content.subarray(0, 18)));
});

Deno.test("openPush() refuses what is for someone else, is cut or has an unusable key", () => {
  const other = sealFragment(
    encodeFragment(FRAGMENT!),
    x25519PublicKey(random(32)),
    random,
  );
  assertThrows(() => open(other), DecodeError);
  assertThrows(() => open(concat(new Uint8Array(32), other)), DecodeError);
  const sealed = sealFragment(encodeFragment(FRAGMENT!), PUBLIC, random);
  for (let length = 0; length < 32 + 7; length++) {
    assertThrows(() => open(sealed.subarray(0, length)), DecodeError);
  }
});
