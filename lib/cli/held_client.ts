import type { MessageHub } from "../daemon/hub.ts";
import type { OwnChannel } from "./own_channel.ts";

/** A client that this process holds, and that other processes of ours join over our own channel. */
export interface HeldClient extends AsyncDisposable {
  /** Hands out what arrives; nobody else may read the client's messages. */
  readonly hub: MessageHub;
  /** Where other processes join. */
  readonly channel: OwnChannel;
  /** Tell them: over the channel, and at `url` if this process serves a stock websocket. */
  announce(url: string | null): Promise<void>;
  /** Take that back: whoever comes waits until this process has let go. */
  retract(): Promise<void>;
  /** Let go; what others have asked for and what waits to leave is given `drain` milliseconds, each. */
  close(options?: { drain?: number | undefined }): Promise<void>;
}
