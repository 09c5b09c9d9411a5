import { assert, assertEquals } from "@std/assert";
import type { MixnetClient } from "../../lib/client/client.ts";
import { DEFAULT_DEBUG } from "../../lib/home/debug.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import type { Frame, FrameConnection } from "../../lib/transport/transport.ts";
import { connectWs } from "../../lib/transport/ws_connect.ts";
import { DirectoryProxy } from "../support/directory_proxy.ts";
import { JumpingClock } from "../support/jumping_clock.ts";
import {
  FAST,
  openFast,
  PACED,
  pattern,
  take,
} from "../support/mixnet_clients.ts";

const HOUR = 3_600_000;

/** A push that carries a fragment is longer than this, one that carries an acknowledgement shorter. */
const LARGE_FRAME = 1000;

const text = (words: string) => new TextEncoder().encode(words);

function send(from: MixnetClient, to: MixnetClient, body: Uint8Array) {
  return from.send({
    target: { kind: "recipient", recipient: to.address },
    body,
  });
}

/** Let everything go on for a moment. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

/** Wait until a client has seen these states, one after the other. */
async function hasBeen(
  client: MixnetClient,
  kinds: readonly string[],
): Promise<void> {
  const left = [...kinds];
  for await (const { kind } of client.states()) {
    if (kind === left[0]) left.shift();
    if (left.length === 0) return;
  }
}

Deno.test("a gateway that is gone for a minute in mid-transfer costs no message", async () => {
  const clock = new JumpingClock();
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { clock, settings: PACED });
  await using bob = await openFast(mixnet, { clock });
  const gone = [alice, bob].map((client) => hasBeen(client, ["reconnecting"]));
  const back = Promise.all(
    [alice, bob].map((client) =>
      hasBeen(client, ["reconnecting", "connected"])
    ),
  );
  const first = await send(alice, bob, pattern(50_000));
  while (first.progress! < 10) await turn();
  await mixnet.node("gateway1").stop();
  assert(first.progress! < 2 * first.packets!);
  await Promise.all(gone);
  const second = await send(alice, bob, pattern(5000));
  for (let second = 0; second < 60; second++) {
    clock.sleep(1000);
    await turn();
  }
  await mixnet.restartNode("gateway1");
  // The longest pause between two attempts.
  clock.sleep(30_000);
  await back;
  const bodies = (await take(bob, 2)).map(({ body }) => body.length);
  assertEquals(bodies.sort((a, b) => a - b), [5000, 50_000]);
  await Promise.all([first, second].map((one) => one.reached("acked")));
});

Deno.test("clocks that are set back and forth, and machines that sleep, lose no message", async () => {
  const clock = new JumpingClock();
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet, { clock });
  await using bob = await openFast(mixnet, { clock });
  async function exchange(): Promise<void> {
    const body = pattern(5000);
    const question = await alice.send({
      target: { kind: "recipient", recipient: bob.address },
      body,
      surbs: 12,
    });
    const [asked] = await take(bob, 1);
    assertEquals(asked!.body, body);
    const { senderTag } = asked!;
    const answer = await bob.send({
      target: { kind: "reply", senderTag: senderTag! },
      body: text("yes"),
    });
    assertEquals((await take(alice, 1))[0]!.body, text("yes"));
    await Promise.all([question.reached("acked"), answer.reached("acked")]);
  }
  await exchange();
  for (const off of [-48 * HOUR, 48 * HOUR, 0]) {
    clock.setWall(off);
    await exchange();
  }
  // Packets are under way when the machine falls asleep.
  const sending = await send(alice, bob, pattern(20_000));
  clock.sleep(HOUR);
  assertEquals((await take(bob, 1))[0]!.body.length, 20_000);
  await sending.reached("acked");
  await exchange();
});

