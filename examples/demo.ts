/**
 * The main job in about ten seconds: a mixnet on loopback, two clients, a message through three mix nodes, its
 * acknowledgement on the way home, and the time it took beside what the mixnet's own physics allow. `deno task demo` runs it.
 *
 * Everything is real. The clients are processes of the command line with homes of their own, which are gone at the end;
 * the nodes talk over TCP; each hop is told by the node that did it.
 */
import {
  type Mixnet,
  openClient,
  type PacketEvent,
  startMixnet,
} from "nymwire";

const MAIN = decodeURIComponent(
  new URL("../main.ts", import.meta.url).pathname,
);
const TEXT = "Hello from the other side of the mix";

/** How many messages the latency is the median of, if there is time for all of them. */
const MESSAGES = 25;

/** How long they may take, in milliseconds: a busy machine tells its story with fewer. */
const PATIENCE_MS = 4000;

const home = await Deno.makeTempDir({ prefix: "nymwire-demo-" });
try {
  await using mixnet = await startMixnet({ gateways: 2 });
  say(
    `A mixnet is up on this machine: ${
      mixnet.nodes.map(({ name }) => name).join(", ")
    }.\n`,
  );
  await followOneMessage(mixnet);
  await measureMany(mixnet);
} finally {
  await Deno.remove(home, { recursive: true });
}
sayWhatIsNext();

async function followOneMessage(mixnet: Mixnet): Promise<void> {
  await nymwire("init", "--id", "receiver", "--network", mixnet.apiUrl);
  await nymwire("init", "--id", "sender", "--network", mixnet.apiUrl);
  say("Two clients have made their keys and registered, each with a gateway.");
  const address = (await nymwire("whoami", "--id", "receiver")).trim();
  say(`The receiver's address:\n    ${address}\n`);

  await using _receiver = await run("receiver");
  await using _sender = await run("sender");
  const told = listenToNodes(mixnet);
  const listening = nymwire(
    "listen",
    "--id",
    "receiver",
    "--first",
    "--timeout",
    "30s",
  );
  await nymwire("send", "--id", "sender", "--to", address, TEXT);
  say(`$ nymwire send --to <address> '${TEXT}'`);
  say(`$ nymwire listen\n${(await listening).trim()}\n`);
  say("What the nodes did with it, as they tell it themselves:");
  for (const line of await told()) say(`    ${line}`);
  say(
    "(Both clients are silent but for this message; with cover traffic you could not have told.)\n",
  );
}

/** What a user meets: clients with cover traffic, as they are unless told otherwise. */
async function measureMany(mixnet: Mixnet): Promise<void> {
  await using sender = await openClient({ network: mixnet.apiUrl });
  await using receiver = await openClient({ network: mixnet.apiUrl });
  const target = { kind: "recipient", recipient: receiver.address } as const;
  const times: number[] = [];
  const arriving = receiver.messages()[Symbol.asyncIterator]();
  const end = performance.now() + PATIENCE_MS;
  while (times.length < MESSAGES && performance.now() < end) {
    const start = performance.now();
    await sender.send({ target, body: new Uint8Array(1000) });
    const { value: message } = await arriving.next();
    times.push(performance.now() - start);
    await message.taken();
  }
  await arriving.return?.();
  say(
    `${times.length} message${
      times.length === 1 ? "" : "s"
    } of 1 KB, with cover traffic: ${
      median(times).toFixed(0)
    } ms in the median.`,
  );
  say(
    `What the mixnet's own delays cost, if all else were free: ${
      floor().toFixed(0)
    } ms.`,
  );
}

/** The wait for the next slot (20 ms on average) and three mix delays (15 ms each), drawn many times. */
function floor(): number {
  const exponential = (mean: number) => -mean * Math.log(1 - Math.random());
  const draw = () =>
    exponential(20) + exponential(15) + exponential(15) + exponential(15);
  return median(Array.from({ length: 20_000 }, draw));
}

/** Collect what the nodes tell; the result waits until the acknowledgement has come home, and puts it into words. */
function listenToNodes(mixnet: Mixnet): () => Promise<string[]> {
  const stop = new AbortController();
  const events: PacketEvent[] = [];
  const home = Promise.withResolvers<void>();
  const collecting = (async () => {
    for await (const event of mixnet.events({ signal: stop.signal })) {
      if (event.kind !== "packet") continue;
      events.push(event);
      if (event.size === "ack" && event.action === "pushed") home.resolve();
    }
  })().catch(() => {}); // It ends when it is told to.
  return async () => {
    await home.promise;
    stop.abort();
    await collecting;
    return events.map((event) => inWords(event, events[0]!.at));
  };
}

function inWords(
  { node, size, action, delay, at }: PacketEvent,
  start: number,
): string {
  const what = size === "ack" ? "acknowledgement" : "message";
  const held = delay > 0 ? `, after ${delay.toFixed(1)} ms in the mix` : "";
  const deed = {
    relayed: `takes the ${what} from its client and passes it on`,
    forwarded: `takes off a layer and passes the ${what} on${held}`,
    pushed: `hands the ${what} to its client`,
    stored: `keeps the ${what} for its client`,
    acked: "sends the acknowledgement on its way",
  }[action];
  return `${(at - start).toFixed(1).padStart(6)} ms  ${node.padEnd(9)} ${deed}`;
}

/** Run a command to its end; its output. */
async function nymwire(...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await command(args, "piped").output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

/** Start a client; it runs until the result is let go. */
async function run(id: string): Promise<AsyncDisposable> {
  const child = command(
    ["run", "--id", id, "--port", "0", "--no-cover"],
    "null",
  ).spawn();
  const reader = child.stdout.getReader();
  await reader.read(); // Its first line says that it is ready.
  return {
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await reader.cancel();
      await child.status;
    },
  };
}

function command(args: string[], stderr: "piped" | "null"): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", MAIN, ...args],
    env: { NYMWIRE_HOME: home },
    stdin: "null",
    stdout: "piped",
    stderr,
  });
}

/** Commands that work as they are printed, whichever way the demo was started. */
function sayWhatIsNext(): void {
  const deno = Deno.execPath().includes("/_npx/")
    ? "npx --yes deno@2.9.6"
    : "deno";
  say("\nTo go on, in three terminals:");
  say(
    `    ${deno} task install               # puts nymwire on the PATH; then`,
  );
  say("    nymwire network up");
  say("    nymwire init --id me --network local && nymwire listen --id me");
  say("    nymwire send --id me --to self 'hello'");
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
