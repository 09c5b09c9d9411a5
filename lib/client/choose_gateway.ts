import { type Clock, systemClock } from "../async/clock.ts";
import { shortKey } from "../bytes/short_key.ts";
import { equal } from "../bytes/equal.ts";
import {
  randomIndex,
  type RandomSource,
  randomUnit,
} from "../crypto/random.ts";
import { ConnectionError, EXIT, ProtocolError, UsageError } from "../errors.ts";
import type { RoutingNode } from "../topology/node.ts";
import type { Topology } from "../topology/view.ts";
import { connectWs } from "../transport/ws_connect.ts";
import type { Connect } from "./dial.ts";
import { GatewayLink } from "./gateway_link.ts";
import { listenersOf } from "./register.ts";

/** So many gateways are measured at a time. */
const AT_ONCE = 20;

/** How long a gateway may take to be measured, in milliseconds. */
const MEASURE_MS = 2500;

/** So many round trips are measured. */
const ROUND_TRIPS = 3;

/** Options of {@linkcode chooseGateway}. */
export interface ChooseGatewayOptions {
  /** The network. */
  topology: Topology;
  /** The identity of the one wanted. @default any */
  identity?: Uint8Array | undefined;
  /** Identities that are out of the question. */
  except?: readonly Uint8Array[] | undefined;
  /** Whether near ones are preferred, by how fast they answer. @default false */
  byLatency?: boolean | undefined;
  /** Whether only those with TLS will do. @default false */
  tls?: boolean | undefined;
  /** Whether those that also mix are left out. @default false */
  leaveOutMixes?: boolean | undefined;
  /** Where chance comes from. */
  random: RandomSource;
  /** Where time comes from. @default the system's */
  clock?: Clock | undefined;
  /** Opens a connection. @default over the network */
  connect?: Connect | undefined;
  /** Gives up when it fires. */
  signal?: AbortSignal | undefined;
}

/**
 * Choose a gateway to register with: the one that is named, or one by chance, near ones more often if latency counts
 * (nymtech/nym, common/client-core/src/init/helpers.rs).
 *
 * @throws {UsageError} If the one named is not on the network, or lets no clients in; exit code 7.
 * @throws {ProtocolError} If there is none to choose from; exit code 3.
 * @throws {ConnectionError} If latency counts and none of them answers; exit code 3.
 */
export async function chooseGateway(
  options: ChooseGatewayOptions,
): Promise<RoutingNode> {
  const { topology, identity, except = [], tls, random } = options;
  const { byLatency = false, leaveOutMixes = false } = options;
  const open = [...topology.gateways.values()].filter((gateway) =>
    listenersOf(gateway, { tls }).length > 0
  );
  if (identity !== undefined) return named(open, identity);
  const candidates = open.filter((gateway) =>
    !except.some((other) => equal(other, gateway.identity)) &&
    !(leaveOutMixes && gateway.roles.mixnode)
  );
  if (candidates.length === 0) throw noneLeft(open.length, tls);
  if (byLatency) return await byWeight(candidates, options);
  return candidates[randomIndex(random, candidates.length)]!;
}

function named(
  gateways: readonly RoutingNode[],
  wanted: Uint8Array,
): RoutingNode {
  const found = gateways.find(({ identity }) => equal(identity, wanted));
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot use gateway ${
      shortKey(wanted)
    }: it is not among the ${gateways.length} of this network that let clients in`,
    {
      exitCode: EXIT.address,
      hint: "See which there are with: nymwire gateways list --all",
    },
  );
}

function noneLeft(open: number, tls: boolean | undefined): ProtocolError {
  const letsIn = tls ? "lets clients in over TLS" : "lets clients in";
  return new ProtocolError(
    open === 0
      ? `Cannot choose a gateway: the network has none that ${letsIn}`
      : `Cannot choose a gateway: of the ${open} that let clients in, none is new to this client`,
    { exitCode: EXIT.down, hint: "Choose another network, or name a gateway" },
  );
}

/** Draw one with a chance that grows as its latency shrinks. */
async function byWeight(
  candidates: readonly RoutingNode[],
  options: ChooseGatewayOptions,
): Promise<RoutingNode> {
  const measured: { gateway: RoutingNode; weight: number }[] = [];
  for (let start = 0; start < candidates.length; start += AT_ONCE) {
    const batch = candidates.slice(start, start + AT_ONCE);
    await Promise.all(batch.map(async (gateway) => {
      const latency = await measureLatency(gateway, options);
      if (latency !== undefined) {
        measured.push({ gateway, weight: 1 / Math.max(latency, 0.1) });
      }
    }));
  }
  const total = measured.reduce((sum, { weight }) => sum + weight, 0);
  let drawn = randomUnit(options.random) * total;
  for (const { gateway, weight } of measured) {
    drawn -= weight;
    if (drawn <= 0) return gateway;
  }
  throw new ConnectionError(
    `Cannot choose a gateway: none of ${candidates.length} answers`,
    { exitCode: EXIT.down, hint: "Check the connection" },
  );
}

/**
 * How long a gateway takes for a question and its answer on average, in milliseconds; nothing if it does not answer. Scripts
 * cannot ping, so it is asked for its version.
 */
export async function measureLatency(
  gateway: RoutingNode,
  options: Pick<ChooseGatewayOptions, "clock" | "connect" | "signal" | "tls">,
): Promise<number | undefined> {
  const { clock = systemClock, signal, tls } = options;
  const {
    connect = (url, signal) => connectWs(url, { signal, timeout: MEASURE_MS }),
  } = options;
  const [listener] = listenersOf(gateway, { tls });
  if (listener === undefined) return undefined;
  try {
    const connection = await connect(listener, signal);
    const events = { onPush() {}, onTaken() {}, onStarved() {} };
    await using link = new GatewayLink({
      gateway: gateway.identity,
      connection,
      clock,
      events,
    });
    const begun = clock.now();
    for (let i = 0; i < ROUND_TRIPS; i++) {
      await link.ask({ kind: "supportedProtocol" }, MEASURE_MS, signal);
    }
    return (clock.now() - begun) / ROUND_TRIPS;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof ConnectionError)) throw error;
    return undefined;
  }
}
