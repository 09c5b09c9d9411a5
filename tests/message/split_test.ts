import { assert, assertEquals } from "@std/assert";
import { encodeFragment } from "../../lib/message/fragment.ts";
import {
  type DataPacketSizeName,
  PACKET_SIZE,
} from "../../lib/message/packet_size.ts";
import { drawSetId, split } from "../../lib/message/split.ts";
import { choosePacketSize, planSplit } from "../../lib/message/split_plan.ts";
import { unhex } from "../support/hex.ts";
import { seededRandom } from "../support/seeded_random.ts";

/** Computed from the rules apart from this code: of the last set its fragments, of the last fragment its zeros. */
const TABLE: [
  DataPacketSizeName,
  length: number,
  sets: number,
  fragments: number,
  inLastSet: number,
  zeros: number,
][] = [
  ["regular", 0, 1, 1, 1, 1603],
  ["regular", 1, 1, 1, 1, 1602],
  ["regular", 1_601, 1, 1, 1, 2],
  ["regular", 1_602, 1, 1, 1, 1],
  ["regular", 1_603, 1, 1, 1, 0],
  ["regular", 1_604, 1, 2, 2, 1603],
  ["regular", 1_605, 1, 2, 2, 1602],
  ["regular", 3_206, 1, 2, 2, 1],
  ["regular", 3_207, 1, 2, 2, 0],
  ["regular", 3_208, 1, 3, 3, 1603],
  ["regular", 3_209, 1, 3, 3, 1602],
  ["regular", 409_018, 1, 255, 255, 1],
  ["regular", 409_019, 1, 255, 255, 0],
  ["regular", 409_020, 2, 256, 1, 1597],
  ["regular", 409_021, 2, 256, 1, 1596],
  ["regular", 409_022, 2, 256, 1, 1595],
  ["regular", 410_617, 2, 256, 1, 0],
  ["regular", 410_618, 2, 257, 2, 1603],
  ["regular", 410_619, 2, 257, 2, 1602],
  ["regular", 410_620, 2, 257, 2, 1601],
  ["regular", 818_032, 2, 510, 255, 1],
  ["regular", 818_033, 2, 510, 255, 0],
  ["regular", 818_034, 3, 511, 1, 1597],
  ["regular", 818_035, 3, 511, 1, 1596],
  ["regular", 818_036, 3, 511, 1, 1595],
  ["regular", 1_227_046, 3, 765, 255, 1],
  ["regular", 1_227_047, 3, 765, 255, 0],
  ["regular", 1_227_048, 4, 766, 1, 1597],
  ["regular", 1_227_049, 4, 766, 1, 1596],
  ["regular", 10_000_001, 25, 6235, 115, 794],
  ["extended8", 0, 1, 1, 1, 7747],
  ["extended8", 7_747, 1, 1, 1, 0],
  ["extended8", 7_748, 1, 2, 2, 7747],
  ["extended8", 15_495, 1, 2, 2, 0],
  ["extended8", 15_496, 1, 3, 3, 7747],
  ["extended8", 1_975_739, 1, 255, 255, 0],
  ["extended8", 1_975_740, 2, 256, 1, 7741],
  ["extended8", 3_951_473, 2, 510, 255, 0],
  ["extended8", 3_951_474, 3, 511, 1, 7741],
  ["extended16", 0, 1, 1, 1, 15939],
  ["extended16", 15_939, 1, 1, 1, 0],
  ["extended16", 15_940, 1, 2, 2, 15939],
  ["extended16", 4_064_699, 1, 255, 255, 0],
  ["extended16", 4_064_700, 2, 256, 1, 15933],
  ["extended16", 8_129_393, 2, 510, 255, 0],
  ["extended16", 8_129_394, 3, 511, 1, 15933],
  ["extended32", 0, 1, 1, 1, 32323],
  ["extended32", 1, 1, 1, 1, 32322],
  ["extended32", 32_322, 1, 1, 1, 1],
  ["extended32", 32_323, 1, 1, 1, 0],
  ["extended32", 32_324, 1, 2, 2, 32323],
  ["extended32", 64_647, 1, 2, 2, 0],
  ["extended32", 64_648, 1, 3, 3, 32323],
  ["extended32", 8_242_619, 1, 255, 255, 0],
  ["extended32", 8_242_620, 2, 256, 1, 32317],
  ["extended32", 16_485_233, 2, 510, 255, 0],
  ["extended32", 16_485_234, 3, 511, 1, 32317],
  ["extended32", 24_727_847, 3, 765, 255, 0],
  ["extended32", 24_727_848, 4, 766, 1, 32317],
];

