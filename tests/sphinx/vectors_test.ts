import { assert, assertEquals } from "@std/assert";
import { concat } from "../../lib/bytes/concat.ts";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { x25519PublicKey } from "../../lib/crypto/x25519.ts";
import { HEADER_SIZE } from "../../lib/sphinx/constants.ts";
import { buildPacket } from "../../lib/sphinx/packet.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import { decodeSurb, useSurb } from "../../lib/sphinx/surb.ts";
import type { SphinxVersion } from "../../lib/sphinx/version.ts";
import { hex, unhex } from "../support/hex.ts";
import { recordedRandom } from "../support/recorded_random.ts";
import {
  type HopVector,
  type PacketVector,
  packetVectors,
  readVectors,
} from "./vectors.ts";

await cryptoReady();

Deno.test("the recordings hold 20 packets of the official client", () => {
  assertEquals(packetVectors().length, 20);
});

for (const vector of packetVectors()) {
  Deno.test(`finishPacket() unwraps at every hop, ${vector.name}`, () => {
    let packet = unhex(vector.hops[0]!.packetHex);
    for (const hop of vector.hops) {
      assertEquals(hex(packet), hop.packetHex);
      const peeled = peelHeader(packet, vector.secrets.get(hop.node)!);
      assertEquals(hex(peeled.replayTag), hop.replayTag);
      const processed = finishPacket(peeled);
      assertEquals(processed.kind, hop.type);
      assertEquals(processed.version, versionOf(hop));
      if (processed.kind === "forward") {
        assertEquals(hex(processed.nextHop), hop.nextHex);
        assertEquals(processed.delay, BigInt(hop.delayNs!));
        packet = processed.packet;
      } else {
        assertEquals(hex(processed.destination), hop.destination);
        assertEquals(hex(processed.identifier), hop.identifier);
        assertEquals(hex(processed.message), hop.plaintextHex);
      }
    }
  });

  Deno.test(`buildPacket() rebuilds byte for byte, ${vector.name}`, () => {
    const [first] = vector.hops;
    const last = vector.hops.at(-1)!;
    const packet = buildPacket({
      route: routeOf(vector),
      delays: vector.hops.map(({ delayNs }) => BigInt(delayNs ?? 0)),
      destination: unhex(last.destination!),
      message: unhex(last.plaintextHex!),
      payloadSize: first!.packetHex.length / 2 - HEADER_SIZE,
      version: versionOf(last) as SphinxVersion,
      random: recordedRandom(
        unhex(vector.buildInputs.initialSecretHex),
        unhex(vector.buildInputs.finalPaddingHex),
      ),
    });
    assertEquals(hex(packet), first!.packetHex);
  });
}

Deno.test("useSurb() rebuilds the official client's replies out of the blocks that it was given", () => {
  const { packets } = readVectors("official-client-anonymous-and-reply.json");
  // Fragments of one message follow each other: 7 bytes of header each, then a share of the message.
  const received = concat(
    ...packets.flatMap(({ receiver }) =>
      receiver?.fragmentHex ? [unhex(receiver.fragmentHex).slice(7)] : []
    ),
  );
  const replies = packets.filter(({ reply }) => reply !== undefined);
  assertEquals(replies.length, 2);
  for (const { reply, hops } of replies) {
    const start = hex(received).indexOf(reply!.keyHex) / 2;
    assert(start >= 0, "the key of the reply came with a block");
    const surb = decodeSurb(received.slice(start + 16, start + 460));
    const message = unhex(hops.at(-1)!.plaintextHex!);
    const { packet } = useSurb(surb, message, 2065);
    assertEquals(hex(packet), hops[0]!.packetHex);
  }
});

function versionOf({ version }: HopVector): number {
  return version[1] * 256 + version[2];
}

function routeOf({ hops, secrets }: PacketVector) {
  return hops.map(({ node }, i) => ({
    // Where the first hop is stands around the packet, not in it.
    address: unhex(hops[i - 1]?.nextHex ?? "00".repeat(32)),
    publicKey: x25519PublicKey(secrets.get(node)!),
  }));
}
