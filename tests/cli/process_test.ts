import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { Nymwire, quote, words } from "../support/nymwire.ts";
import { patient } from "../support/cli_process.ts";
import { outlivesTerminal } from "../../lib/cli/system.ts";
import { homePaths } from "../../lib/home/paths.ts";
import { openState } from "../../lib/home/state/open_state.ts";
import { objectsOf } from "../support/objects.ts";
import { StockDouble } from "../support/stock_double.ts";
import { closedPort } from "../support/testbed.ts";
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

Deno.test("send to a stock client whose offline buffer is full: the next listen prints every one of those messages", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  for (let i = 0; i < MANY; i++) await stock.deliver(`message ${i}`);
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
    `-n${MANY}`,
    "--timeout",
    "60s",
  ]);
  assertEquals(listen.code, 0);
  const messages = listen.stdout.trim().split("\n").map((line) =>
    JSON.parse(line)
  ).slice(0, MANY);
  assertEquals(
    messages.map(({ text }) => text),
    Array.from({ length: MANY }, (_, i) => `message ${i}`),
  );
  assert(messages.every(({ stored }) => stored));
});

Deno.test("listen prints what waits while the network or the client is down", async () => {
  await using nymwire = await Nymwire.create();
  await writeHome(nymwire.base, "a", { port: closedPort() });
  {
    const { state } = homePaths(nymwire.base, "a");
    using opened = await openState(state, { now: 0 });
    for (const id of ["one", "two"]) {
      const body = new TextEncoder().encode(id);
      const message = { id, body, senderTag: undefined, isReply: false };
      opened.stores.inbox.add({ ...message, receivedAt: 0 }, []);
    }
  }
  const first = await nymwire.run(["listen", "--id", "a", "--first"]);
  assertEquals([first.code, first.stdout, first.stderr], [0, "one\n", ""]);
  const rest = await nymwire.run(["listen", "--id", "a"]);
  assertEquals([rest.code, rest.stdout], [3, "two\n"]);

  let url: string;
  {
    await using stock = new StockDouble({ dialect: "c" });
    url = stock.url;
    await stock.deliver("kept");
    const fail = ["--exec", "false", "--on-error", "fail"];
    assertEquals(
      (await nymwire.run(["listen", "--url", url, ...fail])).code,
      9,
    );
  }
  const kept = await nymwire.run(["listen", "--url", url, "--json"]);
  assertEquals(kept.code, 3);
  const [message, error, end] = objectsOf(kept.stdout);
  const { text, stored, redelivered } = message!;
  assertEquals([text, stored, redelivered], ["kept", true, true]);
  assertEquals([error?.code, end?.reason, end?.count], [3, "failed", 1]);
});

Deno.test("listen --json | send --split ndjson hands messages on, byte for byte", async () => {
  await using nymwire = await Nymwire.create();
  await using from = new StockDouble({ dialect: "c" });
  await using to = new StockDouble({ dialect: "c" });
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  await from.deliver(all);
  await from.deliver("text \u2028 ü\n");
  const { stdout, stderr } = await nymwire.shell(
    `nymwire listen --url ${from.url} --json -n2 |
      nymwire send --url ${to.url} --to self --split ndjson; echo "\${PIPESTATUS[@]}"`,
  );
  assertEquals([stdout, stderr], ["0 0\n", ""]);
  const bodies = to.requests.flatMap((request) =>
    request.kind === "send" ? [request.body] : []
  );
  assertEquals(bodies, [all, new TextEncoder().encode("text \u2028 ü\n")]);
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
  // A message that is given leaves what is typed to others; a warning is for whoever looks.
  const given = await nymwire.shell(
    `printf 'typed\n' | script -qefc ${
      quote(
        `${
          words().map(quote).join(" ")
        } send --url ${stock.url} --to self --surbs 5 given; read line; echo "left: $line"`,
      )
    } /dev/null`,
  );
  assertStringIncludes(given.stdout, "warning:");
  assertStringIncludes(given.stdout, "left: typed");
  assertEquals(sentTo(stock), ["typed\n", "given"]);
});

Deno.test("a run ends with its terminal, though SIGHUP alone only makes it read again", async () => {
  if (outlivesTerminal()) return; // Under nohup, processes are right not to end by it.
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const line = [...words(), "run", "--upstream", stock.url].map(quote);
  await using terminal = new Deno.Command("script", {
    args: ["-qefc", `exec ${line.join(" ")}`, "/dev/null"],
    env: { NYMWIRE_HOME: nymwire.base },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  let shown = "";
  for await (
    const text of terminal.stdout.pipeThrough(new TextDecoderStream())
  ) {
    shown += text;
    if (shown.includes("listening on ")) terminal.kill("SIGKILL");
  }
  const gone = async () => {
    // A message waits once nobody is there.
    while (stock.offline === 0) {
      await stock.deliver("nobody");
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await patient(gone(), () => new Error(`It runs on: ${shown}`));
});

Deno.test("a command that succeeds says nothing where nobody looks, not even a warning", async () => {
  await using nymwire = await Nymwire.create();
  await using stock = new StockDouble({ dialect: "c" });
  const args = ["send", "--url", stock.url, "--to", "self", "--surbs", "5"];
  const { code, stdout, stderr } = await nymwire.run([...args, "x"]);
  assertEquals([code, stdout, stderr], [0, "", ""]);
  // One that fails says what it had to warn of.
  const failed = await nymwire.run([...args, "--wait", "acked", "x"]);
  assertEquals(failed.code, 8);
  assert(failed.stderr.startsWith("warning: with 5 reply blocks"));
});

/** How many messages wait in a stock client: it flushes them all into whoever connects. */
const MANY = 500;

/** What was sent through a stock client. */
function sentTo(stock: StockDouble): string[] {
  return stock.requests.flatMap((request) =>
    request.kind === "send" || request.kind === "sendAnonymous"
      ? new TextDecoder().decode(request.body)
      : []
  );
}

/** Resolves once a process has a child. */
async function running(pid: number): Promise<void> {
  const file = `/proc/${pid}/task/${pid}/children`;
  while ((await Deno.readTextFile(file)).trim() === "") {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
