import type {
  CompleteCommand,
  CompletionsCommand,
  ConfigShowCommand,
  HelpCommand,
} from "./definitions/care.ts";
import type {
  GatewaysAddCommand,
  GatewaysListCommand,
  GatewaysSwitchCommand,
} from "./definitions/gateways.ts";
import type { InitCommand } from "./definitions/init.ts";
import type { ListenCommand } from "./definitions/listen.ts";
import type { NetworkUpCommand } from "./definitions/network.ts";
import type { PipeCommand } from "./definitions/pipe.ts";
import type {
  PluginCheckCommand,
  PluginListCommand,
  PluginNewCommand,
  PluginTestCommand,
} from "./definitions/plugin.ts";
import type { RequestCommand } from "./definitions/request.ts";
import type { RunCommand } from "./definitions/run.ts";
import type { SendCommand } from "./definitions/send.ts";
import type { UpgradeCommand } from "./definitions/upgrade.ts";
import type { WhoamiCommand } from "./definitions/whoami.ts";

/** Every command, as parsed. */
export type Command =
  | SendCommand
  | ListenCommand
  | RequestCommand
  | PipeCommand
  | WhoamiCommand
  | InitCommand
  | RunCommand
  | UpgradeCommand
  | GatewaysListCommand
  | GatewaysAddCommand
  | GatewaysSwitchCommand
  | NetworkUpCommand
  | PluginNewCommand
  | PluginCheckCommand
  | PluginTestCommand
  | PluginListCommand
  | ConfigShowCommand
  | CompletionsCommand
  | HelpCommand
  | CompleteCommand;

/** The options that every command understands. */
export type CommonOptions = Pick<
  HelpCommand,
  "id" | "json" | "quiet" | "verbose" | "color" | "logAddresses"
>;