for (const [packetSize, length, sets, count, inLastSet, zeros] of TABLE) {
  Deno.test(`planSplit() and split() cut as the reference does, ${length} bytes, ${packetSize}`, () => {
    assertEquals(planSplit(length, packetSize), {
      sets,
      fragments: count,
      paddedLength: length + 1 + zeros,
    });
    const message = new Uint8Array(length).fill(0xab);
    const fragments = split([message], { packetSize, random: seededRandom(7) });
    assertEquals(fragments.length, count);
    const ids = [...new Set(fragments.map(({ setId }) => setId))];
    assertEquals(ids.length, sets);
    const { fragment: full } = PACKET_SIZE[packetSize];
    let offset = 0;
    fragments.forEach((fragment, i) => {
      const set = Math.floor(i / 255);
      assertEquals(fragment.setId, ids[set]);
      assertEquals(fragment.index, i % 255 + 1);
      assertEquals(fragment.total, set === sets - 1 ? inLastSet : 255);
      const link = fragment.index === 1
        ? ids[set - 1]
        : fragment.index === 255
        ? ids[set + 1]
        : undefined;
      assertEquals(fragment.linkedSetId, link);
      assertEquals(
        fragment.payload.length,
        full - (link === undefined ? 7 : 10),
      );
      offset += fragment.payload.length;
    });
    assertEquals(offset, length + 1 + zeros);
    assertEquals(encodeFragment(fragments[0]!).length, full);
    assertEquals(encodeFragment(fragments.at(-1)!).length, full);
    const tail = fragments.at(-1)!.payload;
    assertEquals(tail.length - tail.lastIndexOf(1) - 1, zeros);
  });
}

Deno.test("split() joins parts, ends them with a one and fills up with zeros", () => {
  const [fragment] = split(
    [Uint8Array.of(0), new Uint8Array(), new TextEncoder().encode("hi")],
    { packetSize: "regular", random: seededRandom(1) },
  );
  const expected = new Uint8Array(1604);
  expected.set(unhex("00 6869 01"));
  assertEquals(fragment!.payload, expected);
});

Deno.test("split() makes views into one padded message, whatever its length", () => {
  const fragments = split([new Uint8Array(1_000_000)], {
    packetSize: "regular",
    random: seededRandom(1),
  });
  const { buffer } = fragments[0]!.payload;
  assert(fragments.every(({ payload }) => payload.buffer === buffer));
  assertEquals(
    buffer.byteLength,
    fragments.reduce((sum, { payload }) => sum + payload.length, 0),
  );
});

Deno.test("drawSetId() takes the magnitude and draws again where it has none", () => {
  const draws = ["00000000", "80000000", "ffffffff"].map(unhex);
  assertEquals(drawSetId(() => draws.shift()!), 1);
  assertEquals(drawSetId(() => unhex("80000001")), 0x7fff_ffff);
  assertEquals(drawSetId(() => unhex("7fffffff")), 0x7fff_ffff);
});

Deno.test("split() never gives two sets of a message the same id", () => {
  const draws = ["00000001", "00000001", "ffffffff", "00000002"].map(unhex);
  const fragments = split([new Uint8Array(409_020)], {
    packetSize: "regular",
    random: () => draws.shift()!,
  });
  assertEquals(fragments[0]!.setId, 1);
  assertEquals(fragments[255]!.setId, 2);
});

Deno.test("choosePacketSize() takes the secondary size only where it saves packets", () => {
  assertEquals(choosePacketSize(1603, "regular"), "regular");
  assertEquals(choosePacketSize(1603, "regular", "extended8"), "regular");
  assertEquals(choosePacketSize(1604, "regular", "extended8"), "extended8");
  assertEquals(choosePacketSize(1604, "extended8", "regular"), "extended8");
});
