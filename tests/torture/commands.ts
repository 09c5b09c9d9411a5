import { randomIndex } from "../../lib/crypto/random.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { closedPort, Testbed } from "../support/testbed.ts";
import { Ledger } from "./ledger.ts";
import { Side } from "./side.ts";
import type { TortureOptions, TortureReport } from "./torture.ts";

/** How long everything may take to arrive at the end, in milliseconds. */
const PATIENCE_MS = 120_000;

/** The longest time between two kills, in milliseconds: some find a command that starts, takes over or waits to join again. */
const LONGEST_MS = 1500;

/** Who is killed together. Most often it is the one that the others have joined. */
const VICTIMS = [
  ["run"],
  ["run"],
  ["run", "send"],
  ["run", "listen"],
  ["listen"],
  ["send"],
  ["run", "listen", "send"],
] as const;

/**
 * The same exchange as in `torture.ts`, by the commands that people use: on both sides `run` with a `listen` and a `send` that
 * have joined it, each a process, killed (`kill -9`) at instants drawn from a seed. A command that is left behind takes over
 * or joins whoever does. What must hold is what holds there: nothing acknowledged is lost, nor anything that was printed; what
 * is printed again has the same id and says so; no reply block leaves twice; every home opens again, as it is.
 */
export async function tortureCommands(
  { kills, seed, onKill = () => {} }: TortureOptions,
): Promise<TortureReport> {
  const random = seededRandom(seed);
  await using bed = await Testbed.create();
  await using mixnet = await startMixnet({ loss: 2, reorder: 10, seed });
  const init = (id: string) =>
    bed.init(id, "--network", mixnet.apiUrl, "--port", `${closedPort()}`);
  const [alice, bob] = await Promise.all([init("alice"), init("bob")]);
  const ledger = new Ledger();
  const sides = [
    new Side(bed, ledger, { id: "alice", peer: bob }),
    new Side(bed, ledger, { id: "bob", peer: alice }),
  ];
  await Promise.all(sides.map((side) => side.mend()));
  for (let n = 1; n <= kills; n++) {
    const after = randomIndex(random, LONGEST_MS);
    const victims = VICTIMS[randomIndex(random, VICTIMS.length)]!;
    const hit = randomIndex(random, 4) === 0
      ? sides
      : [sides[randomIndex(random, 2)]!];
    await delay(after);
    const who = hit.map(({ id }) => id).join(" and ");
    onKill(n, `after ${after} ms: ${victims.join(", ")} of ${who}`);
    await Promise.all(hit.map((side) => side.kill(victims)));
    // Some of those that are left get the home, or time to take it over.
    if (randomIndex(random, 2) === 0) {
      await delay(randomIndex(random, LONGEST_MS));
    }
    await Promise.all(hit.map((side) => side.mend()));
  }
  for (const side of sides) await side.kill(["run", "listen", "send"]);
  await Promise.all(sides.map((side) => side.mend({ talks: false })));
  const deadline = Date.now() + PATIENCE_MS;
  while (ledger.missing.length > 0 && Date.now() < deadline) await delay(10);
  for (const side of sides) await side.end();
  const broken = [
    ...ledger.broken,
    ...ledger.missing.map((text) => `${text} is lost`),
  ];
  const { replayedPackets } = mixnet.counters();
  if (replayedPackets > 0) broken.push(`${replayedPackets} packets left twice`);
  return { broken, counts: ledger.counts };
}

function delay(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}
