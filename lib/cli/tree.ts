import {
  completeLeaf,
  completionsLeaf,
  configShowLeaf,
  helpLeaf,
} from "./definitions/care.ts";
import {
  gatewaysAddLeaf,
  gatewaysListLeaf,
  gatewaysSwitchLeaf,
} from "./definitions/gateways.ts";
import { initLeaf } from "./definitions/init.ts";
import type { Leaf } from "./definitions/leaf.ts";
import { listenLeaf } from "./definitions/listen.ts";
import { networkUpLeaf } from "./definitions/network.ts";
import { pipeLeaf } from "./definitions/pipe.ts";
import {
  pluginCheckLeaf,
  pluginListLeaf,
  pluginNewLeaf,
  pluginTestLeaf,
} from "./definitions/plugin.ts";
import { requestLeaf } from "./definitions/request.ts";
import { runLeaf } from "./definitions/run.ts";
import { sendLeaf } from "./definitions/send.ts";
import { upgradeLeaf } from "./definitions/upgrade.ts";
import { whoamiLeaf } from "./definitions/whoami.ts";

/** A word of the command line: a command, or a group of them. */
export interface Branch {
  readonly name: string;
  /** What help says of it. */
  readonly summary: string;
  /** The heading that help lists it under; what has none is not listed. */
  readonly heading?: string;
  /** Define the command. */
  readonly leaf?: () => Leaf;
  /** The words that may follow. */
  readonly branches?: readonly Branch[];
}

const GATEWAYS = {
  list: {
    summary: "Print the home's gateways, the active one marked",
    leaf: gatewaysListLeaf,
  },
  add: {
    summary: "Register with one more gateway, and use it",
    leaf: gatewaysAddLeaf,
  },
  switch: {
    summary: "Use another of the home's gateways from the next start on",
    leaf: gatewaysSwitchLeaf,
  },
} as const;

/** The official client's names, for scripts that use them. */
const OFFICIAL_NAMES: readonly Branch[] = [
  { name: "list-gateways", ...GATEWAYS.list },
  { name: "add-gateway", ...GATEWAYS.add },
  { name: "switch-gateway", ...GATEWAYS.switch },
];

/** Every word there is, in the order of help. */
export const TREE: readonly Branch[] = [
  {
    name: "send",
    summary: "Send messages",
    heading: "Talk:",
    leaf: sendLeaf,
  },
  {
    name: "listen",
    summary: "Print messages as they arrive",
    heading: "Talk:",
    leaf: listenLeaf,
  },
  {
    name: "request",
    summary: "Ask anonymously and print the answer",
    heading: "Talk:",
    leaf: requestLeaf,
  },
  {
    name: "pipe",
    summary: "A two-way byte stream in order",
    heading: "Talk:",
    leaf: pipeLeaf,
  },
  {
    name: "whoami",
    summary: "Print this client's address",
    heading: "Identity:",
    leaf: whoamiLeaf,
  },
  {
    name: "init",
    summary: "Make a client: keys, a gateway, a home",
    heading: "Client:",
    leaf: initLeaf,
  },
  {
    name: "run",
    summary: "Run the client: its websocket, its traffic",
    heading: "Client:",
    leaf: runLeaf,
  },
  {
    name: "upgrade",
    summary: "Bring a home of an older layout up to date",
    heading: "Client:",
    leaf: upgradeLeaf,
  },
  {
    name: "gateways",
    summary: "The gateways of a client",
    heading: "Client:",
    branches: [
      { name: "list", heading: "Client:", ...GATEWAYS.list },
      { name: "add", heading: "Client:", ...GATEWAYS.add },
      { name: "switch", heading: "Client:", ...GATEWAYS.switch },
      ...OFFICIAL_NAMES,
    ],
  },
  {
    name: "network",
    summary: "The embedded mixnet on loopback",
    heading: "Network:",
    branches: [{
      name: "up",
      summary: "Start a directory, mix nodes and gateways",
      heading: "Network:",
      leaf: networkUpLeaf,
    }],
  },
  {
    name: "plugin",
    summary: "Plugins: new, check, test, list",
    heading: "Extend:",
    branches: [
      {
        name: "new",
        summary: "Write a plugin to start from",
        heading: "Extend:",
        leaf: pluginNewLeaf,
      },
      {
        name: "check",
        summary: "Say what a plugin asks for, and whether it can be used",
        heading: "Extend:",
        leaf: pluginCheckLeaf,
      },
      {
        name: "test",
        summary: "Run a plugin's cases",
        heading: "Extend:",
        leaf: pluginTestLeaf,
      },
      {
        name: "list",
        summary: "Print the plugins that commands would use",
        heading: "Extend:",
        leaf: pluginListLeaf,
      },
    ],
  },
  {
    name: "config",
    summary: "Settings and where they come from",
    heading: "Care:",
    branches: [{
      name: "show",
      summary: "Print every setting and where it comes from",
      heading: "Care:",
      leaf: configShowLeaf,
    }],
  },
  {
    name: "completions",
    summary: "Print a script that completes our words in a shell",
    heading: "Care:",
    leaf: completionsLeaf,
  },
  {
    name: "help",
    summary: "Explain a command or a topic",
    heading: "Care:",
    leaf: helpLeaf,
  },
  ...OFFICIAL_NAMES,
  {
    name: "complete",
    summary: "Suggest words for a shell",
    leaf: completeLeaf,
  },
];
