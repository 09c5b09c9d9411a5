import { generateEd25519 } from "../../lib/crypto/ed25519.ts";
import { systemRandom } from "../../lib/crypto/random.ts";
import { generateX25519 } from "../../lib/crypto/x25519.ts";
import type {
  CounterName,
  CounterSnapshot,
} from "../../lib/mixnet/counters.ts";
import {
  type GatewayOptions,
  type RunningGateway,
  startGateway,
} from "../../lib/mixnet/gateway.ts";
import type { MixnetNode } from "../../lib/mixnet/running_mixnet.ts";
import { startMixNode } from "../../lib/mixnet/mix_node.ts";
import type { NodeOptions, RunningNode } from "../../lib/mixnet/node.ts";
import type { RouteNode } from "../support/hand_built.ts";
import type { KnownGateway } from "../support/raw_client.ts";

/** A mix node with a key of its own. */
export async function startTestMixNode(
  options: Partial<NodeOptions> = {},
): Promise<RunningNode> {
  return await startMixNode({
    name: "mix",
    sphinxKeys: [generateX25519(systemRandom)],
    ...options,
  });
}

/** A gateway with keys of its own, and how its clients know it. */
export async function startTestGateway(
  options: Partial<GatewayOptions> = {},
): Promise<{ gateway: RunningGateway; known: KnownGateway } & AsyncDisposable> {
  const identity = generateEd25519(systemRandom);
  const gateway = await startGateway({
    name: "gateway",
    sphinxKeys: [generateX25519(systemRandom)],
    identity,
    ...options,
  });
  const url = `ws://127.0.0.1:${gateway.clientPort}/`;
  return {
    gateway,
    known: { url, identity: (options.identity ?? identity).public },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  };
}

/** A node as a route names it, reached elsewhere if it is said so. */
export function hop(
  node: RunningNode,
  mixAddress = node.mixAddress,
): RouteNode {
  return { mixAddress, sphinxKey: node.sphinxKeys[0]!.public };
}

/** How clients know a gateway of a network. */
export function knownGateway(node: MixnetNode): KnownGateway {
  return { url: node.clientUrl!, identity: node.identity };
}

/** Wait until a node has counted `n` of something; what it counts is the only thing that shows from outside. */
export async function counted(
  node: { counters(): CounterSnapshot },
  name: CounterName,
  n = 1,
): Promise<void> {
  while (node.counters()[name] < n) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Only the counters that are not zero. */
export function nonZero(
  counters: CounterSnapshot,
): Partial<Record<CounterName, number>> {
  return Object.fromEntries(Object.entries(counters).filter(([, n]) => n > 0));
}
