import {
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import type { Bytes } from "../../lib/bytes/brand.ts";
import { concat } from "../../lib/bytes/concat.ts";
import { ConnectionError, EXIT } from "../../lib/errors.ts";
import { connectTcp, listenTcp } from "../../lib/transport/tcp.ts";
import type { ByteConnection } from "../../lib/transport/transport.ts";

const ANY_PORT = { host: "127.0.0.1", port: 0 };

Deno.test("connectTcp() and listenTcp() carry bytes both ways", async () => {
  await using pair = await connectedPair();
  await pair.near.write(new Uint8Array([1, 2, 3]));
  assertEquals(await read(pair.far, 3), new Uint8Array([1, 2, 3]));
  await pair.far.write(new Uint8Array([4]));
  assertEquals(await read(pair.near, 1), new Uint8Array([4]));
});

Deno.test("write() keeps the order of writes that overlap", async () => {
  await using pair = await connectedPair();
  const parts = Array.from(
    { length: 40 },
    (_, i) => new Uint8Array(50_000).fill(i),
  );
  const whole = concat(...parts);
  const [received] = await Promise.all([
    read(pair.far, whole.length),
    ...parts.map((part) => pair.near.write(part)),
  ]);
  assertEquals(received, whole);
});

Deno.test("chunks end, when the peer closes", async () => {
  await using pair = await connectedPair();
  pair.far.close();
  assertEquals(await Array.fromAsync(pair.near.chunks), []);
});

Deno.test("close() ends a read under way, and may be called again", async () => {
  await using pair = await connectedPair();
  const reading = Array.fromAsync(pair.near.chunks);
  pair.near.close();
  pair.near.close();
  assertEquals(await reading, []);
  await pair.near.closed;
  await assertRejects(
    () => pair.near.write(new Uint8Array(1)),
    ConnectionError,
  );
});

Deno.test("connectTcp() says who did not answer, when nobody listens", async () => {
  const listener = listenTcp(ANY_PORT);
  listener.close();
  const error = await assertRejects(
    () => connectTcp({ host: "127.0.0.1", port: listener.port }),
    ConnectionError,
  );
  assertStringIncludes(error.message, `to 127.0.0.1:${listener.port}: `);
});

Deno.test("connectTcp() rejects with the signal's reason", async () => {
  await using listener = listenTcp(ANY_PORT);
  const reason = new Error("changed my mind");
  assertEquals(
    await assertRejects(() =>
      connectTcp({ host: "127.0.0.1", port: listener.port }, {
        signal: AbortSignal.abort(reason),
      })
    ),
    reason,
  );
});

Deno.test("listenTcp() says that a port is taken, with its exit code", async () => {
  await using listener = listenTcp(ANY_PORT);
  const error = assertThrows(
    () => listenTcp({ host: "127.0.0.1", port: listener.port }),
    ConnectionError,
  );
  assertEquals(error.exitCode, EXIT.busy);
});

Deno.test("listenTcp() ends its connections, when it is closed", async () => {
  const listener = listenTcp(ANY_PORT);
  const connections = Array.fromAsync(listener.connections);
  listener.close();
  listener.close();
  assertEquals(await connections, []);
});

async function connectedPair(): Promise<
  AsyncDisposable & { near: ByteConnection; far: ByteConnection }
> {
  await using listener = listenTcp(ANY_PORT);
  const accepting = listener.connections[Symbol.asyncIterator]().next();
  const near = await connectTcp({ host: "127.0.0.1", port: listener.port });
  const far: ByteConnection = (await accepting).value;
  return {
    near,
    far,
    async [Symbol.asyncDispose]() {
      await near[Symbol.asyncDispose]();
      await far[Symbol.asyncDispose]();
    },
  };
}

async function read(
  connection: ByteConnection,
  length: number,
): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let have = 0;
  for await (const chunk of connection.chunks) {
    chunks.push(chunk);
    have += chunk.length;
    if (have >= length) break;
  }
  return concat(...chunks);
}
