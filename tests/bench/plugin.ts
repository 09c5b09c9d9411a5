import type { PluginChain } from "../../lib/plugin/chain.ts";
import { openPluginChain } from "../../lib/plugin/open_chain.ts";
import { folderOf, message, pluginSource } from "../plugin/support.ts";
import { figure, median } from "./stats.ts";

const NAMES = ["first", "second", "third"];
const STARTS = 15;
const ROUNDS = 500;
const SIZE = 1000;

/** What plugins cost behind both walls: the start of one, a message of 1 KB through one, messages a second through three. */
export async function benchPlugin(): Promise<string> {
  await using folder = await folderOf(Object.fromEntries(
    NAMES.map((name) => [
      `${name}.ts`,
      pluginSource(
        name,
        `message: (m) => ({ kind: "replace", body: m.bytes })`,
      ),
    ]),
  ));
  const start = await startOf(folder.path);
  const none = await roundTrip(folder.path, 0);
  const one = await roundTrip(folder.path, 1);
  const three = await roundTrip(folder.path, 3);
  const rate = figure(1000 / three.mean);
  return `one plugin starts in ${figure(start)} ms; a message of 1 KB takes ${
    figure(one.median)
  } ms through one, ${
    figure(three.median)
  } ms through three (${rate} a second), ${
    figure(none.median * 1000)
  } µs through none`;
}

async function startOf(folder: string): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < STARTS; run++) {
    const start = performance.now();
    await using _chain = await open(folder, 1);
    times.push(performance.now() - start);
  }
  return median(times);
}

async function roundTrip(
  folder: string,
  plugins: number,
): Promise<{ readonly median: number; readonly mean: number }> {
  await using chain = await open(folder, plugins);
  const one = message(new Uint8Array(SIZE));
  for (let round = 0; round < ROUNDS / 5; round++) await chain.incoming(one);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await chain.incoming(one);
    times.push(performance.now() - start);
  }
  const sum = times.reduce((all, time) => all + time, 0);
  return { median: median(times), mean: sum / times.length };
}

function open(folder: string, count: number): Promise<PluginChain> {
  const specs = NAMES.slice(0, count).map((name) => ({
    name,
    file: `${folder}/${name}.ts`,
  }));
  return openPluginChain(specs, {
    mailbox: () => undefined,
    onLog() {},
    protect: [],
    env: { get: () => undefined },
    deadLetter: () => Promise.resolve(),
    onError: "fail",
  });
}
