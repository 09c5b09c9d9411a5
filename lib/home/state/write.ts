import { EXIT, NymError } from "../../errors.ts";
import { type DatabaseSync, durably, transaction } from "../sqlite.ts";

/**
 * Change the state, all or nothing: it survives the death of the process.
 *
 * @throws {NymError} If there is no room on the disk; then nothing has changed.
 */
export function write<T>(database: DatabaseSync, work: () => T): T {
  return orDiskFull(() => transaction(database, work));
}

/**
 * Change the state, all or nothing, and bring it to disk: it survives a power cut.
 *
 * @throws {NymError} If there is no room on the disk; then nothing has changed.
 */
export function writeThrough<T>(database: DatabaseSync, work: () => T): T {
  return orDiskFull(() => durably(database, work));
}

function orDiskFull<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (!(cause instanceof Error) || !/disk is full/.test(cause.message)) {
      throw cause;
    }
    throw new NymError("Cannot keep the client's state: the disk is full", {
      cause,
      exitCode: EXIT.failure,
      hint: "Make room on the disk",
    });
  }
}
