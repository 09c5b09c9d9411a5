import { Option } from "commander";
import { anyCommand, networkOption } from "./common.ts";
import type { Parsed } from "./parsed.ts";
import { type Leaf, leaf } from "./leaf.ts";

/** Define `upgrade`. */
export function defineUpgrade() {
  return anyCommand("upgrade")
    .option("--check", "say whether there is something to do: exit code 10")
    .addOption(
      new Option("--dry-run", "say what would be done").conflicts(["check"]),
    )
    .addOption(
      new Option("--rollback", "undo the last upgrade")
        .conflicts(["check", "dryRun", "network"]),
    )
    .addOption(
      networkOption("the network that the client shall be on", "the home's"),
    );
}

/** The command `upgrade`, as parsed. */
export type UpgradeCommand = Parsed<"upgrade", typeof defineUpgrade>;

/** `upgrade`, from its words to its object. */
export function upgradeLeaf(): Leaf {
  const upgrade = defineUpgrade();
  return leaf(upgrade, () => ({ kind: "upgrade", ...upgrade.opts() }));
}
