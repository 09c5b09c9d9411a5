// deno-lint-ignore-file camelcase -- the names of the official directory
import { DecodeError, ProtocolError } from "../../../lib/errors.ts";
import { pickRoute } from "../../../lib/topology/pick_route.ts";
import {
  assembleTopology,
  topologyOfFile,
} from "../../../lib/topology/view.ts";
import {
  decodeKeyRotationInfo,
  encodeKeyRotationInfo,
} from "../../../lib/wire/directory/key_rotation_info.ts";
import {
  decodeRewardedSet,
  encodeRewardedSet,
} from "../../../lib/wire/directory/rewarded_set.ts";
import {
  decodeSkimmedPage,
  encodeSkimmedPage,
} from "../../../lib/wire/directory/skimmed_page.ts";
import { parseTimestamp } from "../../../lib/wire/directory/timestamp.ts";
import {
  decodeTopologyFile,
  encodeTopologyFile,
} from "../../../lib/wire/directory/topology_file.ts";
import {
  gateway,
  list,
  mix,
  REWARDED_SET as TOPOLOGY_SET,
} from "../../topology/samples.ts";
import { key, PAGE_JSON } from "../../wire/directory/samples.ts";
import type { FuzzRandom } from "../fuzz_random.ts";
import { mutateJson, mutateText } from "../mutate_text.ts";
import { type FuzzTarget, fuzzTarget } from "../target.ts";

const REWARDED_SET = {
  epoch_id: 50,
  entry_gateways: [7],
  exit_gateways: [8],
  layer1: [1],
  layer2: [2, 3],
  layer3: [4],
  standby: [],
};

const KEY_ROTATION = {
  key_rotation_state: { validity_epochs: 24, initial_epoch_id: 0 },
  current_absolute_epoch_id: 50,
  current_epoch_start: "2026-05-16T06:00:00Z",
  epoch_duration: { secs: 3600, nanos: 0 },
  progress: {
    current_key_rotation_id: 2,
    current_rotation_starting_epoch: 48,
    current_rotation_ending_epoch: 71,
  },
};

const TOPOLOGY_FILE = {
  metadata: {
    key_rotation_id: 0,
    absolute_epoch_id: 0,
    refreshed_at: "2026-05-16T06:00:00Z",
  },
  rewarded_set: REWARDED_SET,
  node_details: {
    ...Object.fromEntries(
      [1, 2, 3, 4].map((nodeId) => [nodeId, {
        node_id: nodeId,
        mix_host: "127.0.0.1:1789",
        entry: null,
        identity_key: [...key(nodeId)],
        sphinx_key: [...key(nodeId)],
        supported_roles: {
          mixnode: true,
          mixnet_entry: false,
          mixnet_exit: false,
        },
      }]),
    ),
    "7": {
      node_id: 7,
      mix_host: "[::1]:10004",
      entry: {
        ip_addresses: ["127.0.0.1", "::1"],
        clients_ws_port: 9000,
        hostname: "gateway.example",
        clients_wss_port: 443,
      },
      identity_key: [...key(7)],
      sphinx_key: [...key(8)],
      supported_roles: {
        mixnode: false,
        mixnet_entry: true,
        mixnet_exit: true,
      },
    },
  },
};

/** Everything that a directory answers, alone and put together. */
export function directoryTargets(): FuzzTarget[] {
  const json = (value: unknown) => (random: FuzzRandom) =>
    mutateJson(random, [value]);
  const mixes = [1, 2, 3, 4, 5, 6].map((nodeId) => mix(nodeId));
  const gateways = [gateway(7), gateway(8)];
  const page = (nodes: typeof mixes) => {
    const pagination = { total: nodes.length, page: 0, size: nodes.length };
    const { metadata } = list();
    return encodeSkimmedPage({ metadata, pagination, nodes });
  };
  const answers = [page(mixes), page(gateways), encodeRewardedSet(TOPOLOGY_SET)]
    .map((text) => JSON.parse(text));
  return [
    fuzzTarget({
      name: "directory: nodes",
      draw: json(PAGE_JSON),
      feed: (text) => encodeSkimmedPage(decodeSkimmedPage(text)),
    }),
    fuzzTarget({
      name: "directory: rewarded set",
      draw: json(REWARDED_SET),
      feed: (text) => encodeRewardedSet(decodeRewardedSet(text)),
    }),
    fuzzTarget({
      name: "directory: key rotation",
      draw: json(KEY_ROTATION),
      feed: (text) => encodeKeyRotationInfo(decodeKeyRotationInfo(text)),
    }),
    fuzzTarget({
      name: "directory: timestamp",
      draw: (random) =>
        mutateText(random, [
          "2026-05-16T06:27:52.123456789Z",
          "2026-05-16T06:27:52+02:00",
          "2026-05-16 06:27:52.0 +00:00:00",
        ]),
      feed: parseTimestamp,
    }),
    fuzzTarget({
      name: "topology file",
      draw: json(TOPOLOGY_FILE),
      feed(text) {
        const file = decodeTopologyFile(text);
        encodeTopologyFile(file);
        topologyOfFile(file, 0);
      },
      errors: [DecodeError, ProtocolError],
    }),
    fuzzTarget({
      name: "topology and routes",
      draw(random) {
        const changed = random.below(answers.length);
        return answers.map((answer, i) =>
          i === changed ? mutateJson(random, [answer]) : JSON.stringify(answer)
        );
      },
      feed([mixnodes, gateways, rewardedSet]) {
        const topology = assembleTopology({
          mixnodes: decodeSkimmedPage(mixnodes!),
          gateways: decodeSkimmedPage(gateways!),
          rewardedSet: decodeRewardedSet(rewardedSet!),
        });
        for (const { identity } of topology.gateways.values()) {
          pickRoute(topology, identity, (length) => new Uint8Array(length));
        }
      },
      errors: [DecodeError, ProtocolError],
    }),
  ];
}
