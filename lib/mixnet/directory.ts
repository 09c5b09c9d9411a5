import { type Clock, systemClock } from "../async/clock.ts";
import { serveHttp } from "../transport/http_server.ts";
import { encodeKeyRotationInfo } from "../wire/directory/key_rotation_info.ts";
import {
  encodeRewardedSet,
  type RewardedSet,
} from "../wire/directory/rewarded_set.ts";
import {
  type SkimmedNode,
  skimmedNodeToJson,
} from "../wire/directory/skimmed_node.ts";
import {
  encodeSkimmedPage,
  type SkimmedPage,
} from "../wire/directory/skimmed_page.ts";
import { Counters, type CounterSnapshot } from "./counters.ts";
import { keyRotationInfo } from "./epoch.ts";

/** What a directory publishes. */
export interface PublishedNetwork {
  /** Every node; layers and gateways are those of their roles. */
  readonly nodes: readonly SkimmedNode[];
  /** How many key rotations came on top of those of the clock. @default 0 */
  readonly rotations?: number | undefined;
}

/** Options of {@linkcode startDirectory}. */
export interface DirectoryOptions {
  /** What it publishes at first. */
  network: PublishedNetwork;
  /** Where it listens. @default "127.0.0.1" */
  host?: string | undefined;
  /** Its port; 0 is any free one. @default 0 */
  port?: number | undefined;
  /** Whose time it is. @default the system's */
  clock?: Clock | undefined;
  /** Hears of bugs. @default they are reported as uncaught errors */
  onFailure?: ((reason: unknown) => void) | undefined;
}

/** A directory that runs. */
export interface RunningDirectory extends AsyncDisposable {
  /** What clients are given: `http://127.0.0.1:<port>/api/`. The same answers are under `/` too. */
  readonly apiUrl: string;
  /** Its port. */
  readonly port: number;
  /** Publish something else from now on. */
  publish(network: PublishedNetwork): void;
  /** What it counted so far. */
  counters(): CounterSnapshot;
}

/** Browsers may read it from any page: it holds nothing that is not public. */
const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "*",
};

/**
 * Start a directory: the answers of the official one that clients and nodes ask for, as JSON whatever they accept, and
 * whatever query comes with them (nymtech/nym, nym-api).
 *
 * @throws {ConnectionError} If its port is taken.
 */
export function startDirectory(options: DirectoryOptions): RunningDirectory {
  const { host, port, clock = systemClock, onFailure = reportError } = options;
  const counters = new Counters();
  let { network } = options;
  const server = serveHttp({
    hostname: host,
    port,
    onFailure,
    handler(request) {
      const response = answer(request, network, clock.wall());
      counters.add(
        response.status === 404 ? "directoryMisses" : "directoryRequests",
      );
      return response;
    },
  });
  return {
    apiUrl: `http://${server.hostname}:${server.port}/api/`,
    port: server.port,
    publish: (next) => network = next,
    counters: () => counters.snapshot(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

function answer(
  request: Request,
  network: PublishedNetwork,
  wall: number,
): Response {
  if (request.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: CORS });
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return json(405, '{"message":"only GET is served"}');
  }
  const path = new URL(request.url).pathname
    .replace(/^\/api(?=\/)/, "").replace(/\/+$/, "");
  const body = ANSWERS[path]?.(network, wall);
  return body === undefined
    ? json(404, '{"message":"no such resource"}')
    : json(200, body);
}

function json(status: number, body: string): Response {
  const headers = { ...CORS, "content-type": "application/json" };
  return new Response(body, { status, headers });
}

const SKIMMED = "/v2/unstable/nym-nodes/skimmed";

const ANSWERS: Readonly<
  Record<string, (network: PublishedNetwork, wall: number) => string>
> = {
  "/v1/epoch/key-rotation-info": (network, wall) =>
    encodeKeyRotationInfo(keyRotationInfo(wall, network.rotations)),
  "/v1/nym-nodes/rewarded-set": (network, wall) =>
    encodeRewardedSet(rewardedSet(network, wall)),
  [SKIMMED]: (network, wall) => encodeSkimmedPage(page(network, wall)),
  [`${SKIMMED}/mixnodes/active`]: (network, wall) =>
    encodeSkimmedPage(page(network, wall, isMix)),
  [`${SKIMMED}/entry-gateways`]: (network, wall) =>
    encodeSkimmedPage(page(network, wall, isGateway)),
  "/v2/unstable/nym-nodes/semi-skimmed": (network, wall) =>
    semiSkimmed(page(network, wall)),
};

function isMix({ role }: SkimmedNode): boolean {
  return role.kind === "mixnode";
}

function isGateway({ entry }: SkimmedNode): boolean {
  return entry !== undefined;
}

function page(
  { nodes, rotations }: PublishedNetwork,
  wall: number,
  filter: (node: SkimmedNode) => boolean = () => true,
): SkimmedPage {
  const { currentEpochId, progress } = keyRotationInfo(wall, rotations);
  const chosen = nodes.filter(filter);
  const size = chosen.length;
  return {
    metadata: {
      status: null,
      epochId: currentEpochId,
      rotationId: progress.rotationId,
      refreshedAt: wall,
    },
    pagination: { total: size, page: 0, size },
    nodes: chosen,
  };
}

/** What nodes ask for: the same page with the keys of their link encryption, which is off. */
function semiSkimmed(skimmed: SkimmedPage): string {
  const whole = JSON.parse(encodeSkimmedPage({ ...skimmed, nodes: [] }));
  whole.nodes.data = skimmed.nodes.map((node) => ({
    basic: skimmedNodeToJson(node),
    x25519_noise_versioned_key: null,
  }));
  return JSON.stringify(whole);
}

function rewardedSet(
  { nodes, rotations }: PublishedNetwork,
  wall: number,
): RewardedSet {
  const layer = (number: number) =>
    ids(nodes, ({ role }) => role.kind === "mixnode" && role.layer === number);
  const doing = (kind: SkimmedNode["role"]["kind"]) =>
    ids(nodes, ({ role }) => role.kind === kind);
  return {
    epochId: keyRotationInfo(wall, rotations).currentEpochId,
    entryGateways: doing("entryGateway"),
    exitGateways: doing("exitGateway"),
    layers: [layer(1), layer(2), layer(3)],
    standby: doing("standby"),
  };
}

function ids(
  nodes: readonly SkimmedNode[],
  filter: (node: SkimmedNode) => boolean,
): number[] {
  return nodes.filter(filter).map(({ nodeId }) => nodeId);
}
