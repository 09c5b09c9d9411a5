import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionError, EXIT, UsageError } from "../../lib/errors.ts";
import { PortTakenError, serveHttp } from "../../lib/transport/http_server.ts";
import { listenTcp } from "../../lib/transport/tcp.ts";
import type { Frame, FrameConnection } from "../../lib/transport/transport.ts";
import {
  connectWebSocket,
  UpgradeRefusedError,
} from "../../lib/transport/websocket.ts";
import {
  acceptWebSocket,
  type AcceptWebSocketOptions,
  wantsWebSocket,
} from "../../lib/transport/websocket_server.ts";

Deno.test("connectWebSocket() carries text and bytes both ways, whole and in order", async () => {
  await using server = serveSockets(echo);
  await using connection = await connectWebSocket(server.url);
  const sent: Frame[] = [
    "text",
    new Uint8Array([0, 1, 255]),
    "",
    new Uint8Array(0),
    new Uint8Array(100_000).fill(7),
  ];
  for (const frame of sent) connection.send(frame);
  assertEquals(await take(connection, sent.length), sent);
});

Deno.test("connectWebSocket() sends the bytes of a view, not of its buffer", async () => {
  await using server = serveSockets(echo);
  await using connection = await connectWebSocket(server.url);
  const whole = Uint8Array.from({ length: 50 }, (_, i) => i);
  connection.send(whole.subarray(10, 12));
  assertEquals(await take(connection, 1), [new Uint8Array([10, 11])]);
});

Deno.test("connectWebSocket() sends the headers it is given", async () => {
  const seen = Promise.withResolvers<string | null>();
  await using server = serveSockets(echo, {}, (request) => {
    seen.resolve(request.headers.get("x-token"));
  });
  await using _connection = await connectWebSocket(server.url, {
    headers: { "x-token": "abc" },
  });
  assertEquals(await seen.promise, "abc");
});

Deno.test("connectWebSocket() says who did not answer, when nobody listens", async () => {
  const { port } = await freePort();
  const error = await assertRejects(
    () => connectWebSocket(`ws://127.0.0.1:${port}/`),
    ConnectionError,
  );
  assert(error.message.startsWith(`Cannot connect to ws://127.0.0.1:${port}/`));
});

Deno.test("connectWebSocket() gives the status, when the server refuses", async () => {
  await using server = serveHttp({
    handler: () => new Response(null, { status: 503 }),
  });
  const error = await assertRejects(
    () => connectWebSocket(`ws://127.0.0.1:${server.port}/`),
    UpgradeRefusedError,
  );
  assertEquals(error.status, 503);
});

Deno.test("connectWebSocket() gives up, when the server never answers", async () => {
  await using listener = listenTcp({ host: "127.0.0.1", port: 0 });
  const error = await assertRejects(
    () => connectWebSocket(`ws://127.0.0.1:${listener.port}/`, { timeout: 20 }),
    ConnectionError,
  );
  assert(error.message.endsWith("no answer in 20 ms"), error.message);
});

Deno.test("connectWebSocket() rejects with the signal's reason, before and while connecting", async () => {
  await using listener = listenTcp({ host: "127.0.0.1", port: 0 });
  const url = `ws://127.0.0.1:${listener.port}/`;
  const reason = new Error("changed my mind");
  assertEquals(
    await assertRejects(() =>
      connectWebSocket(url, { signal: AbortSignal.abort(reason) })
    ),
    reason,
  );
  const controller = new AbortController();
  const connecting = connectWebSocket(url, { signal: controller.signal });
  controller.abort(reason);
  assertEquals(await assertRejects(() => connecting), reason);
});

Deno.test("connectWebSocket() refuses addresses of other kinds", async () => {
  for (
    const url of ["http://127.0.0.1/", "127.0.0.1:1", "ws://", "ws://a b/"]
  ) {
    await assertRejects(() => connectWebSocket(url), UsageError);
  }
});

Deno.test("close() ends both sides once, with code and reason", async () => {
  const theirs = Promise.withResolvers<FrameConnection>();
  await using server = serveSockets(theirs.resolve);
  await using connection = await connectWebSocket(server.url);
  connection.close(4001, "enough");
  connection.close(1000, "again");
  const end = { code: 4001, reason: "enough", clean: true };
  assertEquals(await connection.closed, end);
  assertEquals(await (await theirs.promise).closed, end);
  assertEquals(await take(connection, 1), []);
  assertThrows(() => connection.send("late"), ConnectionError);
  await assertRejects(() => connection.drained(0), ConnectionError);
});

Deno.test("frames gives what came before the end, then ends", async () => {
  await using server = serveSockets((connection) => {
    connection.send("one");
    connection.send("two");
    connection.close();
  });
  await using connection = await connectWebSocket(server.url);
  await connection.closed;
  assertEquals(await take(connection, 9), ["one", "two"]);
});

Deno.test("leaving the loop over frames keeps the connection open", async () => {
  await using server = serveSockets(echo);
  await using connection = await connectWebSocket(server.url);
  for (const text of ["one", "two"]) connection.send(text);
  assertEquals(await take(connection, 1), ["one"]);
  assertEquals(await take(connection, 1), ["two"]);
});

