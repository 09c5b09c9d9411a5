/**
 * One of the three languages that nym-clients have spoken on their local websocket, by crate version of the client:
 * `a` 0.8.0 to 1.1.0 ("single surb"), `b` 1.1.1 to 1.1.3 ("lanes"), `c` since 1.1.4 ("multi surb").
 */
export type Dialect = "a" | "b" | "c";

/** All dialects, oldest first. */
export const DIALECTS: readonly Dialect[] = ["a", "b", "c"];

/** What a program can ask of a client. */
export type RequestKind =
  | "send"
  | "sendAnonymous"
  | "reply"
  | "selfAddress"
  | "closedConnection"
  | "getLaneQueueLength";

/**
 * First byte of every binary request (nymtech/nym, clients/native/websocket-requests/src/requests.rs @ v0.11.0, v1.1.2,
 * nym-binaries-v1.1.22). Dialect c renumbered all but the first, so a frame of the wrong dialect can be another request.
 */
export const REQUEST_TAG: Readonly<
  Record<Dialect, Readonly<Partial<Record<RequestKind, number>>>>
> = {
  a: { send: 0, reply: 1, selfAddress: 2 },
  b: {
    send: 0,
    reply: 1,
    selfAddress: 2,
    closedConnection: 3,
    getLaneQueueLength: 4,
  },
  c: {
    send: 0,
    sendAnonymous: 1,
    reply: 2,
    selfAddress: 3,
    closedConnection: 4,
    getLaneQueueLength: 5,
  },
};

/** Whether messages can name a lane, whose queue length can then be asked for. */
export function hasLanes(dialect: Dialect): boolean {
  return dialect !== "a";
}

/** Whether an anonymous sender is answered through one reply block that the program holds, not by its sender tag. */
export function hasSingleSurbs(dialect: Dialect): boolean {
  return dialect !== "c";
}
