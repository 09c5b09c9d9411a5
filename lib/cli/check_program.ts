import { UsageError } from "../errors.ts";
import type { Environment } from "./context.ts";

/** Any of the bits by which a file may be run. */
const EXECUTABLE = 0o111;

/**
 * Look whether there is a program, before anything depends on it. Windows is not asked: it knows more ways to name one.
 *
 * @throws {UsageError} If there is none, or it cannot be run.
 */
export async function checkProgram(
  program: string,
  env: Environment,
): Promise<void> {
  const { PATH: path } = env.toObject();
  if (Deno.build.os === "windows" || path === undefined) return;
  const places = program.includes("/")
    ? [program]
    : path.split(":").map((folder) => `${folder || "."}/${program}`);
  let fault = "there is no such program";
  for (const place of places) {
    let file: Deno.FileInfo;
    try {
      file = await Deno.stat(place);
    } catch {
      continue; // It is not there, or hidden from us: then it could not be run either.
    }
    if (file.isFile && (file.mode! & EXECUTABLE) !== 0) return;
    fault = file.isDirectory ? "it is a folder" : "it is not executable";
  }
  throw new UsageError(`Cannot run ${program}: ${fault}`, {
    hint:
      "Name a program and its arguments; what only a shell knows needs one: sh -c '…'",
  });
}
