import { type DebugConfig, DEFAULT_DEBUG } from "./debug.ts";
import {
  DEBUG_SECTIONS,
  type DebugKind,
  kindsOf,
  snakeCase,
} from "./debug_keys.ts";
import { formatDuration } from "./duration.ts";

type Values = Record<string, unknown>;

/** One setting of `[debug]`. */
export interface DebugSetting {
  /** Its full key in the file. */
  readonly path: string;
  /** Its section as the file spells it. */
  readonly section: string;
  /** Its key as the file spells it. */
  readonly key: string;
  /** Its value as the file would spell it; nothing for a setting that is not set. */
  readonly value: string | undefined;
  /** Whether the value is the built-in one. */
  readonly isDefault: boolean;
}

/** All settings of `[debug]` in the order of the file, with their values as the file would spell them. */
export function listDebug(debug: DebugConfig): DebugSetting[] {
  return DEBUG_SECTIONS.flatMap((section) =>
    kindsOf(section).map(([name, kind]) => {
      const value = (debug[section] as unknown as Values)[name];
      const builtIn = (DEFAULT_DEBUG[section] as unknown as Values)[name];
      return {
        path: `debug.${snakeCase(section)}.${snakeCase(name)}`,
        section: snakeCase(section),
        key: snakeCase(name),
        value: write(kind, value),
        isDefault: value === builtIn,
      };
    })
  );
}

/** Milliseconds as `{ secs, nanos }`. */
export function secsOf(milliseconds: number): { secs: number; nanos: number } {
  const nanos = Math.round(milliseconds * 1e6);
  return { secs: Math.floor(nanos / 1e9), nanos: nanos % 1e9 };
}

function write(kind: DebugKind, value: unknown): string | undefined {
  if (kind === "address") return `'${value ?? ""}'`;
  if (value === undefined) return undefined;
  switch (kind) {
    case "duration":
      return `'${formatDuration(value as number)}'`;
    case "secs": {
      const { secs, nanos } = secsOf(value as number);
      return `{ secs = ${secs}, nanos = ${nanos} }`;
    }
    case "packetSize":
    case "packetType":
    case "sessionType":
      return `'${value}'`;
    case "number":
      return Number.isInteger(value) ? `${value}.0` : String(value);
    default:
      return String(value);
  }
}
