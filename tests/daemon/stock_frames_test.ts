import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import { hex, unhex } from "../support/hex.ts";
import { ADDRESS } from "../support/memory_mailbox.ts";
import { BareWebSocket } from "../support/bare_websocket.ts";
import { RawProgram } from "../support/raw_program.ts";
import { startStock, type StockFixture } from "../support/stock_fixture.ts";
import { until } from "../support/until.ts";

const [TEXT, BINARY, CLOSE, PING, PONG] = [1, 2, 8, 9, 10] as const;
const MIB = 1024 * 1024;
const ASK = `{"type":"selfAddress"}`;
const ANSWER = `{"type":"selfAddress","address":"${ADDRESS}"}`;

Deno.test("serveStock() upgrades any path, and negotiates neither subprotocol nor extension", async () => {
  await using stock = await startStock();
  using program = await RawProgram.connect(stock.server.port, {
    path: "/any/path?with=query",
    headers: "Sec-WebSocket-Protocol: chat, nym\r\n" +
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n",
  });
  assertMatch(program.head, /^HTTP\/1\.1 101 /);
  assertMatch(
    program.head,
    /Sec-WebSocket-Accept: ICX\+Yqv66kxgM0FcWaLWlFLwTAI=/i,
  );
  assertFalse(/Sec-WebSocket-(Protocol|Extensions):/i.test(program.head));
  await program.send(TEXT, ASK);
  assertEquals(await program.text(), ANSWER);
});

Deno.test("serveStock() takes requests in pieces with pings between them, and answers in single final frames", async () => {
  await using stock = await startStock();
  using program = await RawProgram.connect(stock.server.port);
  const middle = Math.floor(ASK.length / 2);
  await program.send(TEXT, ASK.slice(0, middle), { final: false });
  await program.send(PING, "are you there?");
  await program.send(0, "", { final: false });
  await program.send(0, ASK.slice(middle));
  const [pong, answer] = [await program.next(), await program.next()];
  assertEquals(pong?.opcode, PONG);
  assertEquals(new TextDecoder().decode(pong?.payload), "are you there?");
  assertEquals(
    [answer?.opcode, answer?.final, answer?.reserved, answer?.masked],
    [TEXT, true, 0, false],
  );
  assertEquals(new TextDecoder().decode(answer?.payload), ANSWER);
  // Nobody asked for a pong: it is ignored, and changes no mode.
  await program.send(PONG, "");
  stock.mailbox.deliver("x");
  assertMatch(await program.text(), /"message":"x"/);
  stock.mailbox.deliver(new Uint8Array(200_000));
  await program.send(BINARY, unhex("03"));
  for (let binary = false; !binary;) {
    const { final, reserved, masked, opcode } = (await program.next())!;
    assertEquals([final, reserved, masked], [true, 0, false]);
    binary = opcode === BINARY;
  }
});

Deno.test("serveStock() takes single frames of any size up to 64 MiB, more than native clients do", async () => {
  await using stock = await startStock();
  using program = await RawProgram.connect(stock.server.port);
  const request = new Uint8Array(17 * MIB);
  request[0] = 9;
  await program.send(BINARY, request);
  const answer = await program.next();
  assertEquals(hex(answer!.payload.subarray(0, 2)), "0003");
  await program.send(TEXT, ASK);
  assertEquals(await program.text(), ANSWER);
});

type Breaks = (program: RawProgram) => Promise<void>;

/** What ends a connection: the code of the goodbye, where there is one. */
const BROKEN: [string, number, Breaks][] = [
  [
    "a frame that says it is longer than 64 MiB",
    1009,
    (program) => program.send(BINARY, "", { length: 64 * MIB + 1 }),
  ],
  [
    "a message whose frames together are longer than 64 MiB",
    1009,
    async (program) => {
      await program.send(BINARY, new Uint8Array(MIB), { final: false });
      await program.send(0, "", { final: false, length: 64 * MIB });
    },
  ],
  [
    "a frame without a mask",
    1002,
    (program) => program.send(TEXT, ASK, { masked: false }),
  ],
  ["a reserved opcode", 1002, (program) => program.send(3, "")],
  [
    "a reserved bit",
    1002,
    (program) => program.send(TEXT, ASK, { reserved: 0x40 }),
  ],
  ["a continuation of nothing", 1002, (program) => program.send(0, "x")],
  [
    "a ping that is too long",
    1002,
    (program) => program.send(PING, new Uint8Array(126)),
  ],
  [
    "text that is not UTF-8",
    1007,
    (program) => program.send(TEXT, unhex("c328")),
  ],
];

