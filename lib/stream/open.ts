import { type Clock, systemClock } from "../async/clock.ts";
import { type RandomSource, systemRandom } from "../crypto/random.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Recipient } from "../message/recipient.ts";
import { StreamHub } from "./hub.ts";
import type { DialOptions, ListenOptions } from "./hub_options.ts";
import type { NymStream } from "./stream.ts";

/** Options of {@linkcode openStream}. */
export interface OpenStreamOptions extends DialOptions, StreamSurroundings {
  /** Resets the stream when it fires. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@linkcode listenStreams}. */
export interface ListenStreamsOptions
  extends ListenOptions, StreamSurroundings {
  /** Ends the iteration when it fires; streams that were handed out go on. */
  readonly signal?: AbortSignal | undefined;
}

/** Where time and chance come from: of the first of the streams that share a mailbox. */
export interface StreamSurroundings {
  /** Where time comes from. @default the system's */
  readonly clock?: Clock | undefined;
  /** Where chance comes from. @default the system's */
  readonly random?: RandomSource | undefined;
}

/** Callers, as they come. */
export interface StreamListener
  extends AsyncIterableIterator<NymStream, undefined>, AsyncDisposable {
  /** Let nobody in any more; streams that were handed out go on. */
  return(): Promise<IteratorResult<NymStream, undefined>>;
}

/** The streams of one mailbox have one reader: what arrives is read once. */
const hubs = new WeakMap<Mailbox, StreamHub>();

/**
 * Open an ordered, reliable stream of bytes to whoever listens at an address. The caller stays anonymous: it is answered
 * through reply blocks, which the stream supplies. It can be written to at once.
 *
 * As long as a mailbox has streams, they take their segments out of what arrives and leave other messages alone.
 *
 * @throws {NymError} With exit code 8 over a nym-client before 1.1.4.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import {
 *   DEFAULT_DEBUG,
 *   listenStreams,
 *   openClient,
 *   openStream,
 *   startMixnet,
 *   withoutCover,
 * } from "nymwire";
 *
 * await using mixnet = await startMixnet();
 * const options = { network: mixnet.apiUrl, settings: withoutCover(DEFAULT_DEBUG) };
 * await using alice = await openClient(options);
 * await using bob = await openClient(options);
 *
 * // Bob answers with whatever he is sent.
 * await using callers = listenStreams(bob);
 * const serving = callers.next().then(({ value: caller }) =>
 *   caller!.readable.pipeTo(caller!.writable)
 * );
 *
 * await using stream = openStream(alice, bob.address);
 * const sending = ReadableStream.from(["to the mixnet ", "and back"])
 *   .pipeThrough(new TextEncoderStream())
 *   .pipeTo(stream.writable);
 * const answer = await new Response(stream.readable).text();
 * await Promise.all([serving, sending, stream.closed]);
 * assertEquals(answer, "to the mixnet and back");
 * ```
 */
export function openStream(
  mailbox: Mailbox,
  listener: Recipient,
  options: OpenStreamOptions = {},
): NymStream {
  const { signal } = options;
  signal?.throwIfAborted();
  const stream = hubOf(mailbox, options).dial(listener, options);
  const stopWatching = onAbort(signal, () => {
    // The stream rejects with a reset; the reason is the caller's own.
    void stream.reset("cancelled", "");
  });
  stream.closed.then(stopWatching, stopWatching);
  return stream;
}

/**
 * Take in callers, each as a stream, in the order in which they turned out to be there. Leaving the loop lets nobody in any
 * more. One listener for each mailbox at a time.
 *
 * @throws {TypeError} If the mailbox has a listener already.
 * @throws {NymError} With exit code 8 over a nym-client before 1.1.4.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import {
 *   DEFAULT_DEBUG,
 *   listenStreams,
 *   openClient,
 *   openStream,
 *   startMixnet,
 *   withoutCover,
 * } from "nymwire";
 *
 * await using mixnet = await startMixnet();
 * await using client = await openClient({
 *   network: mixnet.apiUrl,
 *   settings: withoutCover(DEFAULT_DEBUG),
 * });
 *
 * // Only who knows the code gets in; for everybody else it is as if nobody listened.
 * const code = crypto.getRandomValues(new Uint8Array(32));
 * const callers = listenStreams(client, { code });
 * const caller = openStream(client, client.address, { code });
 * await caller.writable.close();
 * for await (const stream of callers) {
 *   await stream.writable.close();
 *   assertEquals(await new Response(stream.readable).text(), "");
 *   await stream.closed;
 *   break;
 * }
 * await caller.closed;
 * ```
 */
export function listenStreams(
  mailbox: Mailbox,
  options: ListenStreamsOptions = {},
): StreamListener {
  const { signal } = options;
  signal?.throwIfAborted();
  const reception = hubOf(mailbox, options).listen(options);
  const stopWatching = onAbort(signal, () => void reception.return());
  reception.closed.then(stopWatching);
  return reception;
}

function hubOf(
  mailbox: Mailbox,
  { clock = systemClock, random = systemRandom }: StreamSurroundings,
): StreamHub {
  const known = hubs.get(mailbox);
  if (known && !known.over) return known;
  const leaveWhenIdle = true;
  const hub = new StreamHub({ mailbox, clock, random, leaveWhenIdle });
  hubs.set(mailbox, hub);
  return hub;
}

/** Call back when a signal fires; returns how to stop that. */
function onAbort(
  signal: AbortSignal | undefined,
  callback: () => void,
): () => void {
  signal?.addEventListener("abort", callback, { once: true });
  return () => signal?.removeEventListener("abort", callback);
}
