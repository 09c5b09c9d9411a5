import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../lib/errors.ts";
import {
  decodeNodeAddress,
  encodeNodeAddress,
  paddedNodeAddress,
} from "../../lib/message/node_address.ts";
import { hex, unhex } from "../support/hex.ts";

const TABLE: [host: string, port: number, encoded: string][] = [
  ["127.0.0.1", 1789, "04 06fd 7f000001"],
  ["0.0.0.0", 0, "04 0000 00000000"],
  ["255.255.255.255", 65535, "04 ffff ffffffff"],
  ["127.0.0.1", 24123, "04 5e3b 7f000001"],
  ["::", 0, "06 0000 00000000000000000000000000000000"],
  ["::1", 1789, "06 06fd 00000000000000000000000000000001"],
  ["2001:db8::1:0:0:1", 65535, "06 ffff 20010db8000000000001000000000001"],
  [
    "2001:db8:1:2:3:4:5:6",
    1789,
    "06 06fd 20010db8000100020003000400050006",
  ],
  ["1::", 1, "06 0001 00010000000000000000000000000000"],
  ["::ffff:7f00:1", 1789, "06 06fd 00000000000000000000ffff7f000001"],
];

for (const [host, port, encoded] of TABLE) {
  Deno.test(`encodeNodeAddress() and decodeNodeAddress() agree on ${host} port ${port}`, () => {
    const bytes = encodeNodeAddress({ host, port });
    assertEquals(hex(bytes), hex(unhex(encoded)));
    assertEquals(decodeNodeAddress(bytes), {
      address: { host, port },
      length: bytes.length,
    });
  });
}

Deno.test("encodeNodeAddress() takes every spelling of an IPv6 address", () => {
  const expected = encodeNodeAddress({ host: "::ffff:7f00:1", port: 1 });
  for (
    const host of ["::FFFF:127.0.0.1", "0:0:0:0:0:ffff:7f00:0001"]
  ) {
    assertEquals(encodeNodeAddress({ host, port: 1 }), expected);
  }
});

Deno.test("paddedNodeAddress() fills up with zeros, which decodeNodeAddress() ignores", () => {
  for (const host of ["10.1.2.3", "2001:db8::5"]) {
    for (const size of [19, 32]) {
      const padded = paddedNodeAddress({ host, port: 1789 }, size);
      assertEquals(padded.length, size);
      padded.fill(0xaa, host.includes(":") ? 19 : 7);
      assertEquals(decodeNodeAddress(padded).address, { host, port: 1789 });
    }
  }
  assertThrows(
    () => paddedNodeAddress({ host: "::1", port: 1 }, 7),
    RangeError,
  );
});

Deno.test("encodeNodeAddress() refuses what is no IP literal or no port", () => {
  for (
    const host of [
      "",
      "localhost",
      "1.2.3",
      "1.2.3.4.5",
      "256.1.1.1",
      "1.2.3.4 ",
      "[::1]",
      "::1]/x",
      "fe80::1%eth0",
      "1:2:3:4:5:6:7",
      "1::2::3",
      ":",
    ]
  ) {
    assertThrows(() => encodeNodeAddress({ host, port: 1 }), TypeError);
  }
  for (const port of [-1, 65536, 1.5, NaN]) {
    assertThrows(() => encodeNodeAddress({ host: "::1", port }), RangeError);
  }
});

Deno.test("decodeNodeAddress() refuses other first bytes and every truncation", () => {
  for (let version = 0; version < 256; version++) {
    if (version === 4 || version === 6) continue;
    const bytes = new Uint8Array(32);
    bytes[0] = version;
    assertThrows(() => decodeNodeAddress(bytes), DecodeError);
  }
  for (const host of ["1.2.3.4", "::1"]) {
    const bytes = encodeNodeAddress({ host, port: 1 });
    for (let length = 0; length < bytes.length; length++) {
      assertThrows(
        () => decodeNodeAddress(bytes.subarray(0, length)),
        DecodeError,
      );
    }
  }
});

Deno.test("encodeNodeAddress() gives back what decodeNodeAddress() read, any address", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(4, 6),
      fc.uint8Array({ minLength: 18, maxLength: 18 }),
      (version, rest) => {
        const bytes = Uint8Array.of(version, ...rest);
        const { address, length } = decodeNodeAddress(bytes);
        assertEquals(encodeNodeAddress(address), bytes.slice(0, length));
      },
    ),
  );
});
