import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { nymwire } from "../../../lib/cli/nymwire.ts";
import { ConnectionError, EXIT } from "../../../lib/errors.ts";
import { decodeRunFile } from "../../../lib/home/run_file.ts";
import { openState } from "../../../lib/home/state/open_state.ts";
import { openChannel } from "../../../lib/mailbox/channel.ts";
import {
  connectWs,
  UpgradeRefusedError,
} from "../../../lib/transport/ws_connect.ts";
import { folderOf, pluginSource } from "../../plugin/support.ts";
import { ADDRESS, FakeMailbox, someTag } from "../../support/fake_mailbox.ts";
import { FakeWorld } from "../../support/fake_world.ts";
import { until } from "../../support/until.ts";
import { tempFolder } from "../../support/temp_folder.ts";

Deno.test("run --upstream serves many programs over one client, until it is told to end", async () => {
  await using folder = await tempFolder();
  const { world, mailbox, url, running } = await serving(folder.path);
  const programs = await Promise.all([connectWs(url), connectWs(url)]);
  for (const program of programs) {
    program.send('{"type":"selfAddress"}');
    const { value } = await program.frames[Symbol.asyncIterator]().next();
    assertEquals(JSON.parse(value).address, ADDRESS);
  }
  mailbox.arrive("hello");
  for (const program of programs) {
    const { value } = await program.frames[Symbol.asyncIterator]().next();
    assertEquals(JSON.parse(value).message, "hello");
  }
  for (const program of programs) program.close();
  await Promise.all(programs.map(({ closed }) => closed));
  world.interrupt("SIGTERM");
  assertEquals(await running, 0);
  assertStringIncludes(
    world.stderr.text,
    "goes through the client at ws://127.0.0.1:9",
  );
});

