import { createClient } from "../../lib/client/create_client.ts";
import { randomIndex } from "../../lib/crypto/random.ts";
import { resolveNetwork } from "../../lib/home/network.ts";
import { formatRecipient } from "../../lib/message/recipient.ts";
import { startMixnet } from "../../lib/mixnet/mixnet.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { Ledger } from "./ledger.ts";
import type { PartyJob, PartyWord } from "./party.ts";

/** How long a process may take to open its home, and everything to arrive at the end, in milliseconds. */
const PATIENCE_MS = 120_000;

/** The longest time from the moment that a party is ready to its death, in milliseconds. */
const LONGEST_LIFE_MS = 500;

/** The same for one that dies while it starts. */
const LONGEST_START_MS = 1000;

/** Options of {@linkcode torture}. */
export interface TortureOptions {
  /** How often somebody is killed. */
  kills: number;
  /** Chooses who and when. */
  seed: number;
  /** Hears of every kill. */
  onKill?: ((n: number, what: string) => void) | undefined;
}

/** What a torture came to. */
export interface TortureReport {
  /** What does not hold; empty if all is well. */
  readonly broken: readonly string[];
  readonly counts: Ledger["counts"];
}

/**
 * Two processes exchange messages with anonymous answers over a network that loses and reorders packets, and are killed
 * (`kill -9`) at instants drawn from a seed, one or both, also while they start. Then both live on until what was
 * acknowledged has arrived. What must hold: nothing acknowledged is lost; what comes again comes with the same id and says
 * so, and never after it was taken; no reply block leaves twice, which a mix node would notice; every home opens again, as
 * it is.
 */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  const { kills, seed, onKill = () => {} } = options;
  const random = seededRandom(seed);
  const base = await Deno.makeTempDir({ prefix: "nymwire-torture-" });
  try {
    await using mixnet = await startMixnet({ loss: 2, reorder: 10, seed });
    const network = await resolveNetwork(mixnet.apiUrl, { base });
    const addresses = [];
    for (const id of ["alice", "bob"]) {
      const { address } = await createClient({ base, id, network });
      addresses.push(formatRecipient(address));
    }
    const [alice, bob] = addresses as [string, string];
    const ledger = new Ledger();
    await using parties = new Parties(ledger, [
      { base, id: "alice", peer: bob },
      { base, id: "bob", peer: alice },
    ]);
    await parties.start({ talks: true });
    for (let n = 1; n <= kills; n++) {
      const victims = [[0], [1], [0, 1]][randomIndex(random, 3)]!;
      const starts = randomIndex(random, 4) === 0;
      const longest = starts ? LONGEST_START_MS : LONGEST_LIFE_MS;
      const after = randomIndex(random, longest);
      if (starts) await parties.replace(victims, { untilReady: false });
      await new Promise((resolve) => setTimeout(resolve, after));
      await parties.replace(victims, { untilReady: true });
      onKill(
        n,
        `${starts ? "starting" : "ready"} for ${after} ms: ${
          victims.map((i) => ["alice", "bob"][i]).join(" and ")
        }`,
      );
    }
    await parties.quieten();
    await parties.until(() => ledger.missing.length === 0);
    const broken = [...ledger.broken];
    broken.push(...ledger.missing.map((text) => `${text} is lost`));
    const { replayedPackets } = mixnet.counters();
    if (replayedPackets > 0) {
      broken.push(`${replayedPackets} packets left twice`);
    }
    return { broken, counts: ledger.counts };
  } finally {
    await Deno.remove(base, { recursive: true });
  }
}

type Who = Pick<PartyJob, "base" | "id" | "peer">;

/** Both parties, each in the process of its current life. */
class Parties implements AsyncDisposable {
  readonly #ledger: Ledger;
  readonly #who: readonly Who[];
  #lives: Life[] = [];
  #count = 0;
  #talks = false;

  constructor(ledger: Ledger, who: readonly Who[]) {
    this.#ledger = ledger;
    this.#who = who;
  }

  async start({ talks }: { talks: boolean }): Promise<void> {
    this.#talks = talks;
    this.#lives = this.#who.map((who) => this.#begin(who));
    await Promise.all(this.#lives.map((life) => life.ready()));
  }

  async replace(
    which: readonly number[],
    { untilReady }: { untilReady: boolean },
  ): Promise<void> {
    await Promise.all(which.map((i) => this.#lives[i]!.kill()));
    for (const i of which) this.#lives[i] = this.#begin(this.#who[i]!);
    if (!untilReady) return;
    await Promise.all(which.map((i) => this.#lives[i]!.ready()));
  }

  /** One more death for both; then they only listen and answer. */
  async quieten(): Promise<void> {
    await Promise.all(this.#lives.map((life) => life.kill()));
    await this.start({ talks: false });
  }

  /** Wait until something holds, as long as one has patience. */
  async until(holds: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!holds() && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#lives.map((life) => life.kill()));
  }

  #begin(who: Who): Life {
    const job = { ...who, life: ++this.#count, talks: this.#talks };
    return new Life(job, this.#ledger);
  }
}

/** One process, from its start to its death. */
class Life {
  readonly #process: Deno.ChildProcess;
  readonly #ready = Promise.withResolvers<void>();
  readonly #ended: Promise<unknown>;
  #killed = false;

  constructor(job: PartyJob, ledger: Ledger) {
    const script = new URL("./party.ts", import.meta.url).pathname;
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-check", script, JSON.stringify(job)],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // Whoever waits for it is told; one that is killed before is waited for by nobody.
    this.#ready.promise.catch(() => {});
    this.#ended = Promise.all([
      this.#hear(job.id, ledger),
      this.#complain(job.id, ledger),
      this.#process.status,
    ]);
  }

  /** Wait until its home is open. */
  async ready(): Promise<void> {
    const late = setTimeout(
      () => this.#ready.reject(new Error("A party does not start")),
      PATIENCE_MS,
    );
    try {
      await this.#ready.promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** Kill it, and hear what it has said before. */
  async kill(): Promise<void> {
    this.#killed = true;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended by itself, and its words are heard below.
    }
    await this.#ended;
  }

  async #hear(who: string, ledger: Ledger): Promise<void> {
    let rest = "";
    const text = this.#process.stdout.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const word: PartyWord = JSON.parse(line);
        if (word.is === "ready") this.#ready.resolve();
        else ledger.hear(who, word);
      }
    }
  }

  async #complain(who: string, ledger: Ledger): Promise<void> {
    const words = await new Response(this.#process.stderr).text();
    if (this.#killed && words === "") return;
    const what = `${who} ${this.#killed ? "said" : "ended"}: ${words}`;
    ledger.breaks(what);
    this.#ready.reject(new Error(what));
  }
}
