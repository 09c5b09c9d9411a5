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

/** The error of a plugin that is not there. */
export function noSuchPlugin(file: string): PluginError {
  return cannotLoad(file, "there is no such file", {
    hint: "Check the path; make a new plugin with: nymwire plugin new NAME",
  });
}

/** The error of a plugin that is something else than a file. */
export function noFile(file: string): PluginError {
  return cannotLoad(file, "it is no file", {
    hint: "Name the file of the plugin itself",
  });
}

/** What to do about an option of a plugin, one of those that it has or any. */
export function howToSet(
  { name }: { readonly name: string },
  option = "OPTION",
): string {
  return `Set it with --set ${name}.${option}=VALUE, or set = { ${option} = … } in its [[plugin]] of the settings`;
}

/** Options of {@linkcode pluginFailed}. */
export interface PluginFailedOptions {
  /** What to do about it. @default "Try it with: nymwire plugin test FILE" */
  readonly hint?: string | undefined;
  /** What led to it. */
  readonly cause?: unknown;
}

/** What is wrong with a message that a plugin handled badly. */
export function pluginFailed(
  { name, file }: { readonly name: string; readonly file: string },
  problem: string,
  options: PluginFailedOptions = {},
): PluginError {
  const { hint = `Try it with: nymwire plugin test ${file}`, cause } = options;
  return new PluginError(`Cannot handle a message: ${name} ${problem}`, {
    hint,
    cause,
    exitCode: EXIT.plugin,
  });
}

/** What is wrong with a hook that threw, or returned what is no verdict. */
export function hookFailed(
  spec: { readonly name: string; readonly file: string },
  hook: string,
  problem: string,
  options: PluginFailedOptions,
): PluginError {
  if (!problem.startsWith("returned ")) {
    return pluginFailed(spec, `failed in ${hook}: ${problem}`, options);
  }
  return pluginFailed(spec, `${problem} (${hook})`, {
    ...options,
    hint:
      'Return nothing, or an object whose kind is "keep", "drop", "replace", "emit" or "stop"',
  });
}
