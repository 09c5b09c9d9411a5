import { assertEquals } from "@std/assert";
import { type Dialect, dialectOf } from "../../../lib/wire/native/dialect.ts";

const VERSIONS: [string, Dialect | undefined][] = [
  ["0.7.0", undefined],
  ["0.8.0", "a"],
  ["v0.11.0", "a"],
  ["1.0.1", "a"],
  ["1.1.0", "a"],
  ["1.1.1", "b"],
  ["1.1.3", "b"],
  ["1.1.4", "c"],
  ["1.1.22", "c"],
  ["1.1.76", "c"],
  ["2.0.0", "c"],
  ["1.1.5-rc.1", "c"],
  ["latest", undefined],
];

for (const [version, dialect] of VERSIONS) {
  Deno.test(`dialectOf() knows what nym-client ${version} speaks`, () => {
    assertEquals(dialectOf(version), dialect);
  });
}
