import { EXIT, ProtocolError } from "../errors.ts";
import type { Recipient } from "../message/recipient.ts";
import type { Dialect } from "../wire/native/dialect.ts";
import { encodeBinaryRequest } from "../wire/native/request_binary.ts";
import { type StockLink, StockRefusal } from "./stock_link.ts";

/** What a client tells of itself. */
export interface Probed {
  /** What it speaks. */
  readonly dialect: Dialect;
  /** Its address. */
  readonly address: Recipient;
}

/**
 * Find out what a client speaks, and who it is. One binary frame tells: dialect c answers it with the address, b takes it for
 * a lane of the wrong length, a does not know it. No text is sent, as that would make the client damage what it pushes next;
 * nothing enters the mixnet. The version that a home tells is not relied on: the client may be another by now.
 *
 * @throws {ProtocolError} If no native client answers like this.
 * @throws {ConnectionError} If the connection ends first.
 */
export async function probe(link: StockLink): Promise<Probed> {
  const first = await ask(link, "c");
  if (!(first instanceof StockRefusal)) return first;
  const second = await ask(link, first.code === "malformedRequest" ? "b" : "a");
  if (!(second instanceof StockRefusal)) return second;
  throw new ProtocolError(
    "Cannot tell what the client speaks: it refuses every known dialect",
    { cause: second, exitCode: EXIT.down },
  );
}

async function ask(
  link: StockLink,
  dialect: Dialect,
): Promise<Probed | StockRefusal> {
  link.dialect = dialect;
  const question = encodeBinaryRequest({ kind: "selfAddress" }, dialect);
  try {
    const { address } = await link.ask(question, "selfAddress");
    return { dialect, address };
  } catch (error) {
    if (error instanceof StockRefusal) return error;
    throw error;
  }
}
