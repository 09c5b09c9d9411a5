import type { Testbed } from "../support/testbed.ts";
import type { Ledger } from "./ledger.ts";
import { CommandLife, type Line } from "./command_life.ts";

/** Messages of a `send` that are on their way at once. */
const AT_ONCE = 3;

/** Every message carries this many reply blocks, some less: answers have to ask for more now and then. */
const BLOCKS = [0, 3, 13, 16];

/** And so many bytes at least, one packet to some. */
const LENGTHS = [100, 2000, 9000];

/** What no kill may do to a home, and no command may say. */
const DAMAGE = /put aside|damaged|was killed there|Unexpected/;

/** The commands of one side. */
export type Role = "run" | "listen" | "send";

/** How each may end that is not killed: a `send` whose `run` is killed cannot know, and a `run` may find its home taken over. */
const ENDINGS: Readonly<Record<Role, readonly number[]>> = {
  run: [0, 4],
  listen: [0],
  send: [0, 5],
};

/** One side of the exchange: its home, and the commands that use it. */
export class Side {
  /** Its home. */
  readonly id: string;
  readonly #bed: Testbed;
  readonly #ledger: Ledger;
  readonly #peer: string;
  readonly #alive = new Map<Role, CommandLife>();
  #lives = 0;
  /** What is to be answered, and whom. */
  readonly #questions: { text: string; replyTo: string }[] = [];

  /** Start nothing yet. */
  constructor(
    bed: Testbed,
    ledger: Ledger,
    { id, peer }: { id: string; peer: string },
  ) {
    this.#bed = bed;
    this.#ledger = ledger;
    this.id = id;
    this.#peer = peer;
  }

  /** Start what does not run. A `run` that finds its home taken over has those end that did it, as a user would. */
  async mend({ talks = true } = {}): Promise<void> {
    if (!this.#alive.has("run") && !await this.#run()) {
      await this.kill(["listen", "send"]);
      if (!await this.#run()) this.#ledger.breaks(`${this.id} stays closed`);
    }
    if (!this.#alive.has("listen")) this.#start("listen", ["--json"]);
    if (talks && !this.#alive.has("send")) this.#talk();
  }

  /** Kill some, and hear what they have said before. */
  async kill(roles: readonly Role[]): Promise<void> {
    await this.#end(roles, "SIGKILL");
  }

  /** End everything in order. */
  async end(): Promise<void> {
    for (const role of ["send", "listen", "run"] as const) {
      await this.#end([role], "SIGTERM");
    }
  }

  async #end(roles: readonly Role[], signal: Deno.Signal): Promise<void> {
    const lives = roles.flatMap((role) => this.#alive.get(role) ?? []);
    await Promise.all(lives.map((life) => life.end(signal)));
  }

  /** Returns whether it could have the home. */
  async #run(): Promise<boolean> {
    const life = this.#start("run", ["--json", "--port", "0"]);
    const ready = Promise.withResolvers<void>();
    life.listen(({ type }) => {
      if (type === "ready") ready.resolve();
    });
    const ended = life.ended.then(() => false);
    return await Promise.race([ready.promise.then(() => true), ended]);
  }

  #talk(): void {
    const life = this.#start("send", ["--json", "--split", "ndjson"]);
    const name = `${this.id}.${++this.#lives}`;
    // No two messages of a `send` have the same size: it is what tells them apart.
    const waiting = new Map<number, string>();
    let said = 0;
    const say = () => {
      const n = said++;
      const question = this.#questions.shift();
      const text = question === undefined
        ? `${name}.${n}`
        : `re.${name}.${n}.${question.text}`;
      const [length, target] = question === undefined
        ? [LENGTHS[n % LENGTHS.length]!, {
          to: this.#peer,
          surbs: BLOCKS[n % BLOCKS.length]!,
        }]
        : [LENGTHS[0]!, { replyTo: question.replyTo }];
      const padded = text.padEnd(length + n * LENGTHS.length, " ");
      waiting.set(padded.length, text);
      life.write(`${JSON.stringify({ text: padded, ...target })}\n`);
    };
    life.listen(({ type, size, stage }) => {
      if (type !== "sent") return;
      const text = waiting.get(Number(size));
      if (text === undefined) {
        return this.#ledger.breaks(`${name} sent what nobody said`);
      }
      waiting.delete(Number(size));
      const is = stage === "acked" ? "acked" : "failed";
      this.#ledger.hear(this.id, { is, text });
      say();
    });
    for (let i = 0; i < AT_ONCE; i++) say();
  }

  #start(role: Role, args: readonly string[]): CommandLife {
    const life = new CommandLife(
      [role, "--id", this.id, ...args],
      this.#bed.env,
    );
    life.listen((line) => this.#hear(line));
    this.#alive.set(role, life);
    void life.ended.then(({ code, stderr }) => {
      this.#alive.delete(role);
      const isExpected = life.killed || ENDINGS[role].includes(code);
      if (isExpected && !DAMAGE.test(stderr)) return;
      this.#ledger.breaks(`${role} of ${this.id} ended ${code}: ${stderr}`);
    });
    return life;
  }

  #hear({ type, id, text, redelivered, senderTag }: Line): void {
    if (type !== "message") return;
    const said = String(text).trimEnd();
    this.#ledger.hear(this.id, {
      is: "handed",
      id: String(id),
      text: said,
      redelivered: redelivered === true,
    });
    if (typeof senderTag === "string") {
      this.#questions.push({ text: said, replyTo: senderTag });
    }
  }
}
