import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DecodeError } from "../../lib/errors.ts";
import {
  LineSplitter,
  type OutputLine,
} from "../../lib/plugin/line_splitter.ts";

const SECRET = "5ec7e7".repeat(10);
const encoder = new TextEncoder();

Deno.test("LineSplitter tells lines of the broker from what is printed, cut anywhere", () => {
  const lines: OutputLine[] = [
    { kind: "stray", text: "printed é without care" },
    { kind: "guest", json: '{"kind":"loaded"}' },
    { kind: "stray", text: `${SECRET.slice(0, 30)} g{}` },
    { kind: "stray", text: ` ${SECRET} g{}` },
    { kind: "broker", json: '{"reason":"ü"}' },
    { kind: "stray", text: `${SECRET} x{}` },
  ];
  const text =
    lines.map((line) =>
      line.kind === "stray"
        ? line.text
        : `\n${SECRET} ${line.kind === "guest" ? "g" : "b"}${line.json}`
    ).join("\n") + "\n";
  const bytes = encoder.encode(text);
  fc.assert(
    fc.property(fc.array(fc.nat(bytes.length)), (cuts) => {
      const splitter = new LineSplitter(SECRET, 1000);
      const found: OutputLine[] = [];
      let from = 0;
      for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
        found.push(...splitter.push(bytes.subarray(from, to)));
        from = to;
      }
      assertEquals(found, lines);
    }),
  );
});

Deno.test("LineSplitter keeps the beginning of an endless stray line", () => {
  const splitter = new LineSplitter(SECRET, 1000);
  for (let i = 0; i < 100; i++) {
    assertEquals(splitter.push(encoder.encode("x".repeat(1000))), []);
  }
  const [line] = splitter.push(encoder.encode(`\n${SECRET} g{}\n`));
  assertEquals(line?.kind, "stray");
  assert((line as { text: string }).text.length < 6000);
});

Deno.test("LineSplitter refuses a line of the broker that is too long", () => {
  const splitter = new LineSplitter(SECRET, 1000);
  splitter.push(encoder.encode(`${SECRET} g`));
  assertThrows(
    () => splitter.push(encoder.encode("x".repeat(1000))),
    DecodeError,
    "need at most 1000 characters",
  );
});
