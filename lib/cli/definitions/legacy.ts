import { type CommandUnknownOpts, Option } from "commander";

/** What old versions of the official client understood and what means nothing here, by command; with a value or without. */
const LEGACY = {
  init: [
    "--eth_endpoint <value>",
    "--eth_private_key <value>",
    "--enabled-credentials-mode [value]",
    "--validators <value>",
    "--mixnet-contract <value>",
    "--nyxd-urls <value>",
    "--nyxd_validators <value>",
    "--vpn-mode",
    "--force-register-gateway",
    "--minimum-gateway-performance <value>",
    "--stats-reporting-address <value>",
    "--forget-me",
    "--no-banner",
  ],
  run: [
    "--eth_endpoint <value>",
    "--eth_private_key <value>",
    "--enabled-credentials-mode [value]",
    "--validators <value>",
    "--mixnet-contract <value>",
    "--nyxd-urls <value>",
    "--nyxd_validators <value>",
    "--gateway <value>",
    "--vpn-mode",
    "--stats-reporting-address <value>",
    "--forget-me",
    "--no-banner",
  ],
} as const;

/** Let a command accept what old versions understood: hidden from help, and ignored. Values are not kept: one is a private key. */
export function legacyOptions<C extends Pick<CommandUnknownOpts, "addOption">>(
  command: C,
  kind: keyof typeof LEGACY,
): C {
  for (const flags of LEGACY[kind]) {
    command.addOption(
      new Option(flags, "from older versions: ignored").hideHelp()
        .argParser(() => true),
    );
  }
  return command;
}

/** The flags of old versions that were given. */
export function legacyGiven(
  command: CommandUnknownOpts,
  kind: keyof typeof LEGACY,
): string[] {
  const flags: readonly string[] = LEGACY[kind];
  return command.options.filter((option) =>
    flags.includes(option.flags) &&
    command.getOptionValueSource(option.attributeName()) === "cli"
  ).map((option) => option.long!);
}
