import { assertEquals, assertThrows } from "@std/assert";
import { readNdjsonLine } from "../../../lib/cli/body/ndjson.ts";
import { UsageError } from "../../../lib/errors.ts";

const read = (text: string) =>
  readNdjsonLine(new TextEncoder().encode(text), 3);

Deno.test("readNdjsonLine() takes text or base64, and what goes with it", () => {
  assertEquals(read('{"text":"hé","to":"self","surbs":5}'), {
    body: new TextEncoder().encode("hé"),
    to: "self",
    replyTo: undefined,
    surbs: 5,
  });
  assertEquals(
    read('{"type":"message","base64":"AP8=","replyTo":"t","surbs":null}'),
    {
      body: Uint8Array.of(0, 255),
      to: undefined,
      replyTo: "t",
      surbs: undefined,
    },
  );
  assertEquals(read('{"text":"","surbs":"auto"}')?.surbs, "auto");
});

Deno.test("readNdjsonLine() never takes a sender tag for a recipient", () => {
  const record = read('{"type":"message","text":"x","senderTag":"t"}');
  assertEquals([record?.to, record?.replyTo], [undefined, undefined]);
});

Deno.test("readNdjsonLine() skips objects of other types", () => {
  assertEquals(read('{"type":"state","state":"connected"}'), undefined);
  assertEquals(read('{"type":"end"}'), undefined);
});

Deno.test("readNdjsonLine() refuses anything else, naming the line", () => {
  const lines = [
    "x",
    "[]",
    "null",
    '"text"',
    "{}",
    '{"text":"a","base64":"AA=="}',
    '{"text":1}',
    '{"base64":"?"}',
    '{"text":"a","to":1}',
    '{"text":"a","to":"x","replyTo":"y"}',
    '{"text":"a","surbs":-1}',
    '{"text":"a","surbs":"many"}',
  ];
  for (const line of lines) {
    assertThrows(() => read(line), UsageError, "Cannot read line 3", line);
  }
  const invalid = Uint8Array.of(0x22, 0xff, 0x22);
  assertThrows(() => readNdjsonLine(invalid, 3), UsageError, "not JSON");
});
