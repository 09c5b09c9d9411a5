import { assertEquals } from "@std/assert";
import { DIALECTS } from "../../lib/wire/native/dialect.ts";
import { hex, unhex } from "../support/hex.ts";
import { ADDRESS } from "../support/memory_mailbox.ts";
import { RawProgram } from "../support/raw_program.ts";
import { startStock } from "../support/stock_fixture.ts";
import { StockDouble } from "../support/stock_double.ts";

/** What one program says, and how often it is answered. */
const CONVERSATION: [string | Uint8Array, number][] = [
  [`{"type":"selfAddress"}`, 1],
  [unhex("09"), 1],
  [unhex(""), 1],
  ["", 1],
  ["hello", 1],
  [`{"type":"send"}`, 1],
  [
    `{"type":"send","message":"to myself","recipient":"${ADDRESS}","withReplySurb":false}`,
    1,
  ],
  [
    `{"type":"send","message":"on a lane","recipient":"${ADDRESS}","withReplySurb":false,"connectionId":7}`,
    2,
  ],
  [unhex("0400"), 1],
  [unhex("05"), 1],
  [unhex("010203"), 1],
  [`{"type":"reply","message":"x"}`, 1],
  [`["selfAddress"]`, 1],
];

for (const dialect of DIALECTS) {
  Deno.test(`one program in dialect ${dialect} sees of serveStock() what it sees of a native client, frame for frame`, async () => {
    await using stock = await startStock({ dialect }, { loop: true });
    await using double = new StockDouble({
      dialect,
      loop: true,
      laneLengths: [1],
    });
    stock.mailbox.deliver("waited");
    await double.deliver("waited");
    const ours = await converse(stock.server.port, dialect);
    const theirs = await converse(double.port, dialect);
    assertEquals(ours, theirs);
  });
}

/** All that a server says, push and answer where their order is free in their kinds' order. */
async function converse(port: number, dialect: string): Promise<string[]> {
  using program = await RawProgram.connect(port);
  const heard = [await next(program)];
  for (const [request, answers] of CONVERSATION) {
    const opcode = typeof request === "string" ? 1 : 2;
    await program.send(opcode, request);
    // A lane is answered where the dialect has lanes, next to the push of the message itself.
    const count = answers === 2 && dialect === "a" ? 1 : answers;
    const frames: string[] = [];
    for (let i = 0; i < count; i++) frames.push(await next(program));
    heard.push(...frames.toSorted());
  }
  return heard;
}

async function next(program: RawProgram): Promise<string> {
  const frame = await program.next();
  if (frame === undefined) throw new Error("The connection ended");
  const { opcode, payload } = frame;
  return opcode === 1 ? new TextDecoder().decode(payload) : hex(payload);
}
