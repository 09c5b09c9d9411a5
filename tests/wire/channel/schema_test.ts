import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { CHANNEL_ERRORS } from "../../../lib/wire/channel/channel_error.ts";
import { decodeChannelReply } from "../../../lib/wire/channel/decode_reply.ts";
import {
  decodeChannelRequest,
  UnknownTypeError,
} from "../../../lib/wire/channel/request.ts";
import { type Schema, violations } from "../../support/json_schema.ts";
import { REPLIES, REQUESTS } from "./examples.ts";

const DOCS = new URL("../../../docs/", import.meta.url);

async function readSchema(): Promise<Schema> {
  return JSON.parse(
    await Deno.readTextFile(new URL("channel.schema.json", DOCS)),
  );
}

Deno.test("docs/channel.schema.json fits every request and reply that is written", async () => {
  const schema = await readSchema();
  for (const [, head] of [...REQUESTS, ...REPLIES]) {
    assertEquals(violations(JSON.parse(head), schema), [], head);
  }
});

Deno.test("docs/channel.schema.json refuses what the codecs refuse", async () => {
  const schema = await readSchema();
  for (
    const wrong of [
      { type: "selfAddress" },
      { type: "queues" },
      { type: "queues", id: -1 },
      { type: "send", id: 1, text: "x" },
      { type: "send", id: 1, text: "x", to: "nobody" },
      { type: "subscribe", id: 1, window: 1025 },
      { type: "stage", id: 1, stage: "read", sending: "s" },
      { type: "error", id: 1, error: { code: "quota", message: "m" } },
    ]
  ) assertNotEquals(violations(wrong, schema), [], JSON.stringify(wrong));
});

Deno.test("docs/channel.schema.json lists every error code", async () => {
  const { $defs } = await readSchema() as {
    $defs: { error: { properties: { code: { enum: string[] } } } };
  };
  assertEquals(
    $defs.error.properties.code.enum,
    Object.keys(CHANNEL_ERRORS),
  );
});

Deno.test("docs/channel.md shows nothing that the schema and the codecs refuse, and every error code", async () => {
  const schema = await readSchema();
  const text = await Deno.readTextFile(new URL("channel.md", DOCS));
  const blocks = [...text.matchAll(/```jsonl\n(.*?)```/gs)].flatMap((
    [, block],
  ) => block!.trim().split("\n"));
  const inline = [...text.matchAll(/`(\{[^`]+\})`/g)].map(([, json]) => json!);
  assert(blocks.length > 10 && inline.length > 5);
  for (const json of [...blocks, ...inline]) {
    assertEquals(violations(JSON.parse(json), schema), [], json);
    // What needs the bytes of a binary frame is shown without them.
    if (/"type":"(message|adopt)"/.test(json)) continue;
    try {
      decodeChannelRequest(json);
    } catch (error) {
      if (!(error instanceof UnknownTypeError) && !/"queues"/.test(json)) {
        throw error;
      }
      decodeChannelReply(json);
    }
  }
  for (const [code, exitCode] of Object.entries(CHANNEL_ERRORS)) {
    assert(
      new RegExp(`^\\| \`${code}\` +\\|.*\\| ${exitCode} +\\|$`, "m").test(
        text,
      ),
      code,
    );
  }
});
