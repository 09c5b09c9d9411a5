import type { Bytes } from "../../bytes/brand.ts";
import type { Recipient } from "../../message/recipient.ts";
import type { ReplyHandle } from "./reply_handle.ts";

/**
 * What a program asks of a client over its local websocket, whatever dialect and mode it came in
 * (nymtech/nym, clients/native/websocket-requests/src/requests.rs). A lane is a number that the program gave one of its
 * streams; only dialects b and c know it.
 */
export type NativeRequest =
  /** Send a message that cannot be answered. */
  | {
    readonly kind: "send";
    readonly recipient: Recipient;
    readonly body: Bytes;
    readonly lane: bigint | undefined;
  }
  /** Send a message with reply blocks. Dialects a and b attach exactly one. */
  | {
    readonly kind: "sendAnonymous";
    readonly recipient: Recipient;
    readonly body: Bytes;
    readonly surbs: number;
    readonly lane: bigint | undefined;
  }
  /** Answer an anonymous sender. */
  | {
    readonly kind: "reply";
    readonly handle: ReplyHandle;
    readonly body: Bytes;
    readonly lane: bigint | undefined;
  }
  /** Tell the client's own address. */
  | { readonly kind: "selfAddress" }
  /** Drop a lane and what waits in it. */
  | { readonly kind: "closedConnection"; readonly lane: bigint }
  /** Tell how many packets wait in a lane. */
  | { readonly kind: "getLaneQueueLength"; readonly lane: bigint };

/** The most reply blocks that a request can name: an unsigned number of 32 bits. */
export const MAX_SURBS = 2 ** 32 - 1;
