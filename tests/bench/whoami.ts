import { install } from "../../lib/release/install.ts";
import { CLI } from "../support/cli_process.ts";
import { Testbed } from "../support/testbed.ts";
import { childrenUse } from "./proc.ts";
import { figure, median } from "./stats.ts";

const RUNS = 25;

/** A program that is run again and again. */
interface Subject {
  readonly command: readonly string[];
  /** Milliseconds from its start to its end. */
  readonly times: number[];
  /** Seconds of processor time of all runs together. */
  cpu: number;
}

/**
 * How long `whoami` takes as a whole process on a warm cache, as it is installed and from a checkout, in turns with a program
 * that does nothing; the wall first, then processor time.
 */
export async function benchWhoami(): Promise<string> {
  await using testbed = await Testbed.create();
  const network = await testbed.network();
  await testbed.init("bench", "--network", network.apiUrl);
  await network.process.end();
  const home = testbed.path("home");
  await install({ home, path: "" });
  const empty = testbed.path("empty.ts");
  await Deno.writeTextFile(empty, "");
  const whoami = ["whoami", "--id", "bench"];
  const nothing = subject([...CLI.slice(0, -1), empty]);
  const installed = subject([`${home}/.local/bin/nymwire`, ...whoami]);
  const checkout = subject([...CLI, ...whoami]);
  const subjects = [nothing, installed, checkout];
  for (const { command } of subjects) await run(command, testbed);
  for (let turn = 0; turn < RUNS; turn++) {
    for (const subject of subjects) {
      const before = await childrenUse();
      subject.times.push(await run(subject.command, testbed));
      subject.cpu += await childrenUse() - before;
    }
  }
  const [base, own, source] = subjects.map(({ times }) => median(times)) as [
    number,
    number,
    number,
  ];
  return `installed ${figure(own)} ms, an empty program ${figure(base)} ms: ${
    figure(own / base)
  } times as long (${
    figure(installed.cpu / nothing.cpu)
  } of processor time); from a checkout ${figure(source)} ms: ${
    figure(source / base)
  } times (${figure(checkout.cpu / nothing.cpu)})`;
}

function subject(command: readonly string[]): Subject {
  return { command, times: [], cpu: 0 };
}

/** Milliseconds from the start of a program to its end. */
async function run(
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
