import {
  assert,
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { ADDRESS } from "../support/fake_mailbox.ts";
import { Nymwire, quote, words } from "../support/nymwire.ts";
import { StockDouble } from "../support/stock_double.ts";
import { HOME_ADDRESS, writeHome } from "./home_fixture.ts";

Deno.test("whoami prints the address of the only home and nothing else: exit 0", async () => {
  await using nymwire = await Nymwire.create();
  await writeHome(nymwire.base, "alice");
  const { code, stdout, stderr } = await nymwire.run(["whoami"]);
  assertEquals([code, stdout, stderr], [0, `${HOME_ADDRESS}\n`, ""]);
});

Deno.test("main.ts runs by itself, as its first line says", async () => {
  const { mode } = await Deno.stat(new URL("../../main.ts", import.meta.url));
  assert((mode ?? 0) & 0o100);
});

Deno.test("exit 1: a device that is full", async () => {
  await using nymwire = await Nymwire.create();
  const { code, stderr } = await nymwire.shell("nymwire help > /dev/full");
  assertEquals(code, 1);
  assertMatch(stderr, /^error: .+\nhint: .+\n$/);
});

Deno.test("exit 2: an option that does not exist; two lines on stderr, nothing on stdout", async () => {
  await using nymwire = await Nymwire.create();
  const { code, stdout, stderr } = await nymwire.run(["send", "--too", "x"]);
  assertEquals([code, stdout], [2, ""]);
  assertEquals(
    stderr,
    "error: Unknown option '--too'\nhint: Did you mean --to?\n",
  );
});

Deno.test("exit 2: several homes, naming them", async () => {
  await using nymwire = await Nymwire.create();
  await writeHome(nymwire.base, "alice");
  await writeHome(nymwire.base, "bob");
  const { code, stderr } = await nymwire.run(["whoami"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, "alice, bob");
});

Deno.test("exit 2: a broken config.toml, with file, line and column", async () => {
  await using nymwire = await Nymwire.create();
  await writeHome(nymwire.base, "alice");
  const file = `${nymwire.base}/clients/alice/config/config.toml`;
  await Deno.writeTextFile(file, "[client]\nid = 'alice\n");
  const { code, stderr } = await nymwire.run(["whoami"]);
  assertEquals(code, 2);
  assertStringIncludes(stderr, `${file}:2:`);
});

Deno.test("exit 2: a key file that is missing or cannot be read", async () => {
  await using nymwire = await Nymwire.create();
  await writeHome(nymwire.base, "alice");
  const file = `${nymwire.base}/clients/alice/data/public_identity.pem`;
  await Deno.remove(file);
  const missing = await nymwire.run(["whoami"]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, `${file}: it is missing`);
});

Deno.test("exit 3: nobody listens; without a home the two commands that help are named", async () => {
  await using nymwire = await Nymwire.create();
  const { code, stderr } = await nymwire.run([
    "send",
    "--url",
    closedUrl(),
    "--to",
    "self",
    "x",
  ]);
  assertEquals(code, 3);
  assertMatch(stderr, /^error: .+ \(not sent\)\nhint: .+\n$/);
});

Deno.test("exit 4: a client that serves another program", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const first = nymwire.start([
    "listen",
    "--url",
    stock.url,
    "--json",
    "--timeout",
    "60s",
  ]);
  await stock.deliver("hello");
  await first.firstLine();
  const { code, stderr } = await nymwire.run(["whoami", "--url", stock.url]);
  assertEquals(code, 4);
  assertStringIncludes(stderr, "serves another program");
  first.kill("SIGTERM");
  assertEquals((await first.ended).code, 0);
});

Deno.test("exit 4: another client on the home's port, both named, shortened", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  await writeHome(nymwire.base, "alice", { port: stock.port });
  const { code, stderr } = await nymwire.run(["send", "--to", "self", "x"]);
  assertEquals(code, 4);
  assertStringIncludes(stderr, "CytBse…");
  assertStringIncludes(stderr, "FAe4si…");
  assert(!stderr.includes(ADDRESS));
});

Deno.test("exit 5: the connection is lost and is not to be made again", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  await stock.deliver("hello");
  const listen = nymwire.start([
    "listen",
    "--url",
    stock.url,
    "--no-reconnect",
  ]);
  assertEquals(await listen.firstLine(), "hello");
  stock.disconnect();
  assertEquals((await listen.ended).code, 5);
});

