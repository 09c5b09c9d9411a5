import { EXIT, type ExitCode, PluginError } from "../errors.ts";

/** Options of {@linkcode cannotLoad}. */
export interface CannotLoadOptions {
  /** What to do about it. @default "Check it with: nymwire plugin check FILE" */
  readonly hint?: string | undefined;
  /** What led to it. */
  readonly cause?: unknown;
  /** @default EXIT.usage */
  readonly exitCode?: ExitCode | undefined;
}

/** The error of a plugin that cannot be used as it is: the user or its author has something to do. */
export function cannotLoad(
  file: string,
  problem: string,
  options: CannotLoadOptions = {},
): PluginError {
  const {
    hint = `Check it with: nymwire plugin check ${file}`,
    cause,
    exitCode = EXIT.usage,
  } = options;
  return new PluginError(`Cannot load plugin ${file}: ${problem}`, {
    hint,
    cause,
    exitCode,
  });
}

/** What to do about an option of a plugin, one of those that it has or any. */
export function howToSet(
  { name }: { readonly name: string },
  option = "OPTION",
): string {
  return `Set it with --set ${name}.${option}=VALUE, or set = { ${option} = … } in its [[plugin]] of the settings`;
}

/** What is wrong with a message that a plugin handled badly. */
export function pluginFailed(
  name: string,
  problem: string,
  options: { hint?: string | undefined; cause?: unknown } = {},
): PluginError {
  const { hint = `Try it with: nymwire plugin test`, cause } = options;
  return new PluginError(`Cannot handle a message: ${name} ${problem}`, {
    hint,
    cause,
    exitCode: EXIT.plugin,
  });
}