for (const [name, code, breaks] of BROKEN) {
  Deno.test(`serveStock() ends the connection that sends ${name} with ${code}, and serves the others`, async () => {
    await using stock = await startStock();
    await using other = await stock.connect();
    using program = await RawProgram.connect(stock.server.port);
    await breaks(program);
    assertEquals(await program.goodbye(), code);
    assertEquals(await other.ask(ASK), ANSWER);
    await servesNext(stock);
  });
}

/** What makes native clients serve nobody any more, or stop (all but the last). */
const TRAPS: [string, (stock: StockFixture) => Promise<unknown>][] = [
  [
    "a reply block that is too short",
    async (stock) => {
      await using program = await stock.connect();
      assertMatch(
        String(
          await program.ask({ type: "reply", message: "", replySurb: "" }),
        ),
        /"error"/,
      );
      return program;
    },
  ],
  ["a stray TCP connection", ({ server }) => stray(server.port, "")],
  [
    "a plain HTTP request",
    ({ server }) =>
      stray(server.port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  ],
  [
    "a TLS handshake",
    ({ server }) => stray(server.port, unhex("1603010200010001fc0303")),
  ],
  [
    "a handshake of another version",
    async ({ server }) => {
      const socket = await Deno.connect({ port: server.port });
      await socket.write(new TextEncoder().encode(
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 7\r\n\r\n",
      ));
      const answer = new Uint8Array(1000);
      const length = await socket.read(answer);
      assertMatch(
        new TextDecoder().decode(answer.subarray(0, length ?? 0)),
        /^HTTP\/1\.1 4\d\d /,
      );
      socket.close();
    },
  ],
  [
    "a program that vanishes in the middle of a frame",
    async ({ server }) => {
      using program = await RawProgram.connect(server.port);
      await program.send(TEXT, "{", { length: 1000 });
    },
  ],
  [
    "a close without a code",
    async ({ server }) => {
      using program = await RawProgram.connect(server.port);
      await program.send(CLOSE, "");
      assertEquals((await program.next())?.opcode, CLOSE);
    },
  ],
];

for (const [name, happens] of TRAPS) {
  for (const dialect of ["a", "b", "c", "docs"] as const) {
    Deno.test(`serveStock() trap: ${name} harms nobody in dialect ${dialect}`, async () => {
      await using stock = await startStock({ dialect });
      await happens(stock);
      await servesNext(stock);
    });
  }
}

Deno.test("serveStock() trap: a connection that says nothing blocks nobody", async () => {
  await using stock = await startStock();
  using _silent = await Deno.connect({ port: stock.server.port });
  await servesNext(stock);
});

Deno.test("serveStock() closes the connection of a program that stops reading, and the others miss nothing", async () => {
  await using stock = await startStock();
  using deaf = await RawProgram.connect(stock.server.port);
  await using other = await stock.connect();
  const COUNT = 2000;
  const body = new Uint8Array(20_000);
  let heard = 0;
  for (; heard < COUNT; heard++) {
    stock.mailbox.deliver(body);
    const frame = await other.next();
    assertEquals(frame.length, 10 + body.length);
  }
  await until(() => stock.hub.consumers === 1);
  assertEquals(await deaf.goodbye(), 1008);
  await until(() => stock.mailbox.taken.length === COUNT);
});

Deno.test("serveStock() takes no more from the client than a bound while its only program does not read, and loses nothing", async () => {
  await using stock = await startStock();
  using deaf = await RawProgram.connect(stock.server.port);
  const COUNT = 4000;
  const { mailbox } = stock;
  for (let i = 0; i < COUNT; i++) mailbox.deliver(new Uint8Array(20_000));
  await until(() => mailbox.waiting < COUNT - 1024);
  for (let turn = 0; turn < 100; turn++) {
    await new Promise((go) => setImmediate(go));
  }
  // The kernel's buffers, our own, and what may wait for one consumer are far less than this.
  assert(mailbox.waiting > 1000, `${mailbox.waiting} wait`);
  deaf[Symbol.dispose]();
  await until(() => stock.hub.consumers === 0);
  const written = mailbox.taken.length;
  await using next = await stock.connect();
  for (let i = written; i < COUNT; i++) await next.next();
  await until(() => mailbox.taken.length === COUNT);
});

/** A program that comes next is answered. */
async function servesNext(stock: StockFixture): Promise<void> {
  await using program = await stock.connect();
  assertEquals(await program.ask(ASK), ANSWER);
}

async function stray(port: number, bytes: string | Uint8Array): Promise<void> {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  using bare = new BareWebSocket(socket);
  await bare.write(bytes);
}
