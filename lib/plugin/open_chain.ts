import { UsageError } from "../errors.ts";
import { type ChainFailureOptions, PluginChain } from "./chain.ts";
import { type HostOptions, openHost } from "./host.ts";
import { pathOf } from "./paths.ts";
import { PluginRunner } from "./runner.ts";
import type { PluginSpec } from "./spec.ts";

/** Options of {@linkcode openPluginChain}. */
export interface OpenChainOptions extends HostOptions, ChainFailureOptions {
  /** Ends their start; once they run it means nothing. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Start plugins, all at once, and put them in a chain in the order given.
 *
 * @throws {PluginError} If one of them cannot be used: the first in order, with the file, the place and what to do.
 * @throws {UsageError} If two have one name, or something is granted that must not be.
 * @throws The signal's reason; no plugin runs then.
 */
export async function openPluginChain(
  specs: readonly PluginSpec[],
  options: OpenChainOptions,
): Promise<PluginChain> {
  checkNames(specs);
  const files = specs.map(({ file }) => pathOf(file, options.cwd ?? "."));
  const host = await openHost(options, files);
  const started = await Promise.allSettled(
    specs.map((spec) => PluginRunner.open(spec, host, options.signal)),
  );
  const runners = started.flatMap((result) =>
    result.status === "fulfilled" ? [result.value] : []
  );
  const chain = new PluginChain(runners, host, options);
  const failure = started.find((result) => result.status === "rejected");
  if (!failure) return chain;
  await chain[Symbol.asyncDispose]();
  options.signal?.throwIfAborted();
  throw failure.reason;
}

function checkNames(specs: readonly PluginSpec[]): void {
  const seen = new Map<string, string>();
  for (const { name, file } of specs) {
    const other = seen.get(name);
    if (other !== undefined) {
      throw new UsageError(
        `Cannot use two plugins called ${name}: ${other} and ${file}`,
        { hint: "Rename one of the files" },
      );
    }
    seen.set(name, file);
  }
}
