/**
 * Kills two clients in mid-exchange, at a hundred instants drawn from a seed:
 * `deno task torture [--commands] [--kills N] [--seed S] [--rounds N]`. Each round has a seed of its own, which is printed.
 * With `--commands` the clients are `run`, `listen` and `send`. Fails if anything of what {@linkcode torture} names does not
 * hold.
 */
import { parseArgs } from "@std/cli/parse-args";
import { tortureCommands } from "./commands.ts";
import { torture } from "./torture.ts";

const { kills, seed, rounds, commands } = parseArgs(Deno.args, {
  boolean: ["commands"],
  string: ["kills", "seed", "rounds"],
  default: {
    kills: "100",
    seed: `${crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000}`,
    rounds: "1",
  },
});
let failures = 0;
for (let round = 0; round < Number(rounds); round++) {
  const own = Number(seed) + round;
  say(`${kills} kills, seed ${own}`);
  const begun = performance.now();
  const { broken, counts } = await (commands ? tortureCommands : torture)({
    kills: Number(kills),
    seed: own,
    onKill: (n, what) => say(`  ${n}. ${what}`),
  });
  const seconds = Math.round((performance.now() - begun) / 1000);
  say(`  ${JSON.stringify(counts)} in ${seconds} s`);
  for (const what of broken) say(`  BROKEN: ${what}`);
  failures += broken.length;
}
say(failures === 0 ? "all holds" : `${failures} failures`);
Deno.exit(failures === 0 ? 0 : 1);

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
