/** The sizes of packets that carry messages, and two that an old setting may name. */
export type ConfiguredPacketSize =
  | "regular"
  | "ack"
  | "extended8"
  | "extended16"
  | "extended32"
  | "outfox_regular"
  | "outfox_ack";

/** How packets are sent. Durations are milliseconds. */
export interface TrafficSettings {
  /** How long a packet waits at each node on average. */
  readonly averagePacketDelay: number;
  /** How long it is from one packet of the main stream to the next on average. */
  readonly messageSendingAverageDelay: number;
  /** Whether the main stream sends what there is at once, and nothing when there is nothing. */
  readonly disableMainPoissonPacketDistribution: boolean;
  /** Whether the packet itself decides its route. */
  readonly deterministicRouteSelection: boolean;
  /** How often a packet is sent again before it is given up; without it, for ever. */
  readonly maximumNumberOfRetransmissions: number | undefined;
  /** The packets that messages are cut into. */
  readonly primaryPacketSize: ConfiguredPacketSize;
  /** Packets to take instead where that makes fewer of them. */
  readonly secondaryPacketSize: ConfiguredPacketSize | undefined;
  /** Whether packets without messages have the older form; those with messages have the newer one regardless. */
  readonly useLegacySphinxFormat: boolean;
  /** The kind of packet. */
  readonly packetType: "mix" | "outfox";
  /** Whether packets go straight from the first gateway to the last: no anonymity at all. */
  readonly disableMixHops: boolean;
}

/** What is sent besides messages, so that nobody sees when there are any. */
export interface CoverTrafficSettings {
  /** How long it is from one packet of the second stream to the next on average. */
  readonly loopCoverTrafficAverageDelay: number;
  /** How much of it has the primary size, where there is a secondary one. */
  readonly coverTrafficPrimarySizeRatio: number;
  /** Whether the second stream is off. */
  readonly disableLoopCoverTrafficStream: boolean;
}

/** How the client speaks with its gateway. */
export interface GatewayConnectionSettings {
  /** How long the gateway may take to answer. */
  readonly gatewayResponseTimeout: number;
}

/** When a packet counts as lost. */
export interface AcknowledgementSettings {
  /** How long an acknowledgement waits at each node on average. */
  readonly averageAckDelay: number;
  /** What the expected time of the way there and back is multiplied by. */
  readonly ackWaitMultiplier: number;
  /** What is added to it. */
  readonly ackWaitAddition: number;
}

/** How the client learns the network. */
export interface TopologySettings {
  /** How often the directory is asked. */
  readonly topologyRefreshRate: number;
  /** How long it may take to answer. */
  readonly topologyResolutionTimeout: number;
  /** Whether it is asked only once. */
  readonly disableRefreshing: boolean;
  /** How long a start waits for the own gateway to come online. */
  readonly maxStartupGatewayWaitingPeriod: number;
  /** How long a start waits for a network that has every layer. */
  readonly maxStartupNetworkWaitingPeriod: number;
  /** The percentage below which a mix node is left out. */
  readonly minimumMixnodePerformance: number;
  /** The percentage below which a gateway is left out. */
  readonly minimumGatewayPerformance: number;
  /** Whether all nodes are taken, not only those of this epoch. */
  readonly useExtendedTopology: boolean;
  /** Whether any gateway may be the last hop, not only those of this epoch. */
  readonly ignoreEgressEpochRole: boolean;
  /** Whether any gateway may be the first hop, not only those of this epoch. */
  readonly ignoreIngressEpochRole: boolean;
}

/** When reply blocks are asked for, and how many. */
export interface ReplySurbSettings {
  /** How many are kept back to ask for more. */
  readonly minimumReplySurbStorageThreshold: number;
  /** How many are kept at most. */
  readonly maximumReplySurbStorageThreshold: number;
  /** How many more than needed are kept. */
  readonly minimumReplySurbThresholdBuffer: number;
  /** How many are asked for at least. */
  readonly minimumReplySurbRequestSize: number;
  /** How many are asked for at most. */
  readonly maximumReplySurbRequestSize: number;
  /** How many others may ask us for at once. */
  readonly maximumAllowedReplySurbRequestSize: number;
  /** How long to wait for them before asking again. */
  readonly maximumReplySurbRerequestWaitingPeriod: number;
  /** How long to wait for them before what needs them is given up. */
  readonly maximumReplySurbDropWaitingPeriod: number;
  /** How often to ask again. */
  readonly maximumReplySurbsRerequests: number;
  /** How long the keys of blocks that we gave away are kept. */
  readonly maximumReplyKeyAge: number;
  /** Nodes between the gateways of a reply; not used by anyone. */
  readonly surbMixHops: number | undefined;
}

