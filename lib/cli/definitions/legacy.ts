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

/** What the official client calls `--json`. */
export function outputOption() {
  return new Option("-o, --output <format>", "as --json").hideHelp()
    .choices(["text", "json"] as const);
}

/** What the official client calls its network. */
const NETWORK_WORDS: readonly string[] = [
  "--nym-apis <urls>",
  "--api_validators <urls>",
  "--custom-mixnet <file>",
  "-c, --config-env-file <file>",
];

/** Let a command understand what the official client calls its network: hidden from help, read by {@linkcode officialNetwork}. */
export function networkWords<C extends Pick<CommandUnknownOpts, "addOption">>(
  command: C,
): C {
  const options = NETWORK_WORDS.map((flags) =>
    new Option(flags, "as --network").hideHelp()
  );
  const names = options.map((option) => option.attributeName());
  for (const option of options) {
    const others = names.filter((name) => name !== option.attributeName());
    command.addOption(
      option.conflicts(["network", "local", "upstream", ...others]),
    );
  }
  return command;
}

/** The network that was named in one of those words. */
export function officialNetwork(
  command: CommandUnknownOpts,
): string | undefined {
  return command.options.filter(({ flags }) => NETWORK_WORDS.includes(flags))
    .map((option) => command.getOptionValue(option.attributeName()))
    .find((value) => typeof value === "string");
}

/** What the official client's words for the network and for `--json` mean in ours. */
export function officialWords(
  command: CommandUnknownOpts,
  output: "text" | "json" | undefined,
): { network?: string; json?: true } {
  const network = officialNetwork(command);
  return {
    ...(network === undefined ? {} : { network }),
    ...(output === "json" ? { json: true } : {}),
  };
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
