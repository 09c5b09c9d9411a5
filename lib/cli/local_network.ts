import {
  networkPaths,
  removeNetworkWord,
  writeNetworkWord,
} from "../home/network_word.ts";
import { startMixnet } from "../mixnet/mixnet.ts";
import type { Mixnet } from "../mixnet/running_mixnet.ts";
import type { CommandContext } from "./context.ts";
import type { NetworkUpCommand } from "./definitions/network.ts";

/** The embedded network of a base, running in this process. */
export interface LocalNetwork extends AsyncDisposable {
  readonly mixnet: Mixnet;
}

/** The options that say what the embedded network is like. */
export type LocalNetworkOptions = Partial<
  Pick<
    NetworkUpCommand,
    | "mixesPerLayer"
    | "gateways"
    | "port"
    | "delay"
    | "loss"
    | "seed"
    | "fresh"
  >
>;

/**
 * Start the embedded network of a base, and let `--network local` find it as long as the result is held.
 *
 * @throws {UsageError} If one runs there already; exit code 4.
 */
export async function startLocalNetwork(
  base: string,
  options: LocalNetworkOptions,
  { output, signal, clock }: CommandContext,
): Promise<LocalNetwork> {
  const { mixesPerLayer, gateways, port, delay, loss, seed, fresh } = options;
  const paths = networkPaths(base);
  await using stack = new AsyncDisposableStack();
  const mixnet = stack.use(
    await startMixnet({
      folder: paths.folder,
      mixesPerLayer,
      gateways,
      port,
      delay,
      loss,
      seed,
      fresh,
      clock,
      signal,
      onWarning: (text) => void output.warn(text),
    }),
  );
  const startedAt = new Date(clock.wall()).toISOString();
  await writeNetworkWord(paths, {
    apiUrl: mixnet.apiUrl,
    pid: Deno.pid,
    startedAt,
  });
  stack.defer(() => removeNetworkWord(paths));
  const resources = stack.move();
  return {
    mixnet,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
