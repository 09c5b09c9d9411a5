/** What keeps a file from being used, in words of ours. */
export function fileFault(cause: unknown): string {
  const { errors } = Deno;
  if (cause instanceof errors.NotFound) return "it is missing";
  if (cause instanceof errors.PermissionDenied) return "not permitted";
  if (cause instanceof errors.IsADirectory) return "it is a folder";
  if (cause instanceof errors.NotADirectory) {
    return "a part of its path is no folder";
  }
  if (cause instanceof errors.AlreadyExists) return "it exists";
  const text = cause instanceof Error ? cause.message : String(cause);
  // The system's own words without its number, and without what the runtime was doing.
  const [said = text] = text.split(/ \(os error \d+\)/);
  return said.slice(0, 1).toLowerCase() + said.slice(1);
}

/** Why a program could not be started, likewise. */
export function programFault(cause: unknown): string {
  return cause instanceof Deno.errors.NotFound
    ? "there is no such program"
    : fileFault(cause);
}

/** The file that an error of the runtime is about, if it says so. */
export function fileOf(cause: unknown): string | undefined {
  const text = cause instanceof Error ? cause.message : "";
  return /^.* \(os error \d+\)[^']*'(.*)'$/s.exec(text)?.[1];
}
