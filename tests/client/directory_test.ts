import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import type { Fetch } from "../../lib/client/bounded_fetch.ts";
import { directorySource } from "../../lib/client/directory.ts";
import {
  ConnectionError,
  DecodeError,
  EXIT,
  NymError,
  ProtocolError,
  UsageError,
} from "../../lib/errors.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";

/** What a directory answers, by the end of the path. */
type Answers = (path: string) => Response | Promise<Response>;

function source(answers: Answers, urls = ["http://directory.test/api/"]) {
  const asked: string[] = [];
  const fetch: Fetch = (url, init) => {
    asked.push(url);
    return new Promise((resolve, reject) => {
      init.signal!.addEventListener(
        "abort",
        () => reject(init.signal!.reason),
        { once: true },
      );
      Promise.resolve(answers(url)).then(resolve, reject);
    });
  };
  return {
    asked,
    source: directorySource({
      urls,
      settings: DEFAULT_DEBUG.topology,
      clock: systemClock,
      fetch,
      timeout: 50,
    }),
  };
}

async function failure(answers: Answers): Promise<NymError> {
  const error = await assertRejects(
    () => source(answers).source.fetch(),
    NymError,
  );
  return error;
}

Deno.test("directorySource() learns a network from its directory", async () => {
  await using mixnet = await startMixnet({ mixesPerLayer: 2, gateways: 2 });
  const directory = directorySource({
    urls: [mixnet.apiUrl],
    settings: DEFAULT_DEBUG.topology,
    clock: systemClock,
  });
  const { topology, keyRotation } = await directory.fetch();
  assertEquals(topology.layers.map(({ length }) => length), [2, 2, 2]);
  assertEquals(topology.gateways.size, 2);
  assert(keyRotation !== undefined);
  assertEquals(directory.name, mixnet.apiUrl);
});

Deno.test("directorySource() says that a directory is down", async () => {
  const error = await failure(() => {
    throw new TypeError("error sending request", {
      cause: new Error("connection refused"),
    });
  });
  assert(error instanceof ConnectionError);
  assertEquals(error.exitCode, EXIT.down);
  assert(error.message.includes("connection refused"), error.message);
});

Deno.test("directorySource() does not wait for a slow directory", async () => {
  const error = await failure(() => new Promise(() => {}));
  assert(error instanceof ConnectionError);
  assertEquals(error.exitCode, EXIT.down);
  assert(error.message.includes("no answer in 50 ms"), error.message);
});

Deno.test("directorySource() does not wait for a slow body either", async () => {
  const error = await failure((url) => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(" ".repeat(url.length)));
      },
    });
    return new Response(body);
  });
  assert(error instanceof ConnectionError, error.message);
});

for (
  const [what, answer] of [
    ["text that is no JSON", () => new Response("<html>")],
    ["JSON of another shape", () => new Response("[]")],
  ] as const
) {
  Deno.test(`directorySource() refuses ${what}`, async () => {
    const error = await failure(answer);
    assert(error instanceof DecodeError);
    assertEquals(error.exitCode, EXIT.down);
  });
}

for (
  const [what, answer] of [
    ["an error status", () => new Response("no", { status: 500 })],
    ["an empty answer", () => new Response("")],
    ["bytes that are not text", () => new Response(new Uint8Array([255]))],
    ["an endless answer", () => new Response(endless())],
  ] as const
) {
  Deno.test(`directorySource() refuses ${what}`, async () => {
    const error = await failure(answer);
    assert(error instanceof ProtocolError, error.message);
    assertEquals(error.exitCode, EXIT.down);
  });
}

Deno.test("directorySource() refuses a network with an empty layer", async () => {
  await using mixnet = await startMixnet();
  const { source: directory } = source(async (url) => {
    const path = new URL(url).pathname.slice("/api/".length);
    const query = new URL(url).search;
    const text = await (await fetch(mixnet.apiUrl + path + query)).text();
    if (!path.endsWith("rewarded-set")) return new Response(text);
    return new Response(JSON.stringify({ ...JSON.parse(text), layer2: [] }));
  });
  const error = await assertRejects(() => directory.fetch(), ProtocolError);
  assertEquals(error.exitCode, EXIT.down);
  assert(error.message.includes("layer 2"), error.message);
});

Deno.test("directorySource() asks the next directory where one fails, and stays with it", async () => {
  await using mixnet = await startMixnet();
  const { source: directory, asked } = source(async (url) => {
    if (url.startsWith("http://bad")) throw new TypeError("down");
    const rest = url.slice("http://good.test/api/".length);
    return new Response(await (await fetch(mixnet.apiUrl + rest)).text());
  }, ["http://bad.test/api", "http://good.test/api"]);
  await directory.fetch();
  asked.length = 0;
  await directory.fetch();
  assert(asked.every((url) => url.startsWith("http://good.test/api/v")));
});

Deno.test("directorySource() rejects with the signal's reason", async () => {
  const { source: directory } = source(() => new Promise(() => {}));
  const reason = new Error("enough");
  const controller = new AbortController();
  const fetching = assertRejects(
    () => directory.fetch(controller.signal),
    Error,
    "enough",
  );
  controller.abort(reason);
  await fetching;
});

Deno.test("directorySource() refuses what is no URL", () => {
  for (const url of ["", "directory", "ftp://x/", "ws://x/"]) {
    let error: unknown;
    try {
      source(() => new Response(), [url]);
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof UsageError);
  }
});

function endless(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(1024 * 1024).fill(32);
  return new ReadableStream({
    pull: (controller) => controller.enqueue(chunk),
  });
}