Deno.test("run lets web pages in that a flag or the settings name, and reads the settings again on SIGHUP", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/nymwire/config.toml`;
  await Deno.mkdir(`${folder.path}/nymwire`);
  await Deno.writeTextFile(file, 'allowed_origins = ["https://one.example"]\n');
  const { world, url, running } = await serving(
    folder.path,
    "--allow-origin",
    "https://flag.example",
  );
  const isLetIn = async (origin: string) => {
    try {
      const connection = await connectWs(url, { headers: { origin } });
      connection.close();
      await connection.closed;
      return true;
    } catch (error) {
      if (error instanceof UpgradeRefusedError) return false;
      throw error;
    }
  };
  assert(await isLetIn("https://flag.example"));
  assert(await isLetIn("https://one.example"));
  assertFalse(await isLetIn("https://two.example"));
  await Deno.writeTextFile(file, 'allowed_origins = ["https://two.example"]\n');
  world.reload();
  while (!world.stderr.text.includes("read the settings again")) {
    await world.clock.advance(0);
  }
  assert(await isLetIn("https://two.example"));
  assert(await isLetIn("https://flag.example"));
  assertFalse(await isLetIn("https://one.example"));
  await Deno.writeTextFile(file, "not TOML");
  world.reload();
  while (!world.stderr.text.includes("warning: ")) await world.clock.advance(0);
  assert(await isLetIn("https://two.example"));
  world.interrupt("SIGINT");
  assertEquals(await running, 130);
});

Deno.test("run keeps to loopback unless it is told otherwise, with a token of its own", async () => {
  await using folder = await tempFolder();
  const world = worldOf(folder.path);
  world.mailboxes = [new FakeMailbox()];
  const args = ["run", "--upstream", "ws://127.0.0.1:9", "--host", "0.0.0.0"];
  assertEquals(await world.run(...args), 2);
  assertStringIncludes(world.stderr.text, "other machines could connect");
  world.mailboxes = [new FakeMailbox()];
  assertEquals(await world.run(...args, "--allow-remote"), 2);
  assertStringIncludes(world.stderr.text, "need a token");
  assertStringIncludes(world.stderr.text, "Add --token-file <file>");
  const tokenFile = `${folder.path}/token`;
  const { url, running, world: open } = await serving(
    folder.path,
    "--host",
    "0.0.0.0",
    "--allow-remote",
    "--token-file",
    tokenFile,
  );
  assertEquals((await Deno.stat(tokenFile)).mode! & 0o777, 0o600);
  const token = (await Deno.readTextFile(tokenFile)).trim();
  const local = url.replace("0.0.0.0", "127.0.0.1");
  const connection = await connectWs(local, {
    headers: { authorization: `Bearer ${token}` },
  });
  connection.close();
  await connection.closed;
  let status = 0;
  await connectWs(local).catch((error: UpgradeRefusedError) =>
    status = error.status
  );
  assertEquals(status, 401);
  open.interrupt("SIGTERM");
  assertEquals(await running, 0);
});

Deno.test("run refuses a token that others may read, or could guess", async () => {
  await using folder = await tempFolder();
  const tokenFile = `${folder.path}/token`;
  await Deno.mkdir(`${folder.path}/folder`, { mode: 0o755 });
  for (
    const [text, mode, fault, file = tokenFile] of [
      ["x".repeat(40), 0o644, "others may read it"],
      ["x", 0o600, "16 characters"],
      // Nobody is told to take a folder from others.
      ["x", 0o600, "it is no file", `${folder.path}/folder`],
    ] as const
  ) {
    await Deno.writeTextFile(tokenFile, text);
    await Deno.chmod(tokenFile, mode);
    const world = worldOf(folder.path);
    world.mailboxes = [new FakeMailbox()];
    const code = await world.run(
      "run",
      "--upstream",
      "ws://127.0.0.1:9",
      "--token-file",
      file,
    );
    assertEquals(code, 2);
    assertStringIncludes(world.stderr.text, fault);
    assert(!world.stderr.text.includes("xxxx"));
  }
});

Deno.test("run --upstream: our own commands find its channel, told or asked for what the client cannot tell", async () => {
  await using folder = await tempFolder();
  const { world, mailbox, running } = await serving(
    folder.path,
    "--disable-socket",
  );
  assertEquals(world.stdout.text, "listening on no websocket\n");
  const own = `${folder.path}/base/nymwire/inbox/${ADDRESS}`;
  const run = decodeRunFile(await Deno.readTextFile(`${own}/run.json`))!;
  assertEquals([run.url, run.address], [null, ADDRESS]);
  await using joined = await openChannel({
    url: run.channel!.url,
    token: await Deno.readTextFile(run.channel!.tokenFile),
  });
  // A stock client tells no more, and neither do we.
  assertEquals(joined.strongestStage, "flushed");
  mailbox.arrive("hello");
  for await (const message of joined.messages()) {
    assertEquals(new TextDecoder().decode(message.body), "hello");
    await message.taken();
    break;
  }
  await joined.close();
  world.interrupt("SIGTERM");
  assertEquals(await running, 0);
  const left = await Array.fromAsync(Deno.readDir(own), ({ name }) => name);
  assertEquals(left.toSorted(), ["lock", "state.sqlite"]);
});

Deno.test("run --upstream: plugins see each message once, answer, and leave it for the next listen", async () => {
  await using folder = await folderOf({
    "thanks.ts": pluginSource(
      "thanks",
      `message: (m, c) => c.reply(m, "thanks for " + m.text())`,
    ),
  });
  const args = ["--plugin", `${folder.path}/thanks.ts`];
  for (const text of ["one", "two"]) {
    const { world, mailbox, running } = await serving(folder.path, ...args);
    mailbox.arrive(text, { id: text, senderTag: someTag() });
    await until(() => mailbox.sent.length > 0);
    world.interrupt("SIGTERM");
    assertEquals(await running, 0, world.stderr.text);
    assertEquals(texts(mailbox), [`thanks for ${text}`]);
  }
  assertEquals(await waiting(folder.path), ["one", "two"]);
});

Deno.test("run --plugin-takes leaves nothing of what plugins have dealt with", async () => {
  await using folder = await folderOf({
    "thanks.ts": pluginSource(
      "thanks",
      `message: (m, c) => c.reply(m, "thanks for " + m.text())`,
    ),
  });
  const { world, mailbox, running } = await serving(
    folder.path,
    "--plugin",
    `${folder.path}/thanks.ts`,
    "--plugin-takes",
  );
  mailbox.arrive("one", { senderTag: someTag() });
  await until(() => mailbox.sent.length > 0);
  world.interrupt("SIGTERM");
  assertEquals(await running, 0, world.stderr.text);
  assertEquals(await waiting(folder.path), []);
});

Deno.test("run gives everything together ten seconds to end, and sees again what was in hand then", async () => {
  await using folder = await folderOf({
    "slow.ts": pluginSource(
      "slow",
      `message: (m, c) => { c.log("begins"); return new Promise(() => {}); }`,
    ),
  });
  const args = ["--plugin", `${folder.path}/slow.ts`];
  const { world, mailbox, url, running } = await serving(folder.path, ...args);
  mailbox.arrive("one");
  await using program = await connectWs(`${url}/?receive=none`);
  await until(() => world.stderr.text.includes("begins"));
  world.interrupt("SIGTERM");
  let ended = false;
  running.finally(() => ended = true);
  // The time runs once programs are told goodbye.
  assertEquals((await program.closed).code, 1001);
  for (let second = 0; second < 9; second++) await world.clock.advance(1000);
  assertFalse(ended, world.stderr.text);
  await world.clock.advance(1000);
  assertEquals(await running, 0, world.stderr.text);
  assertEquals(await waiting(folder.path), ["one"]);
});

Deno.test("run tells the service manager how the connection does", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/notify`;
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  using _socket = { [Symbol.dispose]: () => socket.close() };
  const word = async () =>
    new TextDecoder().decode((await socket.receive())[0]);
  const world = worldOf(folder.path);
  world.variables["NOTIFY_SOCKET"] = path;
  const mailbox = new FakeMailbox();
  world.mailboxes = [mailbox];
  const running = world.run("run", "--upstream", "ws://127.0.0.1:9");
  assertMatch(await word(), /^READY=1\nSTATUS=listening on ws:/);
  mailbox.tell({ kind: "reconnecting", reason: "it is gone" });
  assertEquals(await word(), "STATUS=reconnecting: it is gone");
  mailbox.tell({ kind: "connected" });
  assertEquals(await word(), "STATUS=connected");
  world.interrupt("SIGTERM");
  assertEquals(await word(), "STOPPING=1");
  assertEquals(await running, 0);
});