Deno.test("a mix node that the directory has dropped gets nothing more", async () => {
  await using mixnet = await startMixnet({ mixesPerLayer: 2 });
  const [leaving] = mixnet.nodes;
  let asked: number | undefined;
  await using directory = new DirectoryProxy(
    mixnet.apiUrl,
    async (path, original) => {
      const answer = await original();
      if (asked === undefined || !path.endsWith("rewarded-set")) return answer;
      asked++;
      return JSON.parse(
        JSON.stringify(answer),
        (key, value) =>
          /^layer\d$/.test(key)
            ? value.filter((id: number) => id !== leaving!.nodeId)
            : value,
      );
    },
  );
  const topology = { ...FAST.topology, topologyRefreshRate: 100 };
  await using bob = await openFast(mixnet);
  await using alice = await openFast(mixnet, {
    network: directory.apiUrl,
    settings: { ...FAST, topology },
  });
  const through = () => leaving!.counters().packetsReceived;
  while (through() === 0) {
    const sending = await send(alice, bob, pattern(5000));
    await sending.reached("acked");
  }
  asked = 0;
  while (asked < 2) await turn();
  // Nothing is under way any more.
  for (let before = -1; before !== through(); await turn()) before = through();
  const before = through();
  for (let i = 0; i < 5; i++) {
    const sending = await send(alice, bob, pattern(5000));
    await sending.reached("acked");
  }
  assertEquals(through(), before);
});

Deno.test("what a gateway acknowledges and loses arrives once when it is sent again, and hurts nothing else", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  let loses = true;
  await using bob = await openFast(mixnet, {
    connect: async (url, signal) =>
      losing(await connectWs(url, { signal }), () => loses),
  });
  const message = {
    target: { kind: "recipient", recipient: bob.address },
    body: pattern(20_000),
  } as const;
  const first = await alice.send(message);
  // Whoever sends cannot know better: the gateway said that it has all of it.
  await first.reached("acked");
  loses = false;
  await send(alice, bob, text("next"));
  assertEquals((await take(bob, 1))[0]!.body, text("next"));
  const again = await alice.send({ ...message, resendOf: first.id });
  assertEquals((await take(bob, 1))[0]!.body, message.body);
  await again.reached("acked");
  const { messages, duplicates } = bob.counters.inbox;
  assertEquals(messages, 2);
  assert(duplicates > 0, "nothing arrived the first time");
});

Deno.test("whoever asks for 100 000 reply blocks gets what is allowed, and others are served meanwhile", async () => {
  await using mixnet = await startMixnet();
  await using alice = await openFast(mixnet);
  await using carol = await openFast(mixnet);
  const size = 100_000;
  await using greedy = await openFast(mixnet, {
    settings: {
      ...FAST,
      replySurbs: {
        ...FAST.replySurbs,
        minimumReplySurbRequestSize: size,
        maximumReplySurbRequestSize: size,
      },
    },
  });
  await alice.send({
    target: { kind: "recipient", recipient: greedy.address },
    body: text("who is there?"),
    surbs: 12,
  });
  const [question] = await take(greedy, 1);
  const answer = await greedy.send({
    target: { kind: "reply", senderTag: question!.senderTag! },
    body: pattern(30_000),
  });
  const other = await send(alice, carol, text("meanwhile"));
  await take(carol, 1);
  await other.reached("acked");
  assertEquals((await take(alice, 1))[0]!.body, pattern(30_000));
  await answer.reached("acked");
  const { granted, excessive } = alice.counters.grants;
  const { maximumAllowedReplySurbRequestSize } = DEFAULT_DEBUG.replySurbs;
  assert(granted <= maximumAllowedReplySurbRequestSize, `${granted} given`);
  assert(excessive >= size - maximumAllowedReplySurbRequestSize);
});

/** A connection to a gateway that loses every second fragment for as long as it is told to. */
function losing(
  connection: FrameConnection,
  loses: () => boolean,
): FrameConnection {
  async function* frames(): AsyncGenerator<Frame, void> {
    let n = 0;
    for await (const frame of connection.frames) {
      const large = typeof frame !== "string" && frame.length > LARGE_FRAME;
      if (!(loses() && large && n++ % 2 === 0)) yield frame;
    }
  }
  return new Proxy(connection, {
    get(target, name) {
      if (name === "frames") return frames();
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
