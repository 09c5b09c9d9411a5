import type { Bytes } from "../../bytes/brand.ts";
import type { Recipient } from "../../message/recipient.ts";
import type { ErrorKind } from "./error_code.ts";
import type { ReplyHandle } from "./reply_handle.ts";

/**
 * What a client tells a program over its local websocket, whatever dialect and mode it goes out in
 * (nymtech/nym, clients/native/websocket-requests/src/responses.rs).
 */
export type NativeResponse =
  /** A request was refused. */
  | {
    readonly kind: "error";
    readonly code: ErrorKind;
    readonly detail: string;
  }
  /** A message arrived; it has a handle if its sender can be answered. */
  | {
    readonly kind: "received";
    readonly body: Bytes;
    readonly handle: ReplyHandle | undefined;
  }
  /** The client's own address. */
  | { readonly kind: "selfAddress"; readonly address: Recipient }
  /** So many packets wait in a lane. */
  | {
    readonly kind: "laneQueueLength";
    readonly lane: bigint;
    readonly queueLength: bigint;
  };

/** First byte of every binary response, by meaning. */
export const RESPONSE_TAG = {
  error: 0,
  received: 1,
  selfAddress: 2,
  laneQueueLength: 3,
} as const;