Deno.test("run that is told to end before it is up does not say that it listens", async () => {
  await using folder = await tempFolder();
  for (
    const [signal, code] of [["SIGTERM", 0], ["SIGINT", 130]] as const
  ) {
    const world = worldOf(folder.path);
    const ended = await nymwire(["run", "--upstream", "ws://127.0.0.1:9"], {
      ...world.world(),
      connect() {
        world.interrupt(signal);
        return Promise.resolve(new FakeMailbox());
      },
    });
    assertEquals([ended, world.stdout.text, world.stderr.text], [code, "", ""]);
  }
});

Deno.test("run --upstream looks for its client again, and its programs notice nothing", async () => {
  await using folder = await tempFolder();
  const { world, mailbox, url, running } = await serving(folder.path);
  const second = new FakeMailbox({ strongestStage: "flushed" });
  world.mailboxes = [
    new ConnectionError("not yet", { exitCode: EXIT.down }),
    second,
  ];
  await using program = await connectWs(url);
  program.send('{"type":"selfAddress"}');
  const frames = program.frames[Symbol.asyncIterator]();
  await frames.next();
  mailbox.arrive("before", { id: "before" });
  assertStringIncludes((await frames.next()).value, '"before"');
  mailbox.lose(new ConnectionError("it is gone", { exitCode: EXIT.lost }));
  await until(() => world.stderr.text.includes("reconnecting: it is gone"));
  while (!world.stderr.text.includes("connected\n")) {
    await world.clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assertStringIncludes(world.stderr.text, "reconnecting: not yet");
  second.arrive("after", { id: "after" });
  assertStringIncludes((await frames.next()).value, '"after"');
  program.send(
    `{"type":"send","message":"through the new one","recipient":"${ADDRESS}"}`,
  );
  await until(() => second.sent.length === 1);
  program.close();
  world.interrupt("SIGTERM");
  assertEquals(await running, 0);
});

Deno.test("run says what --plugin-takes and --upstream need", async () => {
  const world = new FakeWorld();
  world.variables["NYMWIRE_HOME"] = "/nowhere";
  const upstream = ["run", "--upstream", "ws://127.0.0.1:9"];
  world.mailboxes = [new FakeMailbox()];
  assertEquals(await world.run(...upstream, "--no-cover"), 2);
  assertStringIncludes(
    world.stderr.text,
    "--upstream together with --no-cover",
  );
});

/** What waits for the next listen. */
async function waiting(folder: string): Promise<string[]> {
  const path = `${folder}/base/nymwire/inbox/${ADDRESS}/state.sqlite`;
  using state = await openState(path, { now: 0 });
  return state.stores.inbox.waiting(0, 99).map(({ body }) =>
    new TextDecoder().decode(body)
  );
}

function texts({ sent }: FakeMailbox): string[] {
  return sent.map(({ message }) => new TextDecoder().decode(message.body));
}

function worldOf(folder: string): FakeWorld {
  const world = new FakeWorld();
  world.variables["NYMWIRE_HOME"] = `${folder}/base`;
  world.variables["XDG_CONFIG_HOME"] = folder;
  return world;
}

async function serving(folder: string, ...args: string[]) {
  const world = worldOf(folder);
  const mailbox = new FakeMailbox({ strongestStage: "flushed" });
  world.mailboxes = [mailbox];
  const running = world.run("run", "--upstream", "ws://127.0.0.1:9", ...args);
  let ended = false;
  running.finally(() => ended = true);
  await until(() => {
    assertFalse(ended, world.stderr.text);
    return world.stdout.text.includes("\n");
  });
  const url = world.stdout.text.trim().slice("listening on ".length);
  return { world, mailbox, url, running };
}
