import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { type HomePaths, homePaths } from "../../lib/home/paths.ts";
import { readRunState } from "../../lib/home/run_file.ts";
import { SENDER_TAG } from "../support/fake_mailbox.ts";
import { Nymwire } from "../support/nymwire.ts";
import { objectsOf } from "../support/objects.ts";

Deno.test("the main job: network, two clients, a message and a file, and nothing left behind", async () => {
  await using nymwire = await Nymwire.create();
  const network = nymwire.start([
    "network",
    "up",
    "--port",
    "0",
    "--gateways",
    "2",
  ]);
  const ready = await network.firstLine();
  assertMatch(ready, /^ready http:\/\/127\.0\.0\.1:\d+\/api\/$/);
  const url = ready.slice("ready ".length);
  const addresses = await Promise.all(["receiver", "sender"].map(async (id) => {
    const init = await nymwire.run(["init", "--id", id, "--network", url]);
    assertEquals([init.code, init.stderr], [0, ""]);
    const last = init.stdout.trimEnd().split("\n").at(-1)!;
    assertMatch(last, /^The address of this client is: \w+\.\w+@\w+$/);
    return last.slice("The address of this client is: ".length);
  }));
  const clients = await Promise.all(["receiver", "sender"].map(async (id) => {
    const run = nymwire.start(["run", "--id", id, "--port", "0", "--no-cover"]);
    assertMatch(
      await run.firstLine(),
      /^listening on ws:\/\/127\.0\.0\.1:\d+$/,
    );
    return run;
  }));

  const listen = nymwire.run([
    "listen",
    "--id",
    "receiver",
    "--first",
    "--timeout",
    "60s",
  ]);
  const send = await nymwire.run([
    "send",
    "--id",
    "sender",
    "--to",
    addresses[0]!,
    "hello",
  ]);
  assertEquals([send.code, send.stdout, send.stderr], [0, "", ""]);
  const heard = await listen;
  assertEquals([heard.code, heard.stdout, heard.stderr], [0, "hello\n", ""]);

  const file = crypto.getRandomValues(new Uint8Array(40_000));
  await Deno.writeFile(`${nymwire.base}/file`, file);
  const listenRaw = nymwire.run([
    "listen",
    "--id",
    "receiver",
    "--first",
    "--raw",
    "--timeout",
    "60s",
  ]);
  const sendFile = await nymwire.run([
    "send",
    "--id",
    "sender",
    "--to",
    addresses[0]!,
    "--file",
    `${nymwire.base}/file`,
  ]);
  assertEquals([sendFile.code, sendFile.stderr], [0, ""]);
  assertEquals((await listenRaw).bytes, file);

  const whoami = await nymwire.run(["whoami", "--id", "receiver", "--check"]);
  assertEquals(whoami.stdout, `${addresses[0]}\n`);
  const held = await nymwire.run([
    "gateways",
    "switch",
    "--id",
    "receiver",
    addresses[1]!.split("@")[1]!,
  ]);
  assertEquals(held.code, 4);

  for (const client of clients) client.kill("SIGTERM");
  for (const client of clients) {
    const { code, stderr } = await client.ended;
    assertEquals(code, 0);
    assertStringIncludes(stderr, "cover traffic");
  }
  network.kill("SIGTERM");
  assertEquals((await network.ended).code, 0);
  for (const id of ["receiver", "sender"]) {
    assertEquals(
      (await readRunState(homePaths(nymwire.base, id))).kind,
      "none",
    );
  }
});

Deno.test("network up -- CMD runs a whole line with a home of its own, and ends with its status", async () => {
  await using nymwire = await Nymwire.create();
  const script = `set -e
    nymwire init --id x >/dev/null
    nymwire send --id x --to self "hello from $(basename "$NYMWIRE_HOME")"
    nymwire listen --id x --first --timeout 60s
    exit 7`;
  const { code, stdout, stderr } = await nymwire.shell(
    `export -f nymwire; nymwire network up -- bash -c '${script}'`,
  );
  assertEquals([code, stderr], [7, ""]);
  const [, name] = /^hello from (\S+)\n$/.exec(stdout) ?? [];
  assert(name);
  const left = await Array.fromAsync(Deno.readDir("/tmp"), ({ name }) => name);
  assert(!left.includes(name));
});