Deno.test("exit 6: nothing came in time", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const { code, stderr } = await nymwire.run([
    "listen",
    "--url",
    stock.url,
    "--timeout",
    "10ms",
  ]);
  assertEquals(code, 6);
  assertStringIncludes(stderr, "time limit of 10ms");
});

Deno.test("exit 7: not an address", async () => {
  await using nymwire = await Nymwire.create();
  const { code, stdout, stderr } = await nymwire.run([
    "send",
    "--json",
    "--to",
    "bob",
    "x",
  ]);
  assertEquals(code, 7);
  assertStringIncludes(stderr, "(not sent)");
  const { type, code: inside, mayArrive } = JSON.parse(stdout);
  assertEquals([type, inside, mayArrive], ["error", 7, false]);
});

Deno.test("exit 8: a stage that the client cannot tell", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const args = [
    "send",
    "--url",
    stock.url,
    "--to",
    "self",
    "--wait",
    "acked",
    "x",
  ];
  const { code, stderr } = await nymwire.run(args);
  assertEquals(code, 8);
  assertStringIncludes(stderr, "(not sent)");
});

Deno.test("exit 9: a program failed and the policy is fail", async () => {
  await using nymwire = await Nymwire.create();
  const { code } = await nymwire.run(
    [
      "listen",
      "--replay",
      "/dev/stdin",
      "--exec",
      "false",
      "--on-error",
      "fail",
    ],
    { stdin: '{"text":"x"}\n' },
  );
  assertEquals(code, 9);
});

Deno.test("exit 10: some of several messages were sent", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const { code, stderr } = await nymwire.run(
    ["send", "--url", stock.url, "--split", "ndjson"],
    { stdin: '{"text":"a","to":"self"}\n{"text":"b","to":"bob"}\n' },
  );
  assertEquals(code, 10);
  assertStringIncludes(stderr, "Sent 1 of 2 messages");
});

Deno.test("exit 12: key halves that disagree", async () => {
  await using nymwire = await Nymwire.create();
  await writeHome(nymwire.base, "alice", { port: closedPort() });
  const data = `${nymwire.base}/clients/alice/data`;
  await Deno.copyFile(
    `${data}/private_encryption.pem`,
    `${data}/private_identity.pem`,
  );
  const pem = await Deno.readTextFile(`${data}/private_identity.pem`);
  await Deno.writeTextFile(
    `${data}/private_identity.pem`,
    pem.replaceAll("X25519", "ED25519"),
  );
  const { code, stderr } = await nymwire.run(["send", "--to", "self", "x"]);
  assertEquals(code, 12);
  assertStringIncludes(stderr, "(not sent)");
});

Deno.test("exit 130 and 143: a send that is interrupted, terminated", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using nymwire = await Nymwire.create();
    await using stock = new StockDouble({ dialect: "c", laneLengths: [5] });
    const send = nymwire.start([
      "send",
      "--url",
      stock.url,
      "--to",
      "self",
      "x",
    ]);
    await requested(stock, "getLaneQueueLength");
    send.kill(signal);
    const ended = await send.ended;
    assertEquals(ended.code, code);
    assertStringIncludes(ended.stderr, "(may still arrive)");
    assert(stock.requests.some(({ kind }) => kind === "closedConnection"));
  }
});

Deno.test("a second signal ends at once", async () => {
  await using nymwire = await Nymwire.create();
  const listen = nymwire.start(
    [
      "listen",
      "--replay",
      "/dev/stdin",
      "--exec",
      `sh -c 'trap "" TERM; while kill -0 $PPID 2>/dev/null; do sleep 0.1; done'`,
    ],
    { stdin: '{"text":"x"}\n' },
  );
  await running(listen.pid);
  // The first alone would give the child ten seconds, and end with 0.
  const again = setInterval(() => listen.kill("SIGTERM"), 10);
  assertEquals((await listen.ended).code, 143);
  clearInterval(again);
});