/** What the official client reports to its makers; ours reports nothing and keeps the setting as it is. */
export interface StatsReportingSettings {
  /** Whether it reports. */
  readonly enabled: boolean;
  /** Where to, as an address. */
  readonly providerAddress: string | undefined;
  /** How often. */
  readonly reportingInterval: number;
}

/** What the gateway is asked to forget when the client stops. */
export interface ForgetMeSettings {
  /** The client. */
  readonly client: boolean;
  /** Its numbers. */
  readonly stats: boolean;
}

/** What the gateway is asked to count. */
export interface RememberMeSettings {
  /** Whether it counts. */
  readonly stats: boolean;
  /** What the session counts as. */
  readonly sessionType: string;
}

/** Everything under `[debug]` of a client's `config.toml`. */
export interface DebugConfig {
  /** How packets are sent. */
  readonly traffic: TrafficSettings;
  /** What is sent besides messages. */
  readonly coverTraffic: CoverTrafficSettings;
  /** How the client speaks with its gateway. */
  readonly gatewayConnection: GatewayConnectionSettings;
  /** When a packet counts as lost. */
  readonly acknowledgements: AcknowledgementSettings;
  /** How the client learns the network. */
  readonly topology: TopologySettings;
  /** When reply blocks are asked for. */
  readonly replySurbs: ReplySurbSettings;
  /** What the official client reports. */
  readonly statsReporting: StatsReportingSettings;
  /** What the gateway forgets. */
  readonly forgetMe: ForgetMeSettings;
  /** What the gateway counts. */
  readonly rememberMe: RememberMeSettings;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The values that hold where `config.toml` says nothing (nymtech/nym, `common/client-core/config-types`). */
export const DEFAULT_DEBUG: DebugConfig = {
  traffic: {
    averagePacketDelay: 15,
    messageSendingAverageDelay: 20,
    disableMainPoissonPacketDistribution: false,
    deterministicRouteSelection: false,
    maximumNumberOfRetransmissions: undefined,
    primaryPacketSize: "regular",
    secondaryPacketSize: undefined,
    useLegacySphinxFormat: true,
    packetType: "mix",
    disableMixHops: false,
  },
  coverTraffic: {
    loopCoverTrafficAverageDelay: 200,
    coverTrafficPrimarySizeRatio: 0.7,
    disableLoopCoverTrafficStream: false,
  },
  gatewayConnection: { gatewayResponseTimeout: 5 * MINUTE },
  acknowledgements: {
    averageAckDelay: 15,
    ackWaitMultiplier: 1.5,
    ackWaitAddition: 1500,
  },
  topology: {
    topologyRefreshRate: 5 * MINUTE,
    topologyResolutionTimeout: 5 * SECOND,
    disableRefreshing: false,
    maxStartupGatewayWaitingPeriod: 70 * MINUTE,
    maxStartupNetworkWaitingPeriod: 70 * MINUTE,
    minimumMixnodePerformance: 50,
    minimumGatewayPerformance: 50,
    useExtendedTopology: false,
    ignoreEgressEpochRole: true,
    ignoreIngressEpochRole: true,
  },
  replySurbs: {
    minimumReplySurbStorageThreshold: 10,
    maximumReplySurbStorageThreshold: 200,
    minimumReplySurbThresholdBuffer: 0,
    minimumReplySurbRequestSize: 10,
    maximumReplySurbRequestSize: 50,
    maximumAllowedReplySurbRequestSize: 500,
    maximumReplySurbRerequestWaitingPeriod: 10 * SECOND,
    maximumReplySurbDropWaitingPeriod: 5 * MINUTE,
    maximumReplySurbsRerequests: 5,
    maximumReplyKeyAge: 24 * HOUR,
    surbMixHops: undefined,
  },
  statsReporting: {
    enabled: true,
    providerAddress: undefined,
    reportingInterval: 5 * MINUTE,
  },
  forgetMe: { client: false, stats: false },
  rememberMe: { stats: false, sessionType: "Unknown" },
};