Deno.test("drained() waits until what was sent has left", async () => {
  await using server = serveSockets(() => {});
  await using connection = await connectWebSocket(server.url);
  for (let i = 0; i < 20; i++) connection.send(new Uint8Array(1_000_000));
  assert(connection.bufferedAmount > 0);
  await connection.drained(0);
  assertEquals(connection.bufferedAmount, 0);
});

Deno.test("drained() rejects with the signal's reason", async () => {
  await using server = serveSockets(() => {});
  await using connection = await connectWebSocket(server.url);
  for (let i = 0; i < 20; i++) connection.send(new Uint8Array(1_000_000));
  const reason = new Error("changed my mind");
  const controller = new AbortController();
  const drained = connection.drained(0, controller.signal);
  controller.abort(reason);
  assertEquals(await assertRejects(() => drained), reason);
});

Deno.test("a reader that is too slow loses the connection, not frames in the middle", async () => {
  await using server = serveSockets((connection) => {
    for (let i = 0; i < 5; i++) connection.send(`${i}`);
  });
  await using connection = await connectWebSocket(server.url, {
    maxQueuedFrames: 3,
  });
  assertEquals(await connection.closed, {
    code: 1008,
    reason: "reader too slow",
    clean: false,
  });
  assertEquals(await take(connection, 9), ["0", "1", "2"]);
});

Deno.test("acceptWebSocket() ends a connection whose frame is too long, and tells the client", async () => {
  const theirs = Promise.withResolvers<FrameConnection>();
  await using server = serveSockets(theirs.resolve, { maxFrame: 10 });
  await using connection = await connectWebSocket(server.url);
  connection.send(new Uint8Array(10));
  connection.send(new Uint8Array(11));
  const accepted = await theirs.promise;
  assertEquals((await accepted.closed).code, 1009);
  assertEquals(await take(accepted, 9), [new Uint8Array(10)]);
  assertEquals(await connection.closed, {
    code: 4009,
    reason: "frame too long",
    clean: true,
  });
});

Deno.test("closed settles in bounded time, when the peer never says goodbye", async () => {
  await using listener = listenTcp({ host: "127.0.0.1", port: 0 });
  const connecting = connectWebSocket(`ws://127.0.0.1:${listener.port}/`);
  for await (const mute of listener.connections) {
    for await (const chunk of mute.chunks) {
      await mute.write(await upgradeAnswer(chunk));
      break;
    }
    const connection = await connecting;
    connection.close();
    assert(!(await connection.closed).clean);
    mute.close();
    break;
  }
});

Deno.test("serveHttp() says that a port is taken, with its exit code", async () => {
  await using server = serveHttp({ handler: () => new Response() });
  const error = assertThrows(
    () => serveHttp({ port: server.port, handler: () => new Response() }),
    ConnectionError,
  );
  assertEquals(error.exitCode, EXIT.busy);
  assert(error instanceof PortTakenError && error.port === server.port);
});

Deno.test("serveHttp() answers 500 and tells, when the handler throws", async () => {
  const failures: unknown[] = [];
  const failure = new Error("bug");
  await using server = serveHttp({
    handler() {
      throw failure;
    },
    onFailure: (reason) => failures.push(reason),
  });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  assertEquals([response.status, await response.text()], [500, ""]);
  assertEquals(failures, [failure]);
});

function serveSockets(
  onConnection: (connection: FrameConnection) => void,
  options: AcceptWebSocketOptions = {},
  onRequest: (request: Request) => void = () => {},
): AsyncDisposable & { url: string } {
  const server = serveHttp({
    handler(request) {
      onRequest(request);
      if (!wantsWebSocket(request)) return new Response(null, { status: 426 });
      const { response, connection, opened } = acceptWebSocket(
        request,
        options,
      );
      opened.then(() => onConnection(connection));
      return response;
    },
  });
  return {
    url: `ws://127.0.0.1:${server.port}/`,
    [Symbol.asyncDispose]: () => server.close(),
  };
}

async function echo(connection: FrameConnection): Promise<void> {
  for await (const frame of connection.frames) connection.send(frame);
}

async function take(
  connection: FrameConnection,
  count: number,
): Promise<Frame[]> {
  const taken: Frame[] = [];
  for await (const frame of connection.frames) {
    if (taken.push(frame) === count) break;
  }
  return taken;
}

async function freePort(): Promise<{ port: number }> {
  await using listener = listenTcp({ host: "127.0.0.1", port: 0 });
  return { port: listener.port };
}

/** What a server says to a request for an upgrade (RFC 6455 §1.3). */
async function upgradeAnswer(request: Uint8Array): Promise<Uint8Array> {
  const key = /sec-websocket-key: *(\S+)/i.exec(
    new TextDecoder().decode(request),
  )![1];
  const digest = await crypto.subtle.digest(
    "SHA-1",
    new TextEncoder().encode(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`),
  );
  return new TextEncoder().encode(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
      `sec-websocket-accept: ${new Uint8Array(digest).toBase64()}\r\n\r\n`,
  );
}
