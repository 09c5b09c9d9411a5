import type { DebugConfig } from "./debug.ts";

/** How a setting is written: a duration as text, or, in two places, as `{ secs, nanos }`. */
export type DebugKind =
  | "duration"
  | "secs"
  | "boolean"
  | "number"
  | "u8"
  | "u32"
  | "count"
  | "packetSize"
  | "packetType"
  | "address"
  | "sessionType";

/** Each setting of `[debug]` by section. A section that is `open` lets unknown keys pass; a `whole` one needs all its keys. */
const SECTIONS: {
  readonly [S in keyof DebugConfig]: {
    readonly keys: { readonly [K in keyof DebugConfig[S]]: DebugKind };
    readonly open?: true;
    readonly whole?: true;
  };
} = {
  traffic: {
    keys: {
      averagePacketDelay: "secs",
      messageSendingAverageDelay: "secs",
      disableMainPoissonPacketDistribution: "boolean",
      deterministicRouteSelection: "boolean",
      maximumNumberOfRetransmissions: "u32",
      primaryPacketSize: "packetSize",
      secondaryPacketSize: "packetSize",
      useLegacySphinxFormat: "boolean",
      packetType: "packetType",
      disableMixHops: "boolean",
    },
  },
  coverTraffic: {
    keys: {
      loopCoverTrafficAverageDelay: "duration",
      coverTrafficPrimarySizeRatio: "number",
      disableLoopCoverTrafficStream: "boolean",
    },
  },
  gatewayConnection: { keys: { gatewayResponseTimeout: "duration" } },
  acknowledgements: {
    keys: {
      averageAckDelay: "duration",
      ackWaitMultiplier: "number",
      ackWaitAddition: "duration",
    },
  },
  topology: {
    keys: {
      topologyRefreshRate: "duration",
      topologyResolutionTimeout: "duration",
      disableRefreshing: "boolean",
      maxStartupGatewayWaitingPeriod: "duration",
      maxStartupNetworkWaitingPeriod: "duration",
      minimumMixnodePerformance: "u8",
      minimumGatewayPerformance: "u8",
      useExtendedTopology: "boolean",
      ignoreEgressEpochRole: "boolean",
      ignoreIngressEpochRole: "boolean",
    },
    open: true,
  },
  replySurbs: {
    keys: {
      minimumReplySurbStorageThreshold: "count",
      maximumReplySurbStorageThreshold: "count",
      minimumReplySurbThresholdBuffer: "count",
      minimumReplySurbRequestSize: "u32",
      maximumReplySurbRequestSize: "u32",
      maximumAllowedReplySurbRequestSize: "u32",
      maximumReplySurbRerequestWaitingPeriod: "duration",
      maximumReplySurbDropWaitingPeriod: "duration",
      maximumReplySurbsRerequests: "count",
      maximumReplyKeyAge: "duration",
      surbMixHops: "u8",
    },
  },
  statsReporting: {
    keys: {
      enabled: "boolean",
      providerAddress: "address",
      reportingInterval: "duration",
    },
  },
  forgetMe: {
    keys: { client: "boolean", stats: "boolean" },
    open: true,
    whole: true,
  },
  rememberMe: {
    keys: { stats: "boolean", sessionType: "sessionType" },
    open: true,
    whole: true,
  },
};

/** The name of a section of `[debug]`. */
export type DebugSection = keyof DebugConfig;

/** The sections of `[debug]`. */
export const DEBUG_SECTIONS = Object.keys(SECTIONS) as DebugSection[];

/** The settings of a section with the way each is written. */
export function kindsOf(section: DebugSection): [string, DebugKind][] {
  return Object.entries(SECTIONS[section].keys);
}

/** What a section asks of its keys: whether unknown ones pass, and whether all of its own must be there. */
export function rulesOf(
  section: DebugSection,
): { readonly open: boolean; readonly whole: boolean } {
  const { open = false, whole = false } = SECTIONS[section];
  return { open, whole };
}

/** A name as TOML files spell it. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
