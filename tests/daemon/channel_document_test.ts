import { assert, assertEquals } from "@std/assert";
import { senderTag } from "../../lib/message/sender_tag.ts";
import { startChannel } from "../support/channel_fixture.ts";
import { unhex } from "../support/hex.ts";
import { type Schema, violations } from "../support/json_schema.ts";
import type { Program } from "../support/stock_fixture.ts";

type Shown = Record<string, unknown> & { type: string };

const DOCS = new URL("../../docs/", import.meta.url);

/** What docs/channel.md shows of a type, in its own words. */
async function shown(): Promise<Shown[]> {
  const text = await Deno.readTextFile(new URL("channel.md", DOCS));
  const blocks = [...text.matchAll(/```jsonl\n(.*?)```/gs)]
    .flatMap(([, block]) => block!.trim().split("\n"));
  const inline = [...text.matchAll(/`(\{[^`]+\})`/g)].map(([, json]) => json!);
  return [...blocks, ...inline].map((json) => JSON.parse(json));
}

/** The object of the next frame, whichever kind of frame it is. */
async function hear(program: Program): Promise<Shown> {
  const frame = await program.next();
  if (typeof frame === "string") return JSON.parse(frame);
  const length = new DataView(frame.buffer, frame.byteOffset).getUint32(0);
  return JSON.parse(
    new TextDecoder().decode(frame.subarray(4, 4 + length)),
  );
}

Deno.test("docs/channel.md: its requests, as they stand there, are answered in the shapes that it shows", async () => {
  const schema: Schema = JSON.parse(
    await Deno.readTextFile(new URL("channel.schema.json", DOCS)),
  );
  const all = await shown();
  const request = (type: string) => {
    const found = all.find((one) => one.type === type);
    assert(found, `${type} is shown`);
    return found;
  };
  const tag = senderTag(unhex("2a".repeat(16)));
  await using channel = await startChannel({}, { reaches: "queued" });
  await using program = await channel.connect();
  const heard: Shown[] = [];
  /** Hear on until something of this type has come. */
  const until = async (type: string, id?: unknown): Promise<Shown> => {
    for (;;) {
      const reply = await hear(program);
      heard.push(reply);
      if (reply.type === type && (id === undefined || reply.id === id)) {
        return reply;
      }
    }
  };
  await until("welcome");

  const send = request("send");
  program.send(send);
  await until("stage", send.id);
  const [sending] = channel.mailbox.sent;
  assertEquals(sending?.text, send.text);
  assertEquals(sending?.message.surbs, send.surbs);
  program.send(request("withdraw"));
  assert((await until("withdrawn")).nothingLeft);
  await until("error", send.id);
  program.send(send);
  await until("stage", send.id);
  for (const stage of ["flushed", "acked"] as const) {
    channel.mailbox.sent[1]!.advance(stage);
    assertEquals((await until("stage", send.id)).stage, stage);
  }

  channel.mailbox.deliver("one", { senderTag: tag, stored: true });
  channel.mailbox.deliver("two");
  program.send(request("subscribe"));
  const first = await until("message");
  assertEquals([first.subscription, first.delivery], [
    request("subscribe").id,
    1,
  ]);
  await until("message");
  program.send(request("taken"));
  await until("done", request("taken").id);
  assertEquals(channel.mailbox.taken, ["one"]);
  program.send(request("pass"));
  program.send(request("queues"));
  await until("queues");
  const unsubscribe = request("unsubscribe");
  program.send({ ...unsubscribe, subscription: request("subscribe").id });
  await until("done", unsubscribe.id);

  channel.mailbox.tell({ kind: "reconnecting", reason: "a reason" });
  await until("state");
  program.send('{"type":"nonsense","id":9}');
  await until("error", 9);
  channel.server.close({ drain: 1000 });
  await until("draining");

  for (const reply of heard) {
    assertEquals(violations(reply, schema), [], JSON.stringify(reply));
    const examples = all.filter(({ type }) => type === reply.type);
    assert(
      examples.some((example) =>
        Object.keys(example).join() === Object.keys(reply).join()
      ),
      `${JSON.stringify(reply)} looks like none of ${JSON.stringify(examples)}`,
    );
  }
});
