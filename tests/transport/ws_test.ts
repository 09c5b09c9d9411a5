import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { concat } from "../../lib/bytes/concat.ts";
import { ConnectionError, EXIT, UsageError } from "../../lib/errors.ts";
import {
  connectWs,
  SilentlyClosedError,
  UpgradeRefusedError,
} from "../../lib/transport/ws_connect.ts";
import type { WsConnection } from "../../lib/transport/ws_connection.ts";
import {
  listenWs,
  type ListenWsOptions,
  type WsListener,
} from "../../lib/transport/ws_listen.ts";
import { BareWebSocket, encodeFrame } from "../support/bare_websocket.ts";
import { RawProgram } from "../support/raw_program.ts";
import { RawWebSocket } from "../support/raw_websocket.ts";

function listen(
  serve: (connection: WsConnection) => Promise<void>,
  options: Partial<ListenWsOptions> = {},
): Promise<WsListener> {
  return listenWs({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    decide: () => ({ kind: "accept", serve }),
    notice: "A websocket is here.",
    onFailure: (reason) => {
      throw reason;
    },
    ...options,
  });
}

async function echo(connection: WsConnection): Promise<void> {
  for await (const frame of connection.frames) await connection.write(frame);
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

Deno.test("connectWs() carries text and bytes both ways, byte order mark and empty frames included", async () => {
  await using listener = await listen(echo);
  await using client = await connectWs(`ws://127.0.0.1:${listener.port}/any`);
  const frames = [
    "\ufeffgrüße",
    new Uint8Array([0, 255]),
    "",
    new Uint8Array(),
  ];
  for (const frame of frames) client.send(frame);
  const got = [];
  for await (const frame of client.frames) {
    got.push(frame);
    if (got.length === frames.length) break;
  }
  assertEquals(got, frames);
});

Deno.test("WsConnection keeps delivering what arrives after close()", async () => {
  await using listener = await listen(async (connection) => {
    for (let i = 0; i < 5; i++) connection.send(`news ${i}`);
    await connection.closed;
  });
  await using client = await connectWs(`ws://127.0.0.1:${listener.port}`);
  client.close();
  assertEquals((await collect(client.frames)).length, 5);
  assertEquals(await client.closed, { code: 1000, reason: "", clean: true });
});

Deno.test("WsConnection holds back its peer while its reader is behind, and loses nothing", async () => {
  const held = Promise.withResolvers<void>();
  let received = 0;
  await using listener = await listen(async (connection) => {
    await held.promise;
    for await (const _ of connection.frames) received++;
  });
  await using client = await connectWs(`ws://127.0.0.1:${listener.port}`);
  const piece = new Uint8Array(1024 * 1024);
  const writes = Array.from({ length: 32 }, () => client.write(piece));
  await writes[0];
  let written = 0;
  for (const write of writes) write.then(() => written++);
  // The kernel's buffers hold a few; all of them would need a reader.
  await listenerIdle();
  assertLess(written, 32);
  held.resolve();
  await Promise.all(writes);
  await client[Symbol.asyncDispose]();
  await listener.close();
  assertEquals(received, 32);
});

async function listenerIdle(): Promise<void> {
  for (let i = 0; i < 50; i++) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

Deno.test("write() rejects when the connection ends before the frame was written", async () => {
  const cut = Promise.withResolvers<void>();
  await using listener = await listen(async (connection) => {
    await cut.promise;
    connection.terminate("test");
  });
  await using client = await connectWs(`ws://127.0.0.1:${listener.port}`);
  const piece = new Uint8Array(4 * 1024 * 1024);
  const writes = Promise.allSettled(
    Array.from({ length: 16 }, () => client.write(piece)),
  );
  cut.resolve();
  assertEquals((await writes).at(-1)!.status, "rejected");
  assertEquals((await client.closed).code, 1006);
  await assertRejects(() => client.write("late"), ConnectionError);
});

Deno.test("confirmed() waits until the peer has dealt with what was sent before", async () => {
  const early = Promise.withResolvers<boolean>();
  await using server = await listen(async (connection) => {
    let confirmed = false;
    connection.send("a");
    const word = connection.confirmed().then(() => confirmed = true);
    for await (const _ of connection.frames) {
      // The client has "a" in hand and has said something since.
      early.resolve(confirmed);
      break;
    }
    await word;
    connection.send("b");
  });
  await using client = await connectWs(`ws://127.0.0.1:${server.port}`);
  const frames = client.frames[Symbol.asyncIterator]();
  assertEquals((await frames.next()).value, "a");
  client.send("got a");
  assert(!await early.promise);
  assertEquals((await frames.next()).value, "b");
});

Deno.test("confirmed() rejects when the connection ends first", async () => {
  const failed = Promise.withResolvers<unknown>();
  await using server = await listen((connection) => {
    connection.send("a");
    return connection.confirmed().catch(failed.resolve);
  });
  await using client = await connectWs(`ws://127.0.0.1:${server.port}`);
  await client.frames[Symbol.asyncIterator]().next();
  client.terminate("enough");
  assert(await failed.promise instanceof ConnectionError);
});

Deno.test("WsConnection piles up no answers for a server that pings and does not read", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = server.accept();
  const connecting = connectWs(`ws://127.0.0.1:${server.addr.port}`);
  const socket = await accepted;
  using bare = new BareWebSocket(socket);
  const raw = new RawWebSocket(bare);
  await raw.handshake();
  await using client = await connecting;
  const ping = encodeFrame(9, new Uint8Array(125));
  const pings = new Uint8Array(100_000 * ping.length);
  for (let at = 0; at < pings.length; at += ping.length) pings.set(ping, at);
  const written = bare.write(pings).then(() => raw.send("that was all"));
  for await (const _ of client.frames) break;
  await written;
  assertLess(client.bufferedAmount, 1000);
});

Deno.test("WsConnection answers the last ping, whatever came before it", async () => {
  using server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = server.accept();
  const connecting = connectWs(`ws://127.0.0.1:${server.addr.port}`);
  using bare = new BareWebSocket(await accepted);
  await new RawWebSocket(bare).handshake();
  await using client = await connecting;
  const reading = collect(client.frames);
  await bare.write(
    concat(...["a", "b", "c"].map((text) => encodeFrame(9, text))),
  );
  let answer = "";
  while (answer !== "c") {
    const { opcode, payload } = (await bare.frame())!;
    assertEquals(opcode, 10);
    answer = new TextDecoder().decode(payload);
  }
  client.terminate("test");
  await reading;
});

Deno.test("connectWs() cuts long messages into frames, and a message above 64 MiB ends the connection with 1009", async () => {
  await using listener = await listen(async (connection) => {
    for await (const frame of connection.frames) {
      connection.send(String(frame.length));
    }
  });
  await using client = await connectWs(`ws://127.0.0.1:${listener.port}`);
  client.send(new Uint8Array(17 * 1024 * 1024));
  for await (const frame of client.frames) {
    assertEquals(frame, "17825792");
    break;
  }
  client.send(new Uint8Array(64 * 1024 * 1024 + 1));
  assertEquals((await client.closed).code, 1009);
});

Deno.test("connectWs() tells apart nobody, somebody silent, a refusal, a short goodbye and a wrong address", async () => {
  const silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const url = `ws://127.0.0.1:${silent.addr.port}`;
  const knocked = silent.accept();
  await assertRejects(
    () => connectWs(url, { timeout: 50 }),
    ConnectionError,
    "no answer in 50 ms",
  );
  (await knocked).close();
  const cut = silent.accept().then((connection) => connection.close());
  await assertRejects(() => connectWs(url), SilentlyClosedError);
  await cut;
  silent.close();
  await assertRejects(
    () => connectWs(url),
    ConnectionError,
    "nobody listens there",
  );
  await assertRejects(() => connectWs("http://127.0.0.1"), UsageError);
  await using listener = await listen(echo, {
    decide: () => ({ kind: "refuse", status: 503, reason: "full" }),
  });
  const refused = await assertRejects(
    () => connectWs(`ws://127.0.0.1:${listener.port}`),
    UpgradeRefusedError,
  );
  assertEquals(refused.status, 503);
});

Deno.test("connectWs() rejects with the signal's reason", async () => {
  using silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const stop = new AbortController();
  const knocked = silent.accept();
  const connecting = connectWs(`ws://127.0.0.1:${silent.addr.port}`, {
    signal: stop.signal,
  });
  const peer = await knocked;
  stop.abort(new Error("changed my mind"));
  await assertRejects(() => connecting, Error, "changed my mind");
  peer.close();
});

Deno.test("listenWs() ignores offered subprotocols unless one was chosen", async () => {
  await using plain = await listen(echo);
  await using client = await connectWs(`ws://127.0.0.1:${plain.port}`);
  client.send("x");
  const offered = connectWs(`ws://127.0.0.1:${plain.port}`, {
    protocol: "graphql-ws",
  });
  // The client library takes the missing choice for an error, as browsers do: the server chose nothing.
  await assertRejects(() => offered, ConnectionError, "no subprotocol");
});

Deno.test("listenWs() cuts a connection that does not ask in time, and goes on serving", async () => {
  await using listener = await listen(echo, { handshakeTimeout: 1000 });
  using silent = await Deno.connect({ port: listener.port });
  const buffer = new Uint8Array(512);
  let length = 0;
  for (;;) {
    const read = await silent.read(buffer.subarray(length));
    if (read === null) break;
    length += read;
  }
  await using client = await connectWs(`ws://127.0.0.1:${listener.port}`);
  client.send("still here");
  for await (const frame of client.frames) {
    assertEquals(frame, "still here");
    break;
  }
});

Deno.test("listenWs() answers plain HTTP with 426 and survives garbage", async () => {
  await using listener = await listen(echo);
  const response = await fetch(`http://127.0.0.1:${listener.port}/`);
  assertEquals(response.status, 426);
  assertEquals(await response.text(), "A websocket is here.\n");
  using garbage = await Deno.connect({ port: listener.port });
  await garbage.write(new TextEncoder().encode("SSH-2.0-x\r\n\r\n"));
  while (await garbage.read(new Uint8Array(512)) !== null);
  await using client = await connectWs(`ws://127.0.0.1:${listener.port}`);
  client.close();
});

Deno.test("listenWs() lets go of those that it refused, even if they stay", async () => {
  await using listener = await listen(echo, {
    decide: () => ({ kind: "refuse", status: 503, reason: "full" }),
  });
  using staying = new DisposableStack();
  // More than may be in their handshake at once.
  for (let i = 0; i < 70; i++) {
    const { head } = staying.use(await RawProgram.connect(listener.port));
    assertEquals(head.split("\r\n")[0], "HTTP/1.1 503 Service Unavailable");
  }
});

Deno.test("listenWs() cuts a connection that it could not decide about", async () => {
  const failed = Promise.withResolvers<unknown>();
  await using listener = await listen(echo, {
    decide: () => Promise.reject(new Error("no token file")),
    onFailure: failed.resolve,
  });
  await assertRejects(
    () => connectWs(`ws://127.0.0.1:${listener.port}`),
    SilentlyClosedError,
  );
  assertEquals((await failed.promise as Error).message, "no token file");
});

Deno.test("listenWs() says that a port is taken, with exit code 4", async () => {
  await using first = await listen(echo);
  const error = await assertRejects(
    () =>
      listen(echo, {
        address: { kind: "tcp", host: "127.0.0.1", port: first.port },
      }),
    ConnectionError,
    "port is taken",
  );
  assertEquals(error.exitCode, EXIT.busy);
});

Deno.test("listenWs() makes its unix socket for the owner alone", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  {
    await using _listener = await listen(echo, {
      address: { kind: "unix", path },
    });
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    await using client = await connectWs(`ws+unix:${path}:/`);
    client.send("through a file");
    for await (const frame of client.frames) {
      assertEquals(frame, "through a file");
      break;
    }
  }
  await Deno.remove(folder, { recursive: true });
});
