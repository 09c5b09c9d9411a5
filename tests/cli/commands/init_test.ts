import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { systemClock } from "../../../lib/async/clock.ts";
import { encodeBase58 } from "../../../lib/bytes/base58.ts";
import { nymwire } from "../../../lib/cli/nymwire.ts";
import { loadConfig } from "../../../lib/home/config_read.ts";
import { homePaths } from "../../../lib/home/paths.ts";
import { startMixnet } from "../../../lib/mixnet/mixnet.ts";
import { FakeWorld } from "../../support/fake_world.ts";
import { closedPort } from "../../support/testbed.ts";
import { tempFolder } from "../../support/temp_folder.ts";

/** A mixnet and a folder for homes on it. */
async function start({ gateways = 1 } = {}) {
  await using stack = new AsyncDisposableStack();
  const mixnet = stack.use(await startMixnet({ gateways }));
  const { path: base } = stack.use(await tempFolder());
  const resources = stack.move();
  return {
    mixnet,
    base,
    async run(...argv: string[]) {
      const world = new FakeWorld();
      world.stderr.isTerminal = argv.includes("--color");
      world.variables["NYMWIRE_HOME"] = base;
      world.variables["NYMWIRE_NETWORK"] = "sandbox";
      const code = await nymwire(argv, {
        ...world.world(),
        clock: systemClock,
      });
      const { stdout, stderr } = world;
      return { code, stdout, stderr: stderr.text };
    },
    config: async (id: string) =>
      (await loadConfig(homePaths(base, id).config)).config,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

Deno.test("init refuses a host that its home could not say, before anything is made", async () => {
  await using folder = await tempFolder();
  const base = `${folder.path}/homes`;
  for (
    const host of ["nonsense", "localhost", "[::1]", "::1]/:[", "1.2.3.400"]
  ) {
    for (const command of ["init", "run --init", "run --local --init"]) {
      const world = new FakeWorld();
      world.variables["NYMWIRE_HOME"] = base;
      world.variables["NYMWIRE_NETWORK"] = "http://127.0.0.1:1/";
      const words = [...command.split(" "), "--id", "a", "--host", host];
      assertEquals(await world.run(...words), 2, words.join(" "));
      assertStringIncludes(
        world.stderr.text,
        `--host: need an IP address, have ${JSON.stringify(host)}`,
      );
    }
  }
  await assertRejects(() => Deno.stat(base), Deno.errors.NotFound);
});

Deno.test("init takes the official client's words for the network, the port and the output", async () => {
  await using t = await start();
  const { apiUrl } = t.mixnet;
  const apis = `${apiUrl}, http://127.0.0.1:1/api`;
  const first = await t.run(
    ...["init", "--id", "a", "--nym-apis", apis],
    ...["-p", "2001", "-o", "json", "--disable-socket", "true"],
  );
  assertEquals([first.code, first.stderr], [0, ""]);
  const [client] = first.stdout.objects;
  assertEquals(client!["client_listening_port"], 2001);
  const { nymApiUrls, socket } = await t.config("a");
  assertEquals(nymApiUrls, [apiUrl, "http://127.0.0.1:1/api/"]);
  assertEquals([socket.enabled, socket.port], [false, 2001]);

  const file = `${t.base}/my.env`;
  await Deno.writeTextFile(file, `CONFIGURED=true\nNYM_API=${apiUrl}\n`);
  const second = await t.run(
    ...["init", "-q", "--id", "b", "-c", file, "--disable-socket", "false"],
  );
  assertEquals([second.code, second.stderr], [0, ""]);
  assertMatch(second.stdout.text, /^The address of this client is: .+\n$/);
  assert((await t.config("b")).socket.enabled);
  assertEquals((await t.config("b")).nymApiUrls, [apiUrl]);
});

Deno.test("init tells a person that another client has the port too, and how to run beside it", async () => {
  await using t = await start();
  const init = (id: string, ...more: string[]) =>
    t.run("init", "--id", id, "--network", t.mixnet.apiUrl, ...more);
  const watched = ["--color", "never"];
  const first = await init("a", ...watched);
  assert(!first.stderr.includes("port"), first.stderr);
  assertEquals((await init("b")).stderr, "");
  const third = await init("c d", ...watched);
  assertStringIncludes(
    third.stderr,
    "Client b has port 1977 too, where one of the two can run at a time. Beside it: nymwire run --id 'c d' --port 1978\n",
  );
  const other = await init("e", ...watched, "--port", "1978");
  assert(!other.stderr.includes("port"), other.stderr);
  assertEquals((await t.config("e")).socket.port, 1978);
});

Deno.test("run listens where its home says unless a flag says otherwise, and asks the directory that the official client's words name", async () => {
  await using t = await start();
  const port = closedPort();
  const made = await t.run(
    ...["init", "-q", "--id", "a", "--no-cover", "--port", `${port}`],
    ...["--network", t.mixnet.apiUrl],
  );
  assertEquals(made.code, 0, made.stderr);
  const file = homePaths(t.base, "a").config;
  const text = await Deno.readTextFile(file);
  const dead = text.replace(t.mixnet.apiUrl, "http://127.0.0.1:1/api/");
  assert(dead !== text);
  await Deno.writeTextFile(file, dead);
  await Deno.remove(homePaths(t.base, "a").cache, { recursive: true });
  assertEquals((await t.run("run", "--id", "a")).code, 3);
  const words = ["run", "--id", "a", "--nym-apis", t.mixnet.apiUrl];
  for (
    const [flags, says] of [
      [["--nyxd-urls=x"], `listening on ws://127.0.0.1:${port}\n`],
      [["--port", "0", "--host", "localhost"], /^listening on ws:..localhost:/],
      [["--disable-socket", "true"], "listening on no websocket\n"],
    ] as const
  ) {
    const world = new FakeWorld();
    world.variables["NYMWIRE_HOME"] = t.base;
    const running = nymwire([...words, ...flags], {
      ...world.world(),
      clock: systemClock,
    });
    while (!world.stdout.text.includes("\n")) {
      const soon = new Promise((resolve) => setTimeout(resolve, 10));
      assertEquals(await Promise.race([running, soon]), undefined);
    }
    world.interrupt("SIGTERM");
    assertEquals(await running, 0, world.stderr.text);
    if (typeof says === "string") assertEquals(world.stdout.text, says);
    else assertMatch(world.stdout.text, says);
  }
  assertEquals(await Deno.readTextFile(file), dead);
});

Deno.test("init refuses two networks, and sockets that are neither on nor off", async () => {
  await using t = await start();
  const urls = ["--nym-apis", t.mixnet.apiUrl];
  for (
    const [argv, says] of [
      [[...urls, "--network", "mainnet"], /--nym-apis together with/],
      [[...urls, "--custom-mixnet", "x"], /--nym-apis together with/],
      [[...urls, "--disable-socket", "maybe"], /need true or false/],
      [[...urls, "--api_validators", "x"], /--nym-apis together with/],
      [["--custom-mixnet", "nowhere.json"], /"nowhere.json" as a network/],
    ] as const
  ) {
    const { code, stderr } = await t.run("init", "--id", "x", ...argv);
    assertEquals(code, 2);
    assertMatch(stderr, says);
  }
});

Deno.test("init --force-tls-gateway wants a gateway with TLS", async () => {
  await using t = await start();
  const network = ["--network", t.mixnet.apiUrl];
  const { code, stderr } = await t.run(
    ...["init", "--id", "a", "--force-tls-gateway", ...network],
  );
  assertEquals(code, 3);
  assertMatch(stderr, /the network has none that lets clients in over TLS/);
});

Deno.test("gateways knows the official client's verbs, other networks, and shortens keys in what it says", async () => {
  await using t = await start({ gateways: 2 });
  const keys = t.mixnet.nodes.filter(({ place }) => place.kind === "gateway")
    .map(({ identity }) => encodeBase58(identity)) as [string, string];
  const [one, two] = keys;
  const network = ["--network", t.mixnet.apiUrl];
  await t.run("init", "--id", "a", "--gateway", one, ...network);
  // Its own network is gone; the other one has the gateway.
  const { config } = homePaths(t.base, "a");
  const text = await Deno.readTextFile(config);
  const gone = "http://127.0.0.1:1/api/";
  await Deno.writeTextFile(config, text.replace(t.mixnet.apiUrl, gone));
  const lost = await t.run("gateways", "add", two);
  assertEquals(lost.code, 3, lost.stderr);
  const added = await t.run("gateways", "add-gateway", two, ...network, "-v");
  assertEquals(added.code, 0, added.stderr);
  assertMatch(added.stderr, /now: \w{6}….\w{6}…@\w{6}…\n$/);

  const again = await t.run("gateways", "add", two, ...network);
  assertEquals(again.code, 2);
  const short = `${two.slice(0, 6)}…`;
  assert(again.stderr.includes(`Cannot add gateway ${short}:`), again.stderr);
  assert(again.stderr.includes(`gateways switch ${two}\n`), again.stderr);
  const words = ["--id", "a", "--nym-apis", t.mixnet.apiUrl];
  const none = await t.run("add-gateway", "--set-active", ...words);
  assertMatch(none.stderr, /of the 2 that let clients in, none is new/);

  const switched = await t.run("gateways", "switch-gateway", one, "-v");
  assertEquals([switched.code, switched.stdout.text], [0, ""]);
  assertMatch(switched.stderr, /now: \w{6}….\w{6}…@\w{6}…\n$/);
  const list = await t.run("list-gateways", "--id", "a", "-o", "json");
  assertEquals(
    list.stdout.objects.map(({ identity, active }) => [identity, active]),
    [[one, true], [two, false]],
  );
  const all = ["gateways", "list", "--all", "--id", "a", ...network];
  const directory = await t.run(...all, "--json");
  const marks = new Map(
    directory.stdout.objects.map(({ identity, active }) => [identity, active]),
  );
  assertEquals([marks.get(one), marks.get(two)], [true, false]);
  const table = (await t.run(...all)).stdout.text;
  assertMatch(table, new RegExp(`^${one} .* active$`, "m"));
  assertMatch(table, new RegExp(`^${two} .* registered$`, "m"));
  const stranger = await t.run(
    ...["gateways", "switch", "--gateway", "1".repeat(32)],
  );
  assertMatch(stranger.stderr, /Cannot use gateway 111111…: .* not registered/);
});

Deno.test("gateways list finds the database of a home that was moved", async () => {
  await using t = await start();
  const network = ["--network", t.mixnet.apiUrl];
  await t.run("init", "--id", "a", ...network);
  const before = await t.run("gateways", "list");
  await Deno.rename(homePaths(t.base, "a").home, homePaths(t.base, "b").home);
  const after = await t.run("gateways", "list");
  assertEquals([after.code, after.stderr], [0, ""]);
  assertEquals(after.stdout.text, before.stdout.text);
});

Deno.test("config show names the network that a home is on", async () => {
  await using t = await start();
  const network = ["--network", t.mixnet.apiUrl];
  await t.run("init", "--id", "a", ...network);
  const shown = async () => {
    const world = new FakeWorld();
    world.variables["NYMWIRE_HOME"] = t.base;
    await world.run("config", "show", "--json");
    const setting = world.stdout.objects.find(({ key }) => key === "network")!;
    return [setting["value"], setting["origin"]];
  };
  assertEquals(await shown(), [t.mixnet.apiUrl, "client"]);
  const paths = homePaths(t.base, "a");
  const text = await Deno.readTextFile(paths.config);
  const main = "https://validator.nymtech.net/api/";
  await Deno.writeTextFile(
    paths.config,
    text.replace(t.mixnet.apiUrl, main),
  );
  assertEquals(await shown(), ["mainnet", "client"]);
  await Deno.writeTextFile(
    `${paths.own}/network.json`,
    '{"v":1,"kind":"local"}\n',
  );
  assertEquals(await shown(), ["local", "client"]);
});
