import type { ConfigChange } from "./config_editor.ts";
import type { UpgradeRemainder, UpgradeStep } from "./plan.ts";
import { shellWord } from "../shell_word.ts";

/** Say what a step does, in a sentence for people. */
export function describeStep(step: UpgradeStep): string {
  switch (step.kind) {
    case "setting":
      return describeChange(step.change);
    case "rewrite":
      return `write ${step.file} anew; its comments are in the backup alone`;
    case "makeGateways":
      return `make ${step.file}: no gateway is registered yet`;
    case "renewGateways": {
      const { file, kept, lost } = step;
      return `renew ${file}: ${kept.length} of ${
        kept.length + lost.length
      } gateways stay registered${
        lost.length === 0
          ? ""
          : `, the keys of ${lost.join(", ")} are of a kind that is gone`
      }`;
    }
    default:
      return step satisfies never;
  }
}

/** Say what remains to be done, and how. */
export function describeRemainder(
  remainder: UpgradeRemainder,
  id: string,
): string {
  switch (remainder.kind) {
    case "register": {
      const { gateway } = remainder;
      const command = `nymwire gateways add --id ${shellWord(id)}`;
      return gateway === undefined
        ? `no gateway is left: register with ${command}; the last part of the address will change`
        : `no gateway is left: register with ${command}; the last part of the address will change, unless the old gateway is still there: ${command} --gateway ${gateway}`;
    }
    case "switch":
      return `no gateway is active: choose one with nymwire gateways switch --id ${
        shellWord(id)
      } ${remainder.gateways.join(" | ")}`;
    case "copy":
      return `this home is a copy of ${remainder.of}: both are the same client, with one address, and must never run at once`;
    case "vpnMode":
      return `vpn mode was on: for something like it, nymwire run --id ${
        shellWord(id)
      } --no-cover`;
    default:
      return remainder satisfies never;
  }
}

function describeChange(change: ConfigChange): string {
  switch (change.kind) {
    case "added":
      return `add ${change.key} = ${change.value}`;
    case "changed":
      return `set ${change.key} = ${change.value} (was ${change.from})`;
    case "moved":
      return `move ${change.key} to ${change.to}`;
    case "removed":
      return `drop ${change.key} (was ${change.from})`;
    default:
      return change satisfies never;
  }
}
