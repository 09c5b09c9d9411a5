import { assert, assertEquals } from "@std/assert";
import captured from "../fixtures/sphinx/captured_packets.json" with {
  type: "json",
};
import type { Bytes } from "../../lib/bytes/brand.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { openAck } from "../../lib/message/ack.ts";
import {
  decodeNymMessage,
  encodeNymMessage,
} from "../../lib/message/nym_message.ts";
import { Reassembler } from "../../lib/message/reassemble.ts";
import { openPush } from "../../lib/message/receive.ts";
import {
  decodeReplySurb,
  encodeReplySurb,
} from "../../lib/message/reply_surb.ts";
import { senderTag } from "../../lib/message/sender_tag.ts";
import { splitSurbAck } from "../../lib/message/surb_ack.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import { hex, unhex } from "../support/hex.ts";

await cryptoReady();

const ACK_KEY = unhex("171379a11f936cdade4d33c47b61efef");

/** What the last of four nodes, whose secrets are 32 × 11, 22, 33 and 44, gets out of a packet. */
function unwrap(packet: Bytes): Bytes {
  for (let i = 1; i <= 4; i++) {
    const secret = new Uint8Array(32).fill(0x11 * i);
    const processed = finishPacket(peelHeader(packet, secret));
    if (processed.kind === "final") return processed.message;
    packet = processed.packet;
  }
  throw new Error("The packet goes on");
}

Deno.test("a captured data packet holds its message and an acknowledgement that comes home", () => {
  const { message, ackPacket } = splitSurbAck(
    unwrap(unhex(captured.data.packet)),
  );
  const ack = unwrap(ackPacket);
  assertEquals(hex(ack), captured.data.ack.plaintext);
  assertEquals(openAck(ACK_KEY, ack), { setId: 0x1d4dcd4a, index: 1 });
  const opened = openPush(message, {
    secret: new Uint8Array(32).fill(2),
    takeReplyKey: () => undefined,
  });
  assert(opened.kind === "fragment");
  const whole = new Reassembler().push(opened.fragment, 0);
  assert(whole.kind === "message");
  assertEquals<unknown>(decodeNymMessage(whole.bytes), {
    kind: "plain",
    data: new TextEncoder().encode("hello from 1.4.1"),
  });
});

Deno.test("a captured cover packet of version 258 is laid out like data, and acknowledged as cover", () => {
  const { message, ackPacket } = splitSurbAck(
    unwrap(unhex(captured.cover.packet)),
  );
  assertEquals(message.length, 1643);
  const ack = unwrap(ackPacket);
  assertEquals(hex(ack), captured.cover.ack.plaintext);
  assertEquals(openAck(ACK_KEY, ack), "cover");
});

Deno.test("a captured reply block is read, and written again in its message", () => {
  const bytes = unhex(captured.replySurb.bytes);
  const surb = decodeReplySurb(bytes, "odd");
  assertEquals(encodeReplySurb(surb), bytes);
  assertEquals(hex(surb.key), captured.replySurb.encryptionKey);
  const written = encodeNymMessage({
    kind: "repliable",
    senderTag: senderTag(unhex("f7f72a38fb3cfe83c63d0d511278d334")),
    content: {
      kind: "data",
      encoding: "v2",
      surbs: [surb],
      data: new TextEncoder().encode("anon data"),
    },
  });
  assertEquals(
    hex(written),
    `01f7f72a38fb3cfe83c63d0d511278d3340300010401${captured.replySurb.bytes}${
      hex(new TextEncoder().encode("anon data"))
    }`,
  );
});
