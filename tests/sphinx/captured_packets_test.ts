import { assertEquals } from "@std/assert";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { x25519 } from "../../lib/crypto/x25519.ts";
import { expandSharedSecret } from "../../lib/sphinx/hop_keys.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import { decodeSurb, encodeSurb, useSurb } from "../../lib/sphinx/surb.ts";
import { hex, unhex } from "../support/hex.ts";
import { captured, sha256, testNodes } from "./fixtures.ts";

await cryptoReady();

/** Where an ack begins and ends in a message, behind the address of its first hop. */
const ACK = [19, 405] as const;

/** What a journey shows: delays and tags in order, and the message. */
interface Journey {
  readonly delays: string[];
  readonly replayTags: string[];
  readonly destination: string;
  readonly message: Uint8Array;
  readonly versions: Set<number>;
}

for (const kind of ["data", "cover"] as const) {
  const vector = captured[kind];

  Deno.test(`finishPacket() unwraps the captured ${kind} packet at every hop`, async () => {
    const nodes = testNodes(4);
    let packet = unhex(vector.packet);
    assertEquals(await sha256(packet), vector.packetSha256);
    for (const [i, hop] of vector.hops.entries()) {
      const secret = nodes[i]!.secret;
      const shared = x25519(secret, packet.subarray(0, 32));
      assertEquals(hex(shared), hop.sharedSecret);
      if ("macKey" in hop) {
        assertEquals(hex(expandSharedSecret(shared).macKey), hop.macKey);
      }
      assertEquals(hex(packet.subarray(32, 48)), hop.mac);
      const peeled = peelHeader(packet, secret);
      assertEquals(hex(peeled.replayTag), hop.replayTag);
      const processed = finishPacket(peeled);
      assertEquals(processed.version, vector.version);
      if (processed.kind === "forward") {
        assertEquals(
          hex(processed.nextHop),
          "nextHop" in hop ? hop.nextHop!.padEnd(64, "0") : undefined,
        );
        assertEquals(
          processed.delay,
          "delay" in hop ? BigInt(hop.delay!) : undefined,
        );
        packet = processed.packet;
        assertEquals(
          await sha256(packet),
          "outgoingSha256" in hop ? hop.outgoingSha256 : undefined,
        );
      } else {
        assertEquals(hex(processed.destination), vector.destination);
        assertEquals(
          await sha256(processed.message),
          "plaintextSha256" in hop ? hop.plaintextSha256 : undefined,
        );
      }
    }
  });

  Deno.test(`finishPacket() unwraps the ack inside the captured ${kind} packet`, async () => {
    const { message } = travel(unhex(vector.packet));
    const ack = message.slice(...ACK);
    assertEquals(await sha256(ack), vector.ack.sha256);
    const journey = travel(ack);
    assertEquals(hex(journey.message), vector.ack.plaintext);
    assertEquals([...journey.versions], [vector.ack.version]);
    assertEquals(journey.destination, captured.cover.destination);
    if ("delays" in vector.ack) {
      assertEquals(journey.delays, vector.ack.delays);
      assertEquals(journey.replayTags, vector.ack.replayTags);
    }
  });
}

Deno.test("decodeSurb() reads the captured reply block, and useSurb() fills it", () => {
  const { bytes, encryptionKey, ...vector } = captured.replySurb;
  const encoded = unhex(bytes).slice(encryptionKey.length / 2);
  const surb = decodeSurb(encoded);
  assertEquals(surb.keys.length, 4);
  assertEquals(hex(encodeSurb(surb)), hex(encoded));
  assertEquals(hex(surb.firstHop), "0406a57f000001".padEnd(64, "0"));
  const message = crypto.getRandomValues(new Uint8Array(2048));
  const journey = travel(useSurb(surb, message, 2065).packet);
  assertEquals(journey.message, message);
  assertEquals(journey.delays, vector.delays);
  assertEquals(journey.replayTags, vector.replayTags);
  assertEquals(journey.destination, vector.destination);
  assertEquals([...journey.versions], [vector.version]);
});

function travel(packet: Uint8Array): Journey {
  const delays: string[] = [];
  const replayTags: string[] = [];
  const versions = new Set<number>();
  for (const { secret } of testNodes(4)) {
    const peeled = peelHeader(packet, secret);
    replayTags.push(hex(peeled.replayTag));
    const processed = finishPacket(peeled);
    versions.add(processed.version);
    if (processed.kind === "final") {
      const { destination, message } = processed;
      return {
        delays,
        replayTags,
        versions,
        destination: hex(destination),
        message,
      };
    }
    delays.push(String(processed.delay));
    packet = processed.packet;
  }
  throw new Error("no hop was the last one");
}
