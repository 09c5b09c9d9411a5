import { assertEquals } from "@std/assert";
import { cryptoReady } from "../../lib/crypto/sodium.ts";
import { deriveKeySchedule } from "../../lib/sphinx/key_schedule.ts";
import { buildPacket } from "../../lib/sphinx/packet.ts";
import { finishPacket, peelHeader } from "../../lib/sphinx/process.ts";
import type { SphinxVersion } from "../../lib/sphinx/version.ts";
import { hex } from "../support/hex.ts";
import { recordedRandom } from "../support/recorded_random.ts";
import { reference, sha256, testNodes } from "./fixtures.ts";

await cryptoReady();

const SECRET = new Uint8Array(32).fill(0x77);
const DELAYS = [1_000_000n, 2_000_000n, 3_000_000n, 4_000_000n];
const DESTINATION = new Uint8Array(32).fill(0xdd);

Deno.test("deriveKeySchedule() gives the reference run's keys of every hop", () => {
  const keys = testNodes(4).map(({ publicKey }) => publicKey);
  for (const version of [258, 259]) {
    const schedule = deriveKeySchedule(SECRET, keys, version);
    assertEquals(hex(schedule.alpha), reference.alphas[0]);
    assertEquals(
      schedule.hops.map((hop) => ({
        streamKey: hex(hop.streamKey),
        macKey: hex(hop.macKey),
        payloadKeySeed: hex(hop.payloadKeySeed),
        blinding: hex(hop.blinding),
        replayTag: hex(hop.replayTag),
      })),
      reference.hops,
    );
  }
});

for (const run of reference.cases) {
  Deno.test(`buildPacket() and finishPacket() follow the reference run, version ${run.version}, ${run.hops} hops`, async () => {
    const nodes = testNodes(run.hops);
    let packet = buildPacket({
      route: nodes,
      delays: DELAYS.slice(0, run.hops),
      destination: DESTINATION,
      message: new TextEncoder().encode("hello nym"),
      payloadSize: 2065,
      version: run.version as SphinxVersion,
      random: recordedRandom(
        SECRET,
        new Uint8Array(308 - 60 * run.hops).fill(0xaa),
      ),
    });
    if (run.alpha) assertEquals(hex(packet.subarray(0, 32)), run.alpha);
    assertEquals(hex(packet.subarray(32, 48)), run.mac);
    assertEquals(await sha256(packet.subarray(0, 348)), run.headerSha256);
    assertEquals(await sha256(packet), run.packetSha256);
    for (const [i, node] of nodes.entries()) {
      if (run.version >= 258) {
        assertEquals(hex(packet.subarray(0, 32)), reference.alphas[i]);
      }
      const processed = finishPacket(peelHeader(packet, node.secret));
      assertEquals(processed.version, run.version);
      if (processed.kind === "final") {
        if (run.version >= 258 && run.hops === 4) {
          // What the hops appended is the end of the last β.
          const filler = packet.slice(348 - 180, 348);
          assertEquals(await sha256(filler), reference.fillerSha256);
        }
        assertEquals(i, run.hops - 1);
        assertEquals(processed.destination, DESTINATION);
        assertEquals(
          new TextDecoder().decode(processed.message),
          "hello nym",
        );
        return;
      }
      assertEquals(processed.nextHop, nodes[i + 1]!.address);
      assertEquals(processed.delay, DELAYS[i]);
      packet = processed.packet;
      assertEquals(await sha256(packet), run.afterSha256[i]);
    }
    throw new Error("no hop was the last one");
  });
}
