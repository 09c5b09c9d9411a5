import { fileURLToPath } from "node:url";
import { UsageError } from "../../errors.ts";
import { PLUGINS_FOLDER } from "../../plugin/program_folder.ts";

/** The plugins that come with us, by the bare words that name them. */
export const SHIPPED: readonly string[] = [
  "archive",
  "chat",
  "dedupe",
  "echo",
  "exec",
  "file_drop",
  "gzip",
  "http_fetch",
  "tx_broadcast",
  "webhook",
];

/** Whether a plugin is named, and not a file. */
export function isBareName(file: string): boolean {
  return /^[\w-]+$/.test(file);
}

/**
 * The file of a plugin: a bare word is one of those that come with us.
 *
 * @throws {UsageError} If there is none of that name, naming those that there are.
 */
export function shippedOr(file: string): string {
  if (!isBareName(file)) return file;
  const place = placeOf(file);
  if (place !== undefined && SHIPPED.includes(file)) return place;
  throw new UsageError(
    `Cannot load plugin ${file}: there is no ${place ?? `plugins/${file}.ts`}`,
    {
      hint: `Choose from ${
        SHIPPED.join(", ")
      }, or write the path of a file of yours: ./${file}.ts`,
    },
  );
}

/** The path that a plugin of ours has; nothing where we did not come as files. */
function placeOf(name: string): string | undefined {
  const place = new URL(`${name}.ts`, PLUGINS_FOLDER);
  return place.protocol === "file:" ? fileURLToPath(place) : undefined;
}
