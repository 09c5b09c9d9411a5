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
  /** Stop; what was asked for already is given `drain` milliseconds. More calls do nothing. @default 0 */
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
      { hint: "Add --allow-remote and a token if that is what you want" },
    );
  }
  if (remote && token === undefined) {
    throw new UsageError(`Cannot listen on ${address.host}: need a token`, {
      hint: "Give a token: whoever connects sends and reads your messages",
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

/** What {@linkcode daemonServer} is made of. */
export interface DaemonServerParts {
  readonly address: ListenAddress;
  readonly listener: WsListener;
  readonly stop: AbortController;
  readonly tasks: TaskSet;
  readonly open: () => number;
}

/** A listener with its sessions, as one thing that can be closed. */
export function daemonServer(parts: DaemonServerParts): DaemonServer {
  const { address, listener, stop, tasks, open } = parts;
  let closing: Promise<void> | undefined;
  async function close(drain: number): Promise<void> {
    const giveUp = () => stop.abort(new Error("server closed"));
    const timer = drain > 0 ? setTimeout(giveUp, drain) : undefined;
    if (timer === undefined) giveUp();
    await listener.close();
    clearTimeout(timer);
    giveUp();
    await tasks.join();
  }
  const { port } = listener;
  const host = address.kind === "tcp" && address.host.includes(":")
    ? `[${address.host}]`
    : address.kind === "tcp"
    ? address.host
    : "";
  return {
    url: address.kind === "unix"
      ? `ws+unix:${address.path}:/`
      : `ws://${host}:${port}`,
    port,
    get open() {
      return open();
    },
    close: ({ drain = 0 } = {}) => closing ??= close(drain),
    [Symbol.asyncDispose]: () => closing ??= close(0),
  };
}
