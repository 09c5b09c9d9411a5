import { abortable } from "../async/abortable.ts";
import type { TaskSet } from "../async/tasks.ts";
import { UsageError } from "../errors.ts";
import type { ListenAddress, WsListener } from "../transport/ws_listen.ts";
import { type AccessPolicy, isLoopbackHost } from "./access.ts";

/** What happens at a server, for logs: no address, tag or payload. */
export type ServerEvent =
  | { readonly kind: "opened"; readonly open: number }
  | { readonly kind: "closed"; readonly open: number }
  | {
    readonly kind: "refused";
    readonly status: number;
    readonly reason: string;
  }
  | { readonly kind: "failed"; readonly reason: unknown };

/** Where a server listens, and to whom. */
export interface ListenOptions {
  /** Where to listen. */
  address: ListenAddress;
  /** Web pages that may connect, by their origin. @default none */
  allowedOrigins?: readonly string[] | undefined;
  /** What everyone has to show. */
  token?: string | undefined;
  /** Listen on an address that is not loopback; needs a token. @default false */
  allowRemote?: boolean | undefined;
  /** How many programs may be connected; further ones are told 503. @default 64 */
  maxConnections?: number | undefined;
  /** How long a connection may take for its request, in milliseconds. @default 10_000 */
  handshakeTimeout?: number | undefined;
  /** Hears what happens. */
  onEvent?: ((event: ServerEvent) => void) | undefined;
  /** Finds the user of a peer. @default the kernel's tables, on Linux */
  ownerOf?: AccessPolicy["ownerOf"];
}

/** A listening server. */
export interface DaemonServer extends AsyncDisposable {
  /** Its address for clients: `ws://…`, or `ws+unix:<path>:/` for a unix socket. */
  readonly url: string;
  /** Its port; 0 on a unix socket. */
  readonly port: number;
  /** How many programs are connected. */
  readonly open: number;
  /**
   * Stop: programs that wait for nothing are let go at once, others when what they asked for is over, and all after `drain`
   * milliseconds. Nobody is let in meanwhile. More calls do nothing. @default 0
   */
  close(options?: { drain?: number | undefined }): Promise<void>;
}

/**
 * Check where to listen, and who may connect there.
 *
 * @throws {UsageError} If it is beyond loopback without being told so, or without a token.
 */
export function policyOf(
  options: ListenOptions,
): AccessPolicy {
  const { address, allowedOrigins = [], token, allowRemote = false } = options;
  const remote = address.kind === "tcp" && !isLoopbackHost(address.host);
  if (remote && !allowRemote) {
    throw new UsageError(
      `Cannot listen on ${address.host}: other machines could connect`,
      {
        hint:
          "Add --allow-remote and --token-file <file> if that is what you want",
      },
    );
  }
  if (remote && token === undefined) {
    throw new UsageError(`Cannot listen on ${address.host}: need a token`, {
      hint:
        "Add --token-file <file>: whoever connects sends and reads your messages",
    });
  }
  return {
    allowedOrigins,
    token,
    reach: address.kind === "unix" ? "unix" : remote ? "network" : "loopback",
    uid: Deno.build.os === "linux" ? Deno.uid() : null,
    ownerOf: options.ownerOf,
  };
}

/** A program that is served. */
export interface DaemonSession {
  /** Serve it until it has gone. */
  run(): Promise<void>;
  /** Let it go as soon as it waits for nothing any more. */
  drain(): Promise<void>;
}

/** The programs that a server serves. */
export class Sessions {
  readonly #open = new Set<DaemonSession>();
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #stop = new AbortController();
  #draining = false;

  /** None yet. */
  constructor(onEvent: (event: ServerEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether nobody is let in any more. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Fires when all have to give up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Serve a program until it has gone. */
  async serve(session: DaemonSession): Promise<void> {
    this.#open.add(session);
    this.#onEvent({ kind: "opened", open: this.#open.size });
    try {
      await session.run();
    } catch (error) {
      // A session that was told to stop gives up wherever it was.
      if (!this.#stop.signal.aborted) throw error;
    } finally {
      this.#open.delete(session);
      this.#onEvent({ kind: "closed", open: this.#open.size });
    }
  }

  /** Let all go within `ms` milliseconds; those that are left then have to give up. */
  async drain(ms: number): Promise<void> {
    this.#draining = true;
    const giveUp = () => this.#stop.abort(new Error("server closed"));
    if (ms > 0) {
      const timer = setTimeout(giveUp, ms);
      const drained = Promise.all(
        [...this.#open].map((session) => session.drain()),
      );
      await abortable(drained, this.#stop.signal).catch(() => {});
      clearTimeout(timer);
    }
    giveUp();
  }
}

/** A listener with its sessions, as one thing that can be closed. `tasks` end once the sessions have to give up. */
export function daemonServer(
  address: ListenAddress,
  listener: WsListener,
  sessions: Sessions,
  tasks: TaskSet,
): DaemonServer {
  let closing: Promise<void> | undefined;
  async function close(drain: number): Promise<void> {
    await sessions.drain(drain);
    await listener.close();
    await tasks.join();
  }
  const { port } = listener;
  return {
    url: urlOf(address, port),
    port,
    get open() {
      return sessions.size;
    },
    close: ({ drain = 0 } = {}) => closing ??= close(drain),
    [Symbol.asyncDispose]: () => closing ??= close(0),
  };
}

function urlOf(address: ListenAddress, port: number): string {
  if (address.kind === "unix") return `ws+unix:${address.path}:/`;
  const { host } = address;
  return `ws://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
