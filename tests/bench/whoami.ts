import { CLI } from "../support/cli_process.ts";
import { Testbed } from "../support/testbed.ts";
import { figure, median } from "./stats.ts";

const RUNS = 25;

/** How long `whoami` takes as a whole process on a warm cache, in turns with a program that does nothing. */
export async function benchWhoami(): Promise<string> {
  await using testbed = await Testbed.create();
  const network = await testbed.network();
  await testbed.init("bench", "--network", network.apiUrl);
  await network.process.end();
  const empty = testbed.path("empty.ts");
  await Deno.writeTextFile(empty, "");
  const nothing = () => timeOf([...CLI.slice(0, -1), empty], testbed);
  const whoami = () => timeOf([...CLI, "whoami", "--id", "bench"], testbed);
  await nothing();
  await whoami();
  const times = { nothing: [] as number[], whoami: [] as number[] };
  for (let run = 0; run < RUNS; run++) {
    times.nothing.push(await nothing());
    times.whoami.push(await whoami());
  }
  const [a, b] = [median(times.nothing), median(times.whoami)];
  return `whoami ${figure(b)} ms, an empty program ${figure(a)} ms, ${
    figure(b / a)
  } times as long`;
}

/** Milliseconds from the start of a program to its end. */
async function timeOf(
  [command, ...args]: readonly string[],
  { base }: Testbed,
): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await new Deno.Command(command!, {
    args,
    env: { NYMWIRE_HOME: base },
    stdout: "piped",
    stderr: "piped",
  }).output();
  const time = performance.now() - start;
  if (success) return time;
  throw new Error(new TextDecoder().decode(stderr));
}
