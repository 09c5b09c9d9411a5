/**
 * Everything that a node counts, with what it means. Whatever is dropped anywhere is in here under one name, so that nothing
 * gets lost silently.
 */
export const COUNTERS = {
  /** Whole packets that came through the mix port. */
  packetsReceived: "received at the mix port",
  /** Connections to the mix port that ended because what they carried were no frames. */
  malformedFrames: "mix connections closed for bytes that are no frames",
  /** Connections to the mix port beyond the bound. */
  refusedConnections: "mix connections beyond the bound",
  /** Packets whose header, MAC or payload is wrong, or that are for a key which is gone. */
  malformedPackets: "dropped: header, MAC or payload is wrong",
  /** Packets that were here before. */
  replayedPackets: "dropped: seen before",
  /** Tags of old packets that were forgotten to make room: those packets could be replayed. */
  forgottenTags: "replay tags forgotten to make room",
  /** Packets that ask a mix node to be the last hop, or a gateway to be one in between. */
  misroutedPackets: "dropped: asks this node for what it does not do",
  /** Packets that did not fit among those waiting for their time. */
  delayLineFull: "dropped: too many packets waiting for their time",
  /** Packets for an address that is not on this machine. */
  egressRefused: "dropped: the next hop is not on this machine",
  /** Packets that did not fit into the queue of their next hop. */
  egressQueueFull: "dropped: the queue of the next hop is full",
  /** Packets given up because their next hop cannot be reached. */
  egressUnreachable: "dropped: the next hop cannot be reached",
  /** Packets that were being written when the connection to the next hop broke. */
  egressBroken: "dropped: the connection to the next hop broke",
  /** Packets that were waiting in the node when it stopped. */
  unsentAtStop: "dropped: still waiting when the node stopped",
  /** Packets written to a next hop. */
  packetsSent: "sent to a next hop",

  /** Connections of clients that were accepted. */
  clientConnections: "client connections",
  /** Connections of clients that ended because they did not authenticate, or asked for what nobody may. */
  refusedClients: "client connections refused",
  /** Connections of clients that ended because of a frame that is too long, none, or of an authenticated client and no sense. */
  malformedClientFrames: "client connections closed for malformed frames",
  /** Clients that registered. */
  registrations: "clients registered",
  /** Clients that authenticated. */
  authentications: "clients authenticated",
  /** Sessions that ended because their client opened another one. */
  replacedSessions: "sessions replaced by a newer one of the same client",
  /** Sessions that ended because the client did not read what was pushed. */
  slowClients: "sessions closed because the client did not read",
  /** Packets that clients handed in. */
  clientPackets: "packets handed in by clients",
  /** Packets that a client could not pay for. */
  outOfBandwidth: "dropped: the client is out of bandwidth",

  /** Messages given to a client that is connected. */
  messagesPushed: "messages pushed to clients",
  /** Messages kept for a client that is away. */
  messagesStored: "messages stored for clients that are away",
  /** Messages that a client got when it came back. */
  messagesCollected: "stored messages collected",
  /** Messages that were pushed to a client that went without confirming them; it gets them again. */
  messagesKept: "pushed messages kept because the client did not confirm them",
  /** Messages for a client that is away and whose inbox is full; not acknowledged. */
  inboxFull: "dropped: the inbox of the client is full",
  /** Messages for a client that never registered here; not acknowledged. */
  unknownClients: "dropped: no such client here",
  /** Messages that were thrown away because nobody collected them for a day. */
  expiredMessages: "stored messages thrown away after a day",
  /** Packets at their last hop without a usable acknowledgement in front. */
  malformedMessages: "dropped: no acknowledgement in front of the message",
  /** Acknowledgements sent on their way. */
  acksSent: "acknowledgements sent",

  /** Packets dropped on purpose. */
  lostPackets: "dropped on purpose: loss",
  /** Packets sent twice on purpose. */
  duplicatedPackets: "sent twice on purpose",
  /** Packets held back on purpose, so that later ones overtake them. */
  reorderedPackets: "held back on purpose",
  /** Acknowledgements not sent on purpose. */
  swallowedAcks: "acknowledgements swallowed on purpose",

  /** Requests that the directory answered. */
  directoryRequests: "directory requests answered",
  /** Requests for something that the directory does not have. */
  directoryMisses: "directory requests for what does not exist",
} as const;

/** The name of something that is counted. */
export type CounterName = keyof typeof COUNTERS;

/** All counters at one moment. */
export type CounterSnapshot = Readonly<Record<CounterName, number>>;

const NAMES = Object.keys(COUNTERS) as CounterName[];

/** The counters of one node. */
export class Counters {
  readonly #values = new Map<CounterName, number>();

  /** Count `n` more. */
  add(name: CounterName, n = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + n);
  }

  /** How many so far. */
  get(name: CounterName): number {
    return this.#values.get(name) ?? 0;
  }

  /** All of them. */
  snapshot(): CounterSnapshot {
    return collect((name) => this.get(name));
  }
}

/** The sum over several nodes, or over several lives of one. */
export function sumCounters(
  snapshots: readonly CounterSnapshot[],
): CounterSnapshot {
  return collect((name) =>
    snapshots.reduce((sum, snapshot) => sum + snapshot[name], 0)
  );
}

function collect(value: (name: CounterName) => number): CounterSnapshot {
  // The names are those of the record, all of them.
  return Object.fromEntries(
    NAMES.map((name) => [name, value(name)]),
  ) as CounterSnapshot;
}
