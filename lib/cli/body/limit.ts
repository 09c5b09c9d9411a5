import { EXIT, UsageError } from "../../errors.ts";

/** The largest message that is read into memory, in bytes: the most that a client's websocket takes in one frame. */
export const MAX_MESSAGE_SIZE = 64 * 1024 * 1024;

/** The error for a message that is larger. */
export function tooLarge(what: string): UsageError {
  return new UsageError(
    `Cannot send ${what}: need at most ${MAX_MESSAGE_SIZE} bytes, have more`,
    {
      exitCode: EXIT.refused,
      hint: "Cut it with --split, or use several files",
      mayArrive: false,
    },
  );
}
