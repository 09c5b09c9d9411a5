import type { Bytes } from "../bytes/brand.ts";
import type { Ed25519KeyPair } from "../crypto/ed25519.ts";
import { ConnectionError, NymError, ProtocolError } from "../errors.ts";
import type { FrameConnection } from "../transport/transport.ts";
import type { AuthenticationMark } from "../wire/gateway/authenticate.ts";
import type { ControlResponse } from "../wire/gateway/control_response.ts";
import type { GatewayProtocol } from "../wire/gateway/version.ts";
import { admitClient, type Admitted } from "./admission.ts";
import { ClientSession, sayLastWord } from "./client_session.ts";
import { FrameReader } from "./frame_reader.ts";
import type { GatewayStore } from "./gateway_store.ts";
import type { NodeCore } from "./node.ts";

/** Stored messages that are pushed and then deleted together (nymtech/nym, common/gateway-storage/src/inboxes.rs). */
const COLLECT_BATCH = 100;

/** What {@linkcode ClientDesk} needs. */
export interface ClientDeskOptions {
  /** What the gateway has in common with a mix node. */
  readonly core: NodeCore;
  /** The gateway's identity. */
  readonly identity: Ed25519KeyPair;
  /** The protocol version that it announces. */
  readonly announced: GatewayProtocol;
  /** Its registrations and inboxes. */
  readonly store: GatewayStore;
}

/** Where the clients of a gateway come in: it admits them, hands them what waits, and finds them when something arrives. */
export class ClientDesk {
  readonly #options: ClientDeskOptions;
  /** The latest session of each client; only one whose inbox is empty is live. */
  readonly #sessions = new Map<
    string,
    { readonly session: ClientSession; live: boolean }
  >();
  readonly #marks = new Map<string, AuthenticationMark>();
  readonly #bandwidth = new Map<string, number>();

  /** Start without any client connected. */
  constructor(options: ClientDeskOptions) {
    this.#options = options;
  }

  /** Serve one connection from its first frame to its end. */
  async serve(connection: FrameConnection): Promise<void> {
    const { core } = this.#options;
    try {
      const reader = new FrameReader(connection, core.clock);
      const admitted = await this.#admit(reader, connection);
      if (admitted !== undefined) {
        await this.#attend(admitted, reader, connection);
      }
    } catch (error) {
      if (!(error instanceof NymError)) throw error;
      // A client that left needs no answer and is none of our counters' business.
      if (error instanceof ConnectionError) return;
      core.counts.add("refusedClients");
      sayLastWord(connection, error.message);
    } finally {
      connection.close();
      const { code } = await connection.closed;
      if (code === 1002 || code === 1009) {
        core.counts.add("malformedClientFrames");
      }
    }
  }

  /**
   * Give a client what arrived for it, or keep it if the client is away. Returns nothing if neither can be: what was sent
   * must not be acknowledged then.
   */
  deliver(client: Bytes, payload: Bytes): "pushed" | "stored" | undefined {
    const { core: { clock, counts }, store } = this.#options;
    if (this.#push(client, payload)) {
      counts.add("messagesPushed");
      return "pushed";
    }
    if (store.sharedKey(client) === undefined) {
      counts.add("unknownClients");
      return undefined;
    }
    if (!store.store(client, payload, clock.wall())) {
      counts.add("inboxFull");
      return undefined;
    }
    counts.add("messagesStored");
    return "stored";
  }

