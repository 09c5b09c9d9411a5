import type { Clock } from "../../lib/async/clock.ts";
import { concat } from "../../lib/bytes/concat.ts";
import type { Mailbox } from "../../lib/mailbox/mailbox.ts";
import type { Recipient } from "../../lib/message/recipient.ts";
import { StreamHub } from "../../lib/stream/hub.ts";
import { listenStreams, openStream } from "../../lib/stream/open.ts";
import { fastClock } from "./fast_clock.ts";
import { Air, type AirMailbox, type AirOptions } from "./mailbox_pair.ts";
import { seededRandom } from "./seeded_random.ts";

/** Retransmission timers and lingering take seconds, which are short here. */
export const CLOCK: Clock = fastClock(100);

/** Air to let streams fly through. */
export function air(options: Partial<AirOptions> = {}): Air {
  const random = seededRandom(7);
  return new Air({
    random: () => random(1)[0]! / 256,
    clock: CLOCK,
    ...options,
  });
}

/** A caller's and a listener's hub. */
export interface HubPair extends AsyncDisposable {
  readonly between: Air;
  readonly caller: StreamHub;
  readonly listener: StreamHub;
  /** The caller's mailbox and the listener's. */
  readonly boxes: readonly [AirMailbox, AirMailbox];
  /** The listener's address. */
  readonly address: Recipient;
}

/** Two hubs, each over a mailbox of its own, in the time of that air. */
export function pairOf(between: Air): HubPair {
  const { clock } = between;
  const boxes = [between.open(1), between.open(2)] as const;
  const [caller, listener] = boxes.map((mailbox, index) =>
    new StreamHub({ mailbox, clock, random: seededRandom(index + 1) })
  );
  return {
    between,
    caller: caller!,
    listener: listener!,
    boxes,
    address: boxes[1].address,
    async [Symbol.asyncDispose]() {
      await caller![Symbol.asyncDispose]();
      await listener![Symbol.asyncDispose]();
      await between[Symbol.asyncDispose]();
    },
  };
}

/** Everything up to the end. */
export async function readAll(
  readable: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  return concat(...await Array.fromAsync(readable));
}

/** Carry bytes from one mailbox to another and back at once, through one stream; returns what came of them. */
export async function carryThere(
  [caller, listener]: readonly [Mailbox, Mailbox],
  { up, down }: { up: Uint8Array; down: Uint8Array },
): Promise<{ up: Uint8Array; down: Uint8Array }> {
  const callers = listenStreams(listener);
  const stream = openStream(caller, listener.address);
  const writing = writeAll(stream.writable, up);
  const { value: peer } = await callers.next();
  const [received, answered] = await Promise.all([
    readAll(peer!.readable),
    readAll(stream.readable),
    writing,
    writeAll(peer!.writable, down),
    stream.closed,
    peer!.closed,
  ]);
  await callers.return();
  return { up: received, down: answered };
}

/** Write bytes and end. */
export async function writeAll(
  writable: WritableStream<Uint8Array>,
  bytes: Uint8Array,
): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes);
  await writer.close();
}
