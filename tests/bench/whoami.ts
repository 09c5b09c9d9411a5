import { figure, median } from "./stats.ts";

const RUNS = 25;

const ROOT = new URL("../../", import.meta.url);

/** How long `whoami` takes as a whole process on a warm cache, in turns with a program that does nothing. */
export async function benchWhoami(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "nymwire-bench-" });
  try {
    const empty = `${folder}/empty.ts`;
    await Deno.writeTextFile(empty, "");
    const env = { HOME: folder, XDG_CONFIG_HOME: folder };
    const nymwire = (...args: readonly string[]) =>
      timeOf(["-A", "--config", "deno.json", "main.ts", ...args], env);
    await Deno.writeTextFile(`${folder}/none`, "");
    await makeHome(env);
    await timeOf([empty], env);
    await nymwire("whoami", "--id", "bench");
    const [nothing, whoami]: [number[], number[]] = [[], []];
    for (let run = 0; run < RUNS; run++) {
      nothing.push(await timeOf([empty], env));
      whoami.push(await nymwire("whoami", "--id", "bench"));
    }
    const [a, b] = [median(nothing), median(whoami)];
    return `whoami ${figure(b)} ms, an empty program ${figure(a)} ms, ${
      figure(b / a)
    } times`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A home as `init` leaves it. */
async function makeHome(env: Record<string, string>): Promise<void> {
  const command = [
    "main.ts",
    "network",
    "up",
    "--port",
    "0",
    "--",
    Deno.execPath(),
    "run",
    "-A",
    "main.ts",
    "init",
    "--id",
    "bench",
  ];
  await timeOf(["-A", ...command], env);
}

/** Milliseconds from the start of a program to its end. */
async function timeOf(
  args: readonly string[],
  env: Record<string, string>,
): Promise<number> {
  const start = performance.now();
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", ...args],
    cwd: ROOT,
    env,
    stdout: "piped",
    stderr: "piped",
  }).output();
  const time = performance.now() - start;
  if (success) return time;
  throw new Error(new TextDecoder().decode(stderr));
}
