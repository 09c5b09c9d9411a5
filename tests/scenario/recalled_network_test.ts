import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeBase58 } from "../../lib/bytes/base58.ts";
import { createClient } from "../../lib/client/create_client.ts";
import { startHomeClient } from "../../lib/client/home_client.ts";
import {
  ConnectionError,
  EXIT,
  ProtocolError,
  UsageError,
} from "../../lib/errors.ts";
import { directoryCache } from "../../lib/home/directory_cache.ts";
import type { HomeNotice } from "../../lib/home/open_home.ts";
import { type HomePaths, homePaths } from "../../lib/home/paths.ts";
import type { Network } from "../../lib/home/network.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { Recipient } from "../../lib/message/recipient.ts";
import type { SkimmedNode } from "../../lib/wire/directory/skimmed_node.ts";
import {
  decodeSkimmedPage,
  encodeSkimmedPage,
} from "../../lib/wire/directory/skimmed_page.ts";
import { DirectoryProxy } from "../support/directory_proxy.ts";
import { FAST, openFast } from "../support/mixnet_clients.ts";
import { closedPort } from "../support/testbed.ts";

const MINUTE = 60_000;

/** A home on a mixnet, with somebody at the directory's door who counts. */
async function world() {
  await using stack = new AsyncDisposableStack();
  const mixnet = stack.use(await startMixnet({ gateways: 2 }));
  const asked: string[] = [];
  let dropped: string | undefined;
  const directory = stack.use(
    new DirectoryProxy(mixnet.apiUrl, async (path, original) => {
      asked.push(path);
      const answer = await original();
      return dropped !== undefined && path.includes("entry-gateways")
        ? without(answer, dropped)
        : answer;
    }),
  );
  const base = await Deno.makeTempDir();
  stack.defer(() => Deno.remove(base, { recursive: true }));
  const network: Network = {
    kind: "directory",
    name: directory.apiUrl,
    local: false,
    apiUrls: [directory.apiUrl],
    nyxdUrls: ["http://127.0.0.1:1/"],
  };
  const { address } = await createClient({
    base,
    id: "alice",
    network,
    settings: FAST,
  });
  const paths = homePaths(base, "alice");
  const resources = stack.move();
  return {
    mixnet,
    directory,
    asked,
    address,
    paths,
    /** Let the directory know a gateway no more. */
    drop: (identity: string) => void (dropped = identity),
    /** What the directory was asked since the last look. */
    count: () => asked.splice(0).length,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** An answer of the directory without one gateway. */
function without(answer: unknown, identity: string): unknown {
  const page = decodeSkimmedPage(JSON.stringify(answer));
  const nodes = page.nodes.filter((node) =>
    encodeBase58(node.identity) !== identity
  );
  const pagination = { ...page.pagination, total: nodes.length };
  return JSON.parse(encodeSkimmedPage({ ...page, nodes, pagination }));
}

/** Open the home, send a message until it is acknowledged, close the home: what a command from cron does. */
async function sendOnce(
  paths: HomePaths,
  recipient: Recipient,
): Promise<HomeNotice[]> {
  const notices: HomeNotice[] = [];
  await using home = await startHomeClient(paths, {
    onNotice: (notice) => void notices.push(notice),
  });
  const sending = await home.client.send({
    target: { kind: "recipient", recipient },
    body: new TextEncoder().encode("hello"),
  });
  await sending.reached("acked");
  return notices;
}

/** Let what the home remembers of its network have been learned earlier. */
async function age({ cache }: HomePaths, minutes: number): Promise<void> {
  const memory = directoryCache({ cache });
  const kept = (await memory.recall())!;
  const learnedAt = kept.learnedAt - minutes * MINUTE;
  await memory.keep({ ...kept, learnedAt });
}

Deno.test("a home asks the directory every five minutes, however often it is opened", async () => {
  await using t = await world();
  assertEquals(t.count(), 4);
  for (let i = 0; i < 3; i++) {
    const [notice] = await sendOnce(t.paths, t.address);
    assert(notice?.kind === "recalled" && notice.failure === undefined);
  }
  assertEquals(t.count(), 0);
  await age(t.paths, 5);
  assertEquals(await sendOnce(t.paths, t.address), []);
  assertEquals(t.count(), 4);
  await sendOnce(t.paths, t.address);
  assertEquals(t.count(), 0);
});

Deno.test("a home whose answers are damaged asks for them again", async () => {
  await using t = await world();
  await Deno.writeTextFile(`${t.paths.cache}/directory.json`, "{");
  t.count();
  await sendOnce(t.paths, t.address);
  await sendOnce(t.paths, t.address);
  assertEquals(t.count(), 4);
});

Deno.test("a home bridges a directory that is down for less than fifty minutes", async () => {
  await using t = await world();
  await t.directory[Symbol.asyncDispose]();
  await age(t.paths, 40);
  const [notice] = await sendOnce(t.paths, t.address);
  assert(notice?.kind === "recalled");
  assert(notice.age >= 40 * MINUTE);
  assert(notice.failure?.includes("Cannot ask directory"), notice.failure);
  await age(t.paths, 10);
  const error = await assertRejects(
    () => sendOnce(t.paths, t.address),
    ConnectionError,
    "Cannot ask directory",
  );
  assertEquals(error.exitCode, EXIT.down);
});

Deno.test("a home whose gateway has moved since asks where it is", async () => {
  await using t = await world();
  const port = closedPort();
  await changeGateways(
    t.paths,
    (nodes) =>
      nodes.map((node) => ({
        ...node,
        entry: { ...node.entry!, wsPort: port },
      })),
  );
  t.count();
  await sendOnce(t.paths, t.address);
  assertEquals(t.count(), 4);
});

Deno.test("a home whose gateway has gone since says so", async () => {
  await using t = await world();
  const port = closedPort();
  const own = encodeBase58(t.address.gateway);
  await changeGateways(
    t.paths,
    (nodes) =>
      nodes.map((node) => ({
        ...node,
        entry: { ...node.entry!, wsPort: port },
      })),
  );
  t.drop(own);
  await assertRejects(
    () => sendOnce(t.paths, t.address),
    ProtocolError,
    "is not on the network",
  );
});

Deno.test("a home asks once for a gateway that it does not know yet", async () => {
  await using t = await world();
  const own = encodeBase58(t.address.gateway);
  const other = t.mixnet.nodes.find(({ place, identity }) =>
    place.kind === "gateway" && encodeBase58(identity) !== own
  )!;
  await using bob = await openFast(t.mixnet, { gateway: other.identity });
  await changeGateways(
    t.paths,
    (nodes) => nodes.filter(({ identity }) => encodeBase58(identity) === own),
  );
  t.count();
  await sendOnce(t.paths, bob.address);
  assertEquals(t.count(), 4);
  const stranger = { ...t.address, gateway: t.address.identity };
  await assertRejects(() => sendOnce(t.paths, stranger), UsageError);
});

Deno.test("a home whose packets are lost on the way asks whether the nodes have changed", async () => {
  await using t = await world();
  await age(t.paths, 1);
  t.count();
  await t.mixnet.restartNode("mix2", { freshKeys: true });
  await sendOnce(t.paths, t.address);
  assertEquals(t.count(), 4);
});

/** Let the home remember other gateways than it has learned of. */
async function changeGateways(
  { cache }: HomePaths,
  change: (nodes: readonly SkimmedNode[]) => readonly SkimmedNode[],
): Promise<void> {
  const memory = directoryCache({ cache });
  const kept = (await memory.recall())!;
  const path = "v2/unstable/nym-nodes/skimmed/entry-gateways?page=0";
  const page = decodeSkimmedPage(kept.texts.get(path)!);
  const nodes = change(page.nodes);
  const pagination = { ...page.pagination, total: nodes.length };
  const text = encodeSkimmedPage({ ...page, nodes, pagination });
  await memory.keep({ ...kept, texts: new Map([...kept.texts, [path, text]]) });
}
