import { assert, assertEquals, assertThrows } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import {
  decodeFragment,
  encodeFragment,
  type Fragment,
  linksBack,
} from "../../lib/message/fragment.ts";
import {
  COVER_ID,
  decodeFragmentId,
  encodeFragmentId,
  isCoverId,
} from "../../lib/message/fragment_id.ts";
import { hex, unhex } from "../support/hex.ts";

const BODY = unhex("c0ffee");

const SHAPES: [header: string, fields: Omit<Fragment, "payload">][] = [
  ["80003039 0a 05 00", {
    setId: 12345,
    total: 10,
    index: 5,
    linkedSetId: undefined,
  }],
  ["80003039 0a 01 800004d2", {
    setId: 12345,
    total: 10,
    index: 1,
    linkedSetId: 1234,
  }],
  ["8000d431 ff ff 80003039", {
    setId: 54321,
    total: 255,
    index: 255,
    linkedSetId: 12345,
  }],
  ["80000001 01 01 00", {
    setId: 1,
    total: 1,
    index: 1,
    linkedSetId: undefined,
  }],
  ["80000001 01 01 ffffffff", {
    setId: 1,
    total: 1,
    index: 1,
    linkedSetId: 0x7fff_ffff,
  }],
  ["ffffffff ff ff 00", {
    setId: 0x7fff_ffff,
    total: 255,
    index: 255,
    linkedSetId: undefined,
  }],
  ["ffffffff ff 01 80000001", {
    setId: 0x7fff_ffff,
    total: 255,
    index: 1,
    linkedSetId: 1,
  }],
];

for (const [header, fields] of SHAPES) {
  Deno.test(`encodeFragment() and decodeFragment() agree on ${header}`, () => {
    for (const payload of [BODY, new Uint8Array()]) {
      const fragment = { ...fields, payload };
      const bytes = encodeFragment(fragment);
      assertEquals(hex(bytes), hex(unhex(header)) + hex(payload));
      assertEquals(decodeFragment(bytes), fragment);
    }
  });

  Deno.test(`decodeFragment() refuses every truncation of ${header}`, () => {
    const bytes = unhex(header);
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(
        () => decodeFragment(bytes.subarray(0, length)),
        DecodeError,
      );
    }
  });
}

const MALFORMED: [what: string, header: string][] = [
  ["flag bit clear", "00003039 0a 05 00"],
  ["set id 0", "80000000 0a 05 00"],
  ["cover message", "54686520 63 61 6b"],
  ["total 0", "80003039 00 00 00"],
  ["total 0, index 1", "80003039 00 01 00"],
  ["index 0", "80003039 0a 00 00"],
  ["index above total", "80003039 0a 0b 00"],
  ["link without flag", "80003039 0a 01 010004d2"],
  ["link with a low flag byte", "80003039 0a 01 7fffffff"],
  ["linked set id 0", "80003039 0a 01 80000000"],
  ["link to itself", "80003039 0a 01 80003039"],
  ["link in the middle", "80003039 0a 05 800004d2"],
  ["link at the end of a small set", "80003039 0a 0a 800004d2"],
  ["link at 254 of 255", "80003039 ff fe 800004d2"],
  ["link at 254 of 254", "80003039 fe fe 800004d2"],
];

for (const [what, header] of MALFORMED) {
  Deno.test(`decodeFragment() refuses a malformed header, ${what}`, () => {
    assertThrows(() => decodeFragment(unhex(header + "00000000")), DecodeError);
  });
}

Deno.test("decodeFragment() owns its payload, also of a view into a larger buffer", () => {
  const larger = unhex(`ffff 80003039 0a 05 00 ${hex(BODY)} ffff`);
  const fragment = decodeFragment(larger.subarray(2, 12));
  larger.fill(0);
  assertEquals(fragment.payload, BODY);
});

Deno.test("linksBack() tells the first fragment from the last", () => {
  assert(linksBack(decodeFragment(unhex("80003039 ff 01 800004d2"))));
  assert(!linksBack(decodeFragment(unhex("80003039 ff ff 800004d2"))));
});

Deno.test("encodeFragmentId() and decodeFragmentId() agree", () => {
  for (
    const [encoded, id] of [
      ["0000303907", { setId: 12345, index: 7 }],
      ["7fffffffff", { setId: 0x7fff_ffff, index: 255 }],
      ["0000000000", COVER_ID],
    ] as const
  ) {
    assertEquals(hex(encodeFragmentId(id)), encoded);
    assertEquals(decodeFragmentId(unhex(encoded)), id);
    assertEquals(isCoverId(id), id === COVER_ID);
  }
});

Deno.test("decodeFragmentId() refuses negative set ids and other lengths", () => {
  assertThrows(() => decodeFragmentId(unhex("8000000001")), DecodeError);
  for (const length of [0, 1, 2, 3, 4, 6]) {
    assertThrows(() => decodeFragmentId(new Uint8Array(length)), DecodeError);
  }
});
