import {
  type DatabaseSync,
  durably,
  transaction,
  UNWRITTEN,
} from "../sqlite.ts";
import { DiskError } from "../stores.ts";

/**
 * Change the state, all or nothing: it survives the death of the process.
 *
 * @throws {DiskError} If there is no room on the disk; then nothing has changed.
 */
export function write<T>(database: DatabaseSync, work: () => T): T {
  return orDiskFull(() => transaction(database, work));
}

/**
 * Change the state, all or nothing, and bring it to disk: it survives a power cut.
 *
 * @throws {DiskError} If there is no room on the disk; then nothing has changed.
 */
export function writeThrough<T>(database: DatabaseSync, work: () => T): T {
  return orDiskFull(() => durably(database, work));
}

function orDiskFull<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    const why = cause instanceof Error && UNWRITTEN.exec(cause.message)?.[0];
    if (!why) throw cause;
    throw new DiskError(
      why === "disk is full" ? "the disk is full" : why,
      cause,
    );
  }
}
