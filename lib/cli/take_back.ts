import type { Sending } from "../mailbox/mailbox.ts";

/** Take a message back. Returns whether nothing of it has left; if nobody can tell any more, something may have. */
export async function takeBack(sending: Sending): Promise<boolean> {
  try {
    return await sending.withdraw();
  } catch {
    // The client is gone, and with it the answer: what ended it is told already.
    return false;
  }
}
