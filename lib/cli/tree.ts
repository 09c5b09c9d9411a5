import type { CommandUnknownOpts } from "commander";
import type { Command } from "./command.ts";
import * as care from "./definitions/care.ts";
import * as gateways from "./definitions/gateways.ts";
import { defineInit } from "./definitions/init.ts";
import { legacyGiven } from "./definitions/legacy.ts";
import { checkListen, defineListen } from "./definitions/listen.ts";
import { defineNetworkUp } from "./definitions/network.ts";
import { checkPipe, definePipe } from "./definitions/pipe.ts";
import { checkRequest, defineRequest } from "./definitions/request.ts";
import { checkRun, defineRun } from "./definitions/run.ts";
import { checkSend, defineSend } from "./definitions/send.ts";
import { checkWhoami, defineWhoami } from "./definitions/whoami.ts";

/** A command's definition, and how its object is made from the values of its options. */
export interface Leaf {
  readonly definition: CommandUnknownOpts;
  make(): Command;
  /**
   * Refuse combinations of flags without meaning.
   *
   * @throws {UsageError}
   */
  check(): void;
}

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

/** Every word there is, in the order of help. */
export const TREE: readonly Branch[] = [
  {
    name: "send",
    summary: "Send messages",
    heading: "Talk:",
    leaf: () => {
      const send = defineSend();
      return leaf(
        send,
        () => ({ kind: "send", text: send.processedArgs[0], ...send.opts() }),
        checkSend,
      );
    },
  },
  {
    name: "listen",
    summary: "Print messages as they arrive",
    heading: "Talk:",
    leaf: () => {
      const listen = defineListen();
      return leaf(
        listen,
        () => ({ kind: "listen", ...listen.opts() }),
        checkListen,
      );
    },
  },
  {
    name: "request",
    summary: "Ask anonymously and print the answer",
    heading: "Talk:",
    leaf: () => {
      const request = defineRequest();
      return leaf(
        request,
        () => ({
          kind: "request",
          text: request.processedArgs[0],
          ...request.opts(),
        }),
        checkRequest,
      );
    },
  },
  {
    name: "pipe",
    summary: "A two-way byte stream in order",
    heading: "Talk:",
    leaf: () => {
      const pipe = definePipe();
      return leaf(
        pipe,
        () => ({ kind: "pipe", input: pipe.processedArgs[0], ...pipe.opts() }),
        checkPipe,
      );
    },
  },
  {
    name: "whoami",
    summary: "Print this client's address",
    heading: "Identity:",
    leaf: () => {
      const whoami = defineWhoami();
      return leaf(
        whoami,
        () => ({ kind: "whoami", ...whoami.opts() }),
        checkWhoami,
      );
    },
  },
  {
    name: "init",
    summary: "Make a client: keys, a gateway, a home",
    heading: "Client:",
    leaf: () => {
      const init = defineInit();
      return leaf(init, () => ({
        kind: "init",
        legacy: legacyGiven(init, "init"),
        ...init.opts(),
      }));
    },
  },
  {
    name: "run",
    summary: "Run the client: its websocket, its traffic",
    heading: "Client:",
    leaf: () => {
      const run = defineRun();
      return leaf(
        run,
        () => ({ kind: "run", legacy: legacyGiven(run, "run"), ...run.opts() }),
        checkRun,
      );
    },
  },
  {
    name: "gateways",
    summary: "The gateways of a client",
    heading: "Client:",
    branches: [
      gatewaysList("list", "Client:"),
      gatewaysAdd("add", "Client:"),
      gatewaysSwitch("switch", "Client:"),
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
      leaf: () => {
        const up = defineNetworkUp();
        return leaf(up, () => ({
          kind: "network up",
          command: up.processedArgs[0],
          ...up.opts(),
        }));
      },
    }],
  },
  {
    name: "config",
    summary: "Settings and where they come from",
    heading: "Care:",
    branches: [{
      name: "show",
      summary: "Print every setting and where it comes from",
      heading: "Care:",
      leaf: () => {
        const show = care.defineConfigShow();
        return leaf(show, () => ({
          kind: "config show",
          given: flagsOf(show),
          ...show.opts(),
        }));
      },
    }],
  },
  {
    name: "completions",
    summary: "Print a script that completes our words in a shell",
    heading: "Care:",
    leaf: () => {
      const completions = care.defineCompletions();
      return leaf(completions, () => ({
        kind: "completions",
        shell: completions.processedArgs[0],
        ...completions.opts(),
      }));
    },
  },
  {
    name: "help",
    summary: "Explain a command or a topic",
    heading: "Care:",
    leaf: () => {
      const help = care.defineHelp();
      return leaf(
        help,
        () => ({ kind: "help", topic: help.processedArgs[0], ...help.opts() }),
      );
    },
  },
  // The official client's names, for scripts that use them.
  gatewaysList("list-gateways"),
  gatewaysAdd("add-gateway"),
  gatewaysSwitch("switch-gateway"),
  {
    name: "complete",
    summary: "Suggest words for a shell",
    leaf: () => {
      const complete = care.defineComplete();
      return leaf(complete, () => ({
        kind: "complete",
        words: complete.processedArgs[0],
        ...complete.opts(),
      }));
    },
  },
];

function gatewaysList(name: string, heading?: string): Branch {
  return branch(
    name,
    "Print the home's gateways, the active one marked",
    heading,
    () => {
      const list = gateways.defineGatewaysList();
      return leaf(list, () => ({ kind: "gateways list", ...list.opts() }));
    },
  );
}

function gatewaysAdd(name: string, heading?: string): Branch {
  return branch(
    name,
    "Register with one more gateway, and use it",
    heading,
    () => {
      const add = gateways.defineGatewaysAdd();
      return leaf(add, () => ({
        kind: "gateways add",
        identity: add.processedArgs[0],
        ...add.opts(),
      }));
    },
  );
}

function gatewaysSwitch(name: string, heading?: string): Branch {
  return branch(
    name,
    "Use another of the home's gateways from the next start on",
    heading,
    () => {
      const change = gateways.defineGatewaysSwitch();
      return leaf(change, () => ({
        kind: "gateways switch",
        identity: change.processedArgs[0],
        ...change.opts(),
      }));
    },
  );
}

function branch(
  name: string,
  summary: string,
  heading: string | undefined,
  leaf: () => Leaf,
): Branch {
  return { name, summary, leaf, ...(heading ? { heading } : {}) };
}

/** The options that were given as flags, before or after the command's name. */
function flagsOf(command: CommandUnknownOpts): string[] {
  return command.options.map((option) => option.attributeName())
    .filter((name) => command.getOptionValueSource(name) === "cli");
}

function leaf<C extends Command>(
  definition: CommandUnknownOpts,
  make: () => C,
  check: (command: C) => void = () => {},
): Leaf {
  return { definition, make, check: () => check(make()) };
}
