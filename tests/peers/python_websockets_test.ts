import { assertEquals } from "@std/assert";
import type { MixnetClient } from "../../lib/client/client.ts";
import type { DaemonServer } from "../../lib/daemon/daemon_server.ts";
import { MessageHub } from "../../lib/daemon/hub.ts";
import {
  serveStock,
  type StockServerOptions,
} from "../../lib/daemon/stock_server.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { openFast } from "../support/mixnet_clients.ts";
import { PythonProgram } from "./python.ts";

/** A client of the embedded mixnet behind a stock websocket. */
interface Served extends AsyncDisposable {
  readonly client: MixnetClient;
  readonly hub: MessageHub;
  readonly server: DaemonServer;
}

async function serve(
  mixnet: Awaited<ReturnType<typeof startMixnet>>,
  options: Partial<StockServerOptions> = {},
): Promise<Served> {
  await using stack = new AsyncDisposableStack();
  const client = stack.use(await openFast(mixnet));
  const failures: unknown[] = [];
  stack.defer(() => assertEquals(failures, []));
  const hub = stack.use(
    new MessageHub({
      mailbox: client,
      onFailure: (reason) => failures.push(reason),
    }),
  );
  const server = stack.use(
    await serveStock({
      mailbox: client,
      hub,
      address: { kind: "tcp", host: "127.0.0.1", port: 0 },
      onEvent: (event) => {
        if (event.kind === "failed") failures.push(event.reason);
      },
      ...options,
    }),
  );
  const open = stack.move();
  return {
    client,
    hub,
    server,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}

Deno.test("Python's websockets: address, to itself, anonymous question and answer, every byte value, lanes, errors, pings", async () => {
  await using mixnet = await startMixnet();
  await using a = await serve(mixnet);
  await using b = await serve(mixnet);
  await using talk = await PythonProgram.start(
    "talk.py",
    a.server.url,
    b.server.url,
  );
  assertEquals(await talk.rest(), ["talked"]);
  assertEquals(await talk.code(), 0);
});

Deno.test("Python's websockets: ten consumers at once, one of them killed at random, nothing lost", async () => {
  const COUNT = 200;
  await using mixnet = await startMixnet();
  await using receiver = await serve(mixnet);
  await using sender = await serve(mixnet);
  await using stack = new AsyncDisposableStack();
  const consumers: PythonProgram[] = [];
  for (let i = 0; i < 10; i++) {
    consumers.push(stack.use(
      await PythonProgram.start(
        "consume.py",
        receiver.server.url,
        `${COUNT}`,
      ),
    ));
  }
  for (const consumer of consumers) {
    assertEquals(await consumer.line(), "ready");
  }
  const victim = crypto.getRandomValues(new Uint8Array(1))[0]! % 10;
  const target = {
    kind: "recipient",
    recipient: receiver.client.address,
  } as const;
  for (let i = 0; i < COUNT; i++) {
    const body = new TextEncoder().encode(`message ${i}`);
    await sender.client.send({ target, body });
    if (i === COUNT / 2) {
      // It has had something, and there is more to come.
      await consumers[victim]!.line();
      consumers[victim]!.kill();
    }
  }
  const expected = Array.from({ length: COUNT }, (_, i) => `message ${i}`)
    .toSorted();
  for (const [index, consumer] of consumers.entries()) {
    if (index === victim) continue;
    assertEquals((await consumer.rest()).toSorted(), expected);
    assertEquals(await consumer.code(), 0);
  }
});

Deno.test("Python's websockets: consumers that share, each message to one of them", async () => {
  const COUNT = 60;
  await using mixnet = await startMixnet();
  await using served = await serve(mixnet);
  await using stack = new AsyncDisposableStack();
  const url = `${served.server.url}/?receive=shared&group=w`;
  const workers: PythonProgram[] = [];
  for (let i = 0; i < 3; i++) {
    const worker = await PythonProgram.start("consume.py", url, `${COUNT}`);
    workers.push(stack.use(worker));
    assertEquals(await worker.line(), "ready");
  }
  const target = {
    kind: "recipient",
    recipient: served.client.address,
  } as const;
  for (let i = 0; i < COUNT; i++) {
    const body = new TextEncoder().encode(`${i}`);
    await served.client.send({ target, body });
  }
  const got: string[] = [];
  await Promise.all(workers.map(async (worker) => {
    for (
      let line = await worker.line();
      line !== undefined;
      line = await worker.line()
    ) {
      got.push(line);
      if (got.length === COUNT) {
        for (const other of workers) other.kill();
      }
    }
  }));
  assertEquals(
    got.map(Number).toSorted((a, b) => a - b),
    Array.from({ length: COUNT }, (_, i) => i),
  );
});

Deno.test("Python's websockets: the example of the old documents runs to its end", async () => {
  await using mixnet = await startMixnet();
  await using served = await serve(mixnet, { dialect: "docs" });
  await using example = await PythonProgram.start(
    "documented_send.py",
    served.server.url,
  );
  assertEquals(await example.rest(), [
    `our address is: ${formatRecipient(served.client.address)}`,
    "sending 'Hello Nym!' over the mix network...",
    "waiting to receive a message from the mix network...",
    `received {"type":"received","message":"Hello Nym!","replySurb":null} from mix network!`,
  ]);
  assertEquals(await example.code(), 0);
});

Deno.test("Python's websockets: a foreign origin is refused, an allowed one and any subprotocol are not", async () => {
  await using mixnet = await startMixnet();
  await using served = await serve(mixnet, {
    allowedOrigins: ["https://chat.example"],
  });
  await using program = await PythonProgram.start(
    "refused.py",
    served.server.url,
  );
  assertEquals(await program.rest(), ["101", "403", "101", "101"]);
  assertEquals(await program.code(), 0);
});
