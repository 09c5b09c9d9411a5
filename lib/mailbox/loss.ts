import { ConnectionError, EXIT, NymError } from "../errors.ts";

/** Whether what keeps a client from being reached may pass: down, busy, lost and slow do; what is wrong stays wrong. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof NymError)) return false;
  const { exitCode } = error;
  return exitCode === undefined
    ? error instanceof ConnectionError
    : exitCode === EXIT.down || exitCode === EXIT.busy ||
      exitCode === EXIT.lost || exitCode === EXIT.timeout;
}

/** Why a client has gone, in words. */
export function messageOf(loss: unknown): string {
  return loss instanceof Error ? loss.message : "the client has closed";
}