  /** A session ends: what it pushed and its client did not confirm waits for the next one. */
  #retire(session: ClientSession): void {
    const { core: { clock, counts }, store } = this.#options;
    const { client } = session;
    const left = session.retire();
    if (store.sharedKey(client) === undefined) return;
    for (const payload of left) {
      const kept = store.store(client, payload, clock.wall());
      counts.add(kept ? "messagesKept" : "inboxFull");
    }
  }

  /** End all sessions. */
  close(): void {
    for (const { session } of this.#sessions.values()) session.close();
  }

  #push(client: Bytes, payload: Bytes): boolean {
    const entry = this.#sessions.get(client.toHex());
    if (entry === undefined || !entry.live) return false;
    try {
      return entry.session.push(payload);
    } catch (error) {
      if (error instanceof ConnectionError) return false;
      throw error;
    }
  }

  async #admit(
    reader: FrameReader,
    connection: FrameConnection,
  ): Promise<Admitted | undefined> {
    const { core, identity, announced, store } = this.#options;
    const admitted = await admitClient(reader, connection, {
      identity,
      announced,
      now: () => core.clock.wall(),
      sharedKey: (client) => store.sharedKey(client),
      mark: (client) => this.#marks.get(client.toHex()),
    });
    if (admitted === undefined) return undefined;
    if (admitted.kind === "registered") {
      if (!store.register(admitted.client, admitted.sharedKey)) {
        throw new ProtocolError("this gateway has no room for more clients");
      }
      core.counts.add("registrations");
    } else {
      if (admitted.mark !== undefined) {
        this.#marks.set(admitted.client.toHex(), admitted.mark);
      }
      core.counts.add("authentications");
    }
    this.#tell(admitted.kind);
    return admitted;
  }

  async #attend(
    admitted: Admitted,
    reader: FrameReader,
    connection: FrameConnection,
  ): Promise<void> {
    const { client, sharedKey } = admitted;
    const name = client.toHex();
    let forgotten = false;
    const session = new ClientSession(client, sharedKey, connection, {
      core: this.#options.core,
      announced: this.#options.announced,
      bandwidth: {
        get: () => this.#bandwidth.get(name) ?? 0,
        set: (bytes) => {
          // Whoever asked to be forgotten is not remembered by what it claims then.
          if (!forgotten) this.#bandwidth.set(name, bytes);
        },
      },
      forget: () => {
        forgotten = true;
        this.#forget(client);
      },
      collected: (messages) => this.#options.store.remove(client, messages),
    });
    this.#replace(name);
    const entry = { session, live: false };
    this.#sessions.set(name, entry);
    try {
      await this.#collect(session);
      entry.live = true;
      session.answer(this.#welcome(admitted));
      await session.serve(reader);
    } finally {
      if (this.#sessions.get(name) === entry) this.#sessions.delete(name);
      this.#retire(session);
      this.#tell("left");
    }
  }

  #welcome({ kind, client, protocol }: Admitted): ControlResponse {
    const accepted = { protocol, status: true, upgradeMode: false };
    if (kind === "registered") return { kind: "register", ...accepted };
    const remaining = this.#bandwidth.get(client.toHex()) ?? 0;
    return { kind: "authenticate", ...accepted, remaining };
  }

  /** Official clients open a second connection right after their first: the older one gives way. */
  #replace(name: string): void {
    const older = this.#sessions.get(name);
    if (older === undefined) return;
    this.#options.core.counts.add("replacedSessions");
    older.session.close();
    this.#retire(older.session);
  }

  /** Push what waits, oldest first; it is deleted once the client has it. What arrives meanwhile waits too, and comes last. */
  async #collect(session: ClientSession): Promise<void> {
    const { core, store } = this.#options;
    for (let last = 0;;) {
      const batch = store.waiting(session.client, last, COLLECT_BATCH);
      if (batch.length === 0) return;
      for (const stored of batch) session.push(stored.message, stored);
      await session.drained();
      core.counts.add("messagesCollected", batch.length);
      last = batch.at(-1)!.id;
    }
  }

  #forget(client: Bytes): void {
    this.#options.store.forget(client);
    this.#marks.delete(client.toHex());
    this.#bandwidth.delete(client.toHex());
  }

  #tell(action: "registered" | "authenticated" | "left"): void {
    const { events, name, clock } = this.#options.core;
    if (!events.active) return;
    events.emit({ kind: "client", node: name, action, at: clock.now() });
  }
}
