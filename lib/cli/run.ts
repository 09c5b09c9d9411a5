import type { ExitCode } from "../errors.ts";
import type { Command } from "./command.ts";
import type { CommandContext } from "./context.ts";

/** Run a command; its code is loaded now. */
export async function run(
  command: Command,
  context: CommandContext,
): Promise<ExitCode> {
  switch (command.kind) {
    case "send":
      return (await import("./commands/send.ts")).runSend(command, context);
    case "listen":
      return (await import("./commands/listen.ts")).runListen(command, context);
    case "request":
      return (await import("./commands/request.ts"))
        .runRequest(command, context);
    case "pipe":
      return (await import("./commands/pipe.ts")).runPipe(command, context);
    case "whoami":
      return (await import("./commands/whoami.ts")).runWhoami(command, context);
    case "completions":
      return (await import("./commands/completions.ts"))
        .runCompletions(command, context);
    case "complete":
      return (await import("./commands/completions.ts"))
        .runComplete(command, context);
    case "help":
      return (await import("./commands/help.ts")).runHelp(command, context);
    case "network up":
      return (await import("./commands/network.ts"))
        .runNetworkUp(command, context);
    case "init":
      return (await import("./commands/init.ts")).runInit(command, context);
    case "run":
      return (await import("./commands/run.ts")).runRun(command, context);
    case "config show":
      return (await import("./commands/config_show.ts"))
        .runConfigShow(command, context);
    case "upgrade":
      return (await import("./commands/upgrade.ts"))
        .runUpgrade(command, context);
    case "gateways list":
      return (await import("./commands/gateways_list.ts"))
        .runGatewaysList(command, context);
    case "gateways add":
      return (await import("./commands/gateways_change.ts"))
        .runGatewaysAdd(command, context);
    case "gateways switch":
      return (await import("./commands/gateways_change.ts"))
        .runGatewaysSwitch(command, context);
    case "plugin new":
      return (await import("./commands/plugin.ts"))
        .runPluginNew(command, context);
    case "plugin check":
      return (await import("./commands/plugin.ts"))
        .runPluginCheck(command, context);
    case "plugin test":
      return (await import("./commands/plugin.ts"))
        .runPluginTest(command, context);
    case "plugin list":
      return (await import("./commands/plugin.ts"))
        .runPluginList(command, context);
    default:
      return command satisfies never;
  }
}
