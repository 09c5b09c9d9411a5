/** The version of the channel that is spoken here; frames of other versions are another language. */
export const CHANNEL_VERSION = 1;

/** The websocket subprotocol that names channel and version: who asks for it is answered with it. */
export const CHANNEL_PROTOCOL = `nymwire.channel.v${CHANNEL_VERSION}`;

/** The longest head of a frame, in bytes. */
export const MAX_HEAD = 64 * 1024;

/** The longest body of a message, in bytes: a frame of 64 MiB without its head. */
export const MAX_BODY = 64 * 1024 * 1024 - MAX_HEAD - 4;

/** The most messages that one subscription may have untaken. */
export const MAX_WINDOW = 1024;

/** How many messages a subscription may have untaken unless it says otherwise. */
export const DEFAULT_WINDOW = 64;

/** The most messages of one connection that may be on their way out. */
export const MAX_SENDINGS = 4096;

/**
 * The close code of a client that ends in order: it has answered every request that it has taken on, and those without an
 * answer can be made of the next client.
 */
export const CLIENT_STOPS = 4001;
