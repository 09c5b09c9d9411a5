import { UsageError } from "../../errors.ts";
import type { ClientConfig } from "../config.ts";
import { decodeConfig, readConfigText } from "../config_read.ts";
import { formatConfig } from "../config_template.ts";
import { readKeys } from "../keys.ts";
import {
  detectLayout,
  type Layout,
  LAYOUT_VERSION,
  type OldLayout,
} from "../layout.ts";
import type { NetworkUrls } from "../network.ts";
import type { HomePaths } from "../paths.ts";
import { isTable, readStrictToml, type TomlTable } from "../toml.ts";
import { type ConfigChange, ConfigEditor } from "./config_editor.ts";
import { migrateConfig, repairPaths } from "./migrate_config.ts";
import {
  oldGateway,
  type OldGateways,
  readOldGateways,
} from "./old_gateways.ts";

/** One thing that an upgrade does. */
export type UpgradeStep =
  | { readonly kind: "setting"; readonly change: ConfigChange }
  /** The old file cannot be edited: a new one is written, without its comments. */
  | { readonly kind: "rewrite"; readonly file: string }
  | { readonly kind: "makeGateways"; readonly file: string }
  | {
    readonly kind: "renewGateways";
    readonly file: string;
    /** Identities of gateways that stay registered. */
    readonly kept: readonly string[];
    /** Identities of gateways whose keys are of a kind that is gone. */
    readonly lost: readonly string[];
  };

/** What an upgrade cannot do by itself. */
export type UpgradeRemainder =
  /** No gateway is left: the client must register, which changes the last part of its address unless it is the same one. */
  | { readonly kind: "register"; readonly gateway: string | undefined }
  /** There are gateways, and none is active. */
  | { readonly kind: "switch"; readonly gateways: readonly string[] }
  /** It was copied from another home, and stays the same client. */
  | { readonly kind: "copy"; readonly of: string }
  /** It was set up to send at once and without cover, which today is asked for at each start. */
  | { readonly kind: "vpnMode" };

/** What an upgrade of a home would do. */
export interface UpgradePlan {
  /** The client's name. */
  readonly id: string;
  /** The versions that wrote the home as it is. */
  readonly from: OldLayout | typeof LAYOUT_VERSION;
  /** The version whose layout it will have. */
  readonly to: typeof LAYOUT_VERSION;
  /** What is to be done, in order; nothing for a home that is up to date. */
  readonly steps: readonly UpgradeStep[];
  /** What remains to be done afterwards. */
  readonly remaining: readonly UpgradeRemainder[];
  /** What the files will be. */
  readonly result: UpgradeResult;
}

/** What the files of a home will be. */
export interface UpgradeResult {
  /** The new `config.toml`; nothing if it stays. */
  readonly config: string | undefined;
  /** The new database of gateways; nothing if it stays. */
  readonly gateways: OldGateways | undefined;
  /** Where the database of gateways is. */
  readonly gatewaysPath: string;
}

/** Options of {@linkcode planUpgrade}. */
export interface PlanUpgradeOptions {
  /** The urls of the network that the home shall be on. @default those of the file, where they can still be used */
  urls?: NetworkUrls | undefined;
}

/**
 * Find out what it takes to bring a home of any version up to date. Nothing is changed.
 *
 * @throws {UsageError} If there is no home, a newer version wrote it, or a file of it is missing or makes no sense.
 * @throws {CryptoError} If key halves do not belong together; exit code 12.
 */
export async function planUpgrade(
  paths: HomePaths,
  options: PlanUpgradeOptions = {},
): Promise<UpgradePlan> {
  const text = await readConfigText(paths.config);
  const table = await readStrictToml(text, paths.config);
  const layout = known(detectLayout(table), paths.config);
  const editor = new ConfigEditor(text, table);
  const copyOf = layout === LAYOUT_VERSION
    ? await repairPaths(editor, paths)
    : await migrateConfig(editor, { layout, paths, urls: options.urls });
  const { config } = decodeConfig(editor.table, paths.config);
  if (layout === LAYOUT_VERSION) assertNetwork(paths, config, options.urls);
  await readKeys(config.storage.keys);
  const edited = await editor.text();
  const gatewaysPath = config.storage.gatewayRegistrations;
  const gateways = await readOldGateways(gatewaysPath);
  const steps: UpgradeStep[] = editor.changes.map((change) => ({
    kind: "setting",
    change,
  }));
  if (edited === undefined) {
    steps.push({ kind: "rewrite", file: paths.config });
  }
  const renewed = gatewayStep(gatewaysPath, gateways);
  if (renewed !== undefined) steps.push(renewed);
  return {
    id: paths.id,
    from: layout,
    to: LAYOUT_VERSION,
    steps,
    remaining: [
      ...remainderOf(gateways, await oldGateway(table, paths.dataDir)),
      ...hadVpnMode(table) ? [{ kind: "vpnMode" } as const] : [],
      ...copyOf === undefined ? [] : [{ kind: "copy", of: copyOf } as const],
    ],
    result: {
      config: editor.changes.length === 0
        ? undefined
        : edited ?? formatConfig(config),
      gateways: renewed && gateways,
      gatewaysPath,
    },
  };
}

/** A home that is up to date has its network with its gateways, which an upgrade leaves alone. */
function assertNetwork(
  { id, config: file }: HomePaths,
  { nymApiUrls }: ClientConfig,
  urls: NetworkUrls | undefined,
): void {
  if (urls === undefined) return;
  if (nymApiUrls.join() === urls.apiUrls.join()) return;
  throw new UsageError(
    `Cannot use --network: home ${id} is of the current layout, and on the network of ${nymApiUrls.join()}`,
    { hint: `Leave it out; what the home is on stands in ${file}` },
  );
}

function known(
  layout: Layout,
  file: string,
): OldLayout | typeof LAYOUT_VERSION {
  switch (layout.kind) {
    case "current":
      return LAYOUT_VERSION;
    case "old":
      return layout.layout;
    case "future":
      throw new UsageError(
        `Cannot upgrade ${file}: nym-client ${layout.version} wrote it, which is newer than this nymwire knows`,
        { hint: "Use a newer nymwire" },
      );
    case "unknown":
      throw new UsageError(
        `Cannot upgrade ${file}: it is not, or not all of, the settings of a nym-client`,
        { hint: "Restore the file from a backup" },
      );
    default:
      return layout satisfies never;
  }
}

function hadVpnMode({ client }: TomlTable): boolean {
  return isTable(client) && client.vpn_mode === true;
}

function gatewayStep(
  file: string,
  { schema, usable, lost }: OldGateways,
): UpgradeStep | undefined {
  switch (schema) {
    case "missing":
    case "empty":
      return { kind: "makeGateways", file };
    case "older": {
      const kept = usable.map(({ id }) => id);
      return { kind: "renewGateways", file, kept, lost };
    }
    default:
      return undefined;
  }
}

function remainderOf(
  { usable, active }: OldGateways,
  old: string | undefined,
): UpgradeRemainder[] {
  if (usable.some(({ id }) => id === active)) return [];
  if (usable.length === 0) {
    return [{ kind: "register", gateway: active ?? old }];
  }
  return [{ kind: "switch", gateways: usable.map(({ id }) => id) }];
}
