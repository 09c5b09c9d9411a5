import { UsageError } from "../errors.ts";

/**
 * Read `KEY=VALUE` lines as env files of official networks have them: comments and empty lines pass, `export ` in front is
 * fine, quotes around a value go. Of a key given twice the first counts, as in the official client.
 *
 * @throws {UsageError} On any other line, with file and line.
 */
export function parseEnvFile(text: string, file: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*?)\s*$/
      .exec(line);
    const value = match && unquoted(match[2]!);
    if (typeof value !== "string") {
      throw new UsageError(
        `Cannot read ${file}:${index + 1}: need KEY=VALUE`,
        { hint: "Correct the file there" },
      );
    }
    if (!values.has(match![1]!)) values.set(match![1]!, value);
  }
  return values;
}

function unquoted(value: string): string | undefined {
  const quoted = /^(["'])(.*)\1(?:\s+#.*)?$/.exec(value);
  if (quoted !== null) return quoted[2]!;
  if (/^["']/.test(value)) return undefined;
  return value.replace(/(^|\s+)#.*$/, "");
}
