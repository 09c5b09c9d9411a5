import type { MixnetClient } from "./client.ts";
import type { OpenClientOptions } from "./open_options.ts";
import { startClient } from "./start_client.ts";

/**
 * Open a mixnet client: learn the network, register if need be, log in to the gateway, and start to send cover traffic.
 * Resolves when messages can be sent.
 *
 * @throws {ConnectionError} If directory or gateway cannot be reached; exit code 3.
 * @throws {ProtocolError} If either does not do what it should, or the network carries no packets; exit code 3.
 * @throws {DecodeError} If the directory answers nonsense; exit code 3.
 * @throws {UsageError} If the settings or the gateway asked for make no sense.
 * @throws The signal's reason.
 *
 * @example A question of somebody whose address nobody knows, and the answer
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { DEFAULT_DEBUG, type Mailbox, openClient, startMixnet, withoutCover } from "nymwire";
 *
 * await using mixnet = await startMixnet();
 * const options = { network: mixnet.apiUrl, settings: withoutCover(DEFAULT_DEBUG) };
 * await using service = await openClient(options);
 * await using caller = await openClient(options);
 *
 * await caller.send({
 *   target: { kind: "recipient", recipient: service.address },
 *   body: new TextEncoder().encode("Who am I?"),
 *   surbs: 12,
 * });
 * const { senderTag } = await next(service);
 * const answering = await service.send({
 *   target: { kind: "reply", senderTag: senderTag! },
 *   body: new TextEncoder().encode("I cannot tell"),
 * });
 * await answering.reached("acked");
 * const answer = await next(caller);
 * assertEquals(new TextDecoder().decode(answer.body), "I cannot tell");
 *
 * async function next(mailbox: Mailbox) {
 *   for await (const message of mailbox.messages()) {
 *     await message.taken();
 *     return message;
 *   }
 *   throw new Error("The mailbox was closed");
 * }
 * ```
 *
 * @example What happens to the connection
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openClient, startMixnet } from "nymwire";
 *
 * await using mixnet = await startMixnet();
 * await using client = await openClient({ network: mixnet.apiUrl });
 * const states = client.states();
 * await mixnet.restartNode("gateway1");
 * const told = [];
 * for await (const { kind } of states) {
 *   told.push(kind);
 *   if (kind === "connected") break;
 * }
 * assertEquals([told[0], told.at(-1)], ["reconnecting", "connected"]);
 * ```
 */
export function openClient(options: OpenClientOptions): Promise<MixnetClient> {
  return startClient(options);
}