Deno.test("run --local --init is all of it in one process, and tells a service manager", async () => {
  await using nymwire = await Nymwire.create();
  const path = `${nymwire.base}/notify`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  using _socket = { [Symbol.dispose]: () => socket.close() };
  const run = nymwire.start(
    ["run", "--id", "x", "--local", "--init", "--port", "0", "--json"],
    { env: { NOTIFY_SOCKET: path, WATCHDOG_USEC: "60000000" } },
  );
  const [line] = objectsOf(await run.firstLine());
  assertEquals(line?.["type"], "ready");
  const url = String(line?.["url"]);
  const word = async () =>
    new TextDecoder().decode((await socket.receive())[0]);
  assertEquals(await word(), "WATCHDOG=1");
  assertEquals(await word(), `READY=1\nSTATUS=listening on ${url}`);
  // A program in any language: its own address, and a message to itself.
  const program = new WebSocket(url);
  const messages: string[] = [];
  const done = Promise.withResolvers<void>();
  program.onopen = () => program.send('{"type":"selfAddress"}');
  program.onmessage = ({ data }) => {
    messages.push(data);
    const { type, address } = JSON.parse(data);
    if (type === "selfAddress") {
      program.send(
        JSON.stringify({ type: "send", message: "hi", recipient: address }),
      );
    } else done.resolve();
  };
  await done.promise;
  assertEquals(JSON.parse(messages[1]!).message, "hi");
  const closed = new Promise((resolve) => program.onclose = resolve);
  run.kill("SIGINT");
  assertEquals(await word(), "STOPPING=1");
  assertEquals((await run.ended).code, 130);
  await closed;
});

Deno.test("commands on one home join the one that holds it, and take over when it ends", async () => {
  await using nymwire = await Nymwire.create();
  const network = nymwire.start(["network", "up", "--port", "0"]);
  const { port } = new URL((await network.firstLine()).slice("ready ".length));
  const again = await nymwire.run(["network", "up"]);
  assertEquals(again.code, 4);
  assertStringIncludes(again.stderr, "one runs there");
  const elsewhere = { env: { NYMWIRE_HOME: `${nymwire.base}/other` } };
  const taken = await nymwire.run(["network", "up", "--port", port], elsewhere);
  assertEquals(taken.code, 4);
  await nymwire.run(["init", "--id", "a", "--network", "local"]);
  const home = homePaths(nymwire.base, "a");

  const listen = nymwire.start([
    "listen",
    "--json",
    "-n",
    "3",
    "--timeout",
    "120s",
  ]);
  await holder(home, listen.pid);
  const other = nymwire.start([
    "listen",
    "--json",
    "--timeout",
    "120s",
  ]);
  const first = await nymwire.run(["send", "--json", "--to", "self", "one"]);
  assertEquals(first.code, 0);
  // Our own client tells more than a stock one.
  assertStringIncludes(first.stdout, '"stage":"acked"');
  assertStringIncludes(await other.firstLine(), '"text":"one"');
  const stranger = ["send", "--reply-to", SENDER_TAG, "x"];
  const unknown = await nymwire.run(stranger);
  assertEquals(unknown.code, 11);
  assertStringIncludes(unknown.stderr, "(not sent)");

  listen.kill("SIGTERM");
  assertEquals((await listen.ended).code, 0);
  await holder(home, other.pid);
  const second = await nymwire.run(["send", "--to", "self", "two"]);
  assertEquals([second.code, second.stderr], [0, ""]);
  other.kill("SIGTERM");
  const { code, stdout } = await other.ended;
  assertEquals(code, 0);
  const told = objectsOf(stdout).map(({ text, state, type }) =>
    text ?? state ?? type
  );
  assertEquals(told.filter((text) => text !== "reconnecting"), [
    "one",
    "connected",
    "two",
    "end",
  ]);
  network.kill("SIGTERM");
  await network.ended;
});

/** Resolves once a process holds a home and tells where it can be reached. */
async function holder(home: HomePaths, pid: number): Promise<void> {
  for (;;) {
    const state = await readRunState(home);
    if (state.kind === "live" && state.run.pid === pid) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