Deno.test("exit 141: the output is closed, without a word", async () => {
  await using nymwire = await Nymwire.create();
  const lines = `{"text":"${"x".repeat(1000)}"}\n`.repeat(1000);
  const file = `${nymwire.base}/recorded`;
  await Deno.writeTextFile(file, lines);
  const { stdout, stderr } = await nymwire.shell(
    `nymwire listen --replay ${file} | head -c 1 > /dev/null; echo \${PIPESTATUS[0]}`,
  );
  assertEquals([stdout, stderr], ["141\n", ""]);
});

Deno.test("stdin: a body means that it is not touched", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const { stdout } = await nymwire.shell(
    `echo left | { nymwire send --url ${stock.url} --to self body; cat; }`,
  );
  assertEquals(stdout, "left\n");
  assertEquals(sentTo(stock), ["body"]);
});

Deno.test("stdin: pipe, file and - are read; /dev/null and a closed one are empty", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const { stdout } = await nymwire.shell(`
    send() { nymwire send --url ${stock.url} --to self "$@"; echo $?; }
    printf 'pipe' | send
    printf 'dash' | send -
    send < <(printf 'file')
    send < /dev/null
    send <&-
    send --split lines < /dev/null
  `);
  assertEquals(stdout, "0\n0\n0\n2\n2\n0\n");
  assertEquals(sentTo(stock), ["pipe", "dash", "file"]);
});

Deno.test("a closed stdout does not keep a message from being sent", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const { stdout } = await nymwire.shell(
    `nymwire send --url ${stock.url} --to self x >&-; echo $?`,
  );
  assertEquals([stdout, sentTo(stock)], ["0\n", ["x"]]);
});

Deno.test("what comes while a send holds a stock client is printed by the next listen, as stored", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  for (let i = 0; i < 50; i++) await stock.deliver(`message ${i}`);
  const send = await nymwire.run([
    "send",
    "--url",
    stock.url,
    "--to",
    "self",
    "x",
  ]);
  assertEquals([send.code, stock.offline], [0, 0]);
  const listen = await nymwire.run([
    "listen",
    "--url",
    stock.url,
    "--json",
    "-n50",
    "--timeout",
    "60s",
  ]);
  assertEquals(listen.code, 0);
  const messages = listen.stdout.trim().split("\n").map((line) =>
    JSON.parse(line)
  ).slice(0, 50);
  assertEquals(
    messages.map(({ text }) => text),
    Array.from({ length: 50 }, (_, i) => `message ${i}`),
  );
  assert(messages.every(({ stored }) => stored));
});

Deno.test("on a terminal: colour unless NO_COLOR, controls disarmed, a typed message sent", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  await stock.deliver("\x1b[2Jevil");
  const pty = (command: string, before = "") =>
    nymwire.shell(
      `${before} script -qefc ${
        quote(`${words().map(quote).join(" ")} ${command}`)
      } /dev/null`,
    );
  const listen = await pty(`listen --url ${stock.url} --first`, "</dev/null");
  assertStringIncludes(listen.stdout, "\\x1b[2Jevil");
  const coloured = await pty("send --to bob x", "</dev/null");
  assertStringIncludes(coloured.stdout, "\x1b[1;31merror:\x1b[0m");
  const plain = await pty("send --to bob x", "NO_COLOR=1 </dev/null");
  assertFalse(plain.stdout.includes("\x1b["));
  assertEquals(plain.code, 7);
  const typed = await pty(
    `send --url ${stock.url} --to self`,
    "printf 'typed\\n\\004' |",
  );
  assertEquals(typed.code, 0);
  assertEquals(sentTo(stock), ["typed\n"]);
});

/** A url that nobody listens on. */
function closedUrl(): string {
  return `ws://127.0.0.1:${closedPort()}`;
}

function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** What was sent through a stock client. */
function sentTo(stock: StockDouble): string[] {
  return stock.requests.flatMap((request) =>
    request.kind === "send" ? new TextDecoder().decode(request.body) : []
  );
}

/** Resolves once the client has been asked for something of this kind. */
async function requested(stock: StockDouble, kind: string): Promise<void> {
  while (!stock.requests.some((request) => request.kind === kind)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves once a process has a child. */
async function running(pid: number): Promise<void> {
  const file = `/proc/${pid}/task/${pid}/children`;
  while ((await Deno.readTextFile(file)).trim() === "") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
