import type { CommandUnknownOpts } from "commander";
import type { Command } from "./command.ts";
import * as care from "./definitions/care.ts";
import { anyCommand, COMMON_GROUP } from "./definitions/common.ts";
import * as gateways from "./definitions/gateways.ts";
import { defineInit } from "./definitions/init.ts";
import { legacyGiven } from "./definitions/legacy.ts";
import { checkListen, defineListen } from "./definitions/listen.ts";
import { defineNetwork, defineNetworkUp } from "./definitions/network.ts";
import { checkRequest, defineRequest } from "./definitions/request.ts";
import { checkRun, defineRun } from "./definitions/run.ts";
import { checkSend, defineSend } from "./definitions/send.ts";
import { checkWhoami, defineWhoami } from "./definitions/whoami.ts";
import { examplesText } from "./examples.ts";

/** The group of commands that help does not show. */
const HIDDEN = "Hidden:";

/** A command that was named, not yet complete. */
export interface Found {
  /** Its definition, holding the values of its options. */
  readonly leaf: CommandUnknownOpts;
  /** Make its object from the values as they are now. */
  make(): Command;
  /**
   * Refuse combinations of flags without meaning.
   *
   * @throws {UsageError}
   */
  check(): void;
}

/** What {@linkcode buildProgram} needs. */
export interface ProgramOptions {
  /** What `--version` prints. */
  readonly version: string;
  /** How wide help may be. @default 80 */
  readonly columns?: number | undefined;
  /** Takes the text of help and of the version. */
  write(text: string): void;
  /** Hears which command was named. */
  found(found: Found): void;
}

/** Define the whole command line: every command and option there is, eagerly; what they do is loaded when one runs. */
export function buildProgram(options: ProgramOptions): CommandUnknownOpts {
  const program = anyCommand("nymwire", "Messages over the Nym mixnet");
  configure(program, options);

  const send = add(program, defineSend(), "Talk:");
  on(
    send,
    () => ({ kind: "send", text: send.processedArgs[0], ...send.opts() }),
    checkSend,
  );
  const listen = add(program, defineListen(), "Talk:");
  on(listen, () => ({ kind: "listen", ...listen.opts() }), checkListen);
  const request = add(program, defineRequest(), "Talk:");
  on(
    request,
    () => ({
      kind: "request",
      text: request.processedArgs[0],
      ...request.opts(),
    }),
    checkRequest,
  );

  const whoami = add(program, defineWhoami(), "Identity:");
  on(whoami, () => ({ kind: "whoami", ...whoami.opts() }), checkWhoami);

  const init = add(program, defineInit(), "Client:");
  on(init, () => ({
    kind: "init",
    legacy: legacyGiven(init, "init"),
    ...init.opts(),
  }));
  const run = add(program, defineRun(), "Client:");
  on(
    run,
    () => ({ kind: "run", legacy: legacyGiven(run, "run"), ...run.opts() }),
    checkRun,
  );
  const home = add(program, gateways.defineGateways(), "Client:");
  for (
    const list of [
      add(home, gateways.defineGatewaysList()),
      add(program, gateways.defineGatewaysList("list-gateways"), HIDDEN),
    ]
  ) {
    on(list, () => ({ kind: "gateways list", ...list.opts() }));
  }
  for (
    const more of [
      add(home, gateways.defineGatewaysAdd()),
      add(program, gateways.defineGatewaysAdd("add-gateway"), HIDDEN),
    ]
  ) {
    on(more, () => ({
      kind: "gateways add",
      identity: more.processedArgs[0],
      ...more.opts(),
    }));
  }
  for (
    const other of [
      add(home, gateways.defineGatewaysSwitch()),
      add(program, gateways.defineGatewaysSwitch("switch-gateway"), HIDDEN),
    ]
  ) {
    on(other, () => ({
      kind: "gateways switch",
      identity: other.processedArgs[0],
      ...other.opts(),
    }));
  }

  const network = add(program, defineNetwork(), "Network:");
  const up = add(network, defineNetworkUp());
  on(
    up,
    () => ({ kind: "network up", command: up.processedArgs[0], ...up.opts() }),
  );

  const config = add(program, care.defineConfig(), "Care:");
  const show = add(config, care.defineConfigShow());
  on(show, () => ({ kind: "config show", ...show.opts() }));
  const completions = add(program, care.defineCompletions(), "Care:");
  on(completions, () => ({
    kind: "completions",
    shell: completions.processedArgs[0],
    ...completions.opts(),
  }));
  const help = add(program, care.defineHelp(), "Care:");
  on(
    help,
    () => ({ kind: "help", topic: help.processedArgs[0], ...help.opts() }),
  );
  const complete = add(program, care.defineComplete(), HIDDEN);
  on(
    complete,
    () => ({
      kind: "complete",
      words: complete.processedArgs[0],
      ...complete.opts(),
    }),
  );
  return program;

  function add<C extends CommandUnknownOpts>(
    parent: CommandUnknownOpts,
    command: C,
    group?: string,
  ): C {
    configure(command, options);
    if (group) command.helpGroup(group);
    parent.addCommand(command, { hidden: group === HIDDEN });
    const path = parent === program
      ? command.name()
      : `${parent.name()} ${command.name()}`;
    const examples = examplesText(path);
    if (examples) command.addHelpText("after", examples);
    return command;
  }

  function on<C extends Command>(
    leaf: CommandUnknownOpts,
    make: () => C,
    check: (command: C) => void = () => {},
  ): void {
    leaf.action(() =>
      options.found({ leaf, make, check: () => check(make()) })
    );
  }
}

function configure(
  command: CommandUnknownOpts,
  { version, columns = 80, write }: ProgramOptions,
): void {
  const noHelpCommand = false; // ours knows topics too
  command
    .helpCommand(noHelpCommand)
    .enablePositionalOptions()
    .exitOverride()
    .showSuggestionAfterError()
    .optionsGroup(COMMON_GROUP)
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "explain this command")
    .configureOutput({
      writeOut: write,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => columns,
      getOutHasColors: () => false,
    })
    .configureHelp({
      subcommandTerm: (command) =>
        command.commands.length > 0
          ? `${command.name()} ${
            command.commands.map((sub) => sub.name()).join("|")
          }`
          : command.name(),
      groupItems: commonLast,
    });
}

/** Group help items as commander does, with what every command has at the end. */
function commonLast<T>(
  _unsorted: T[],
  visible: T[],
  groupOf: (item: T) => string,
): Map<string, T[]> {
  const groups = Map.groupBy(visible, groupOf);
  const common = groups.get(COMMON_GROUP);
  if (common) {
    groups.delete(COMMON_GROUP);
    groups.set(COMMON_GROUP, common);
  }
  return groups;
}
