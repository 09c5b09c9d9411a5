/** Security parameter κ of Sphinx, in bytes; the sizes below follow from it (nymtech/sphinx, src/constants.rs). */
export const SECURITY_PARAMETER = 16;
/** Most hops that a header can hold, r. */
export const MAX_PATH_LENGTH = 5;

/** α: the group element from which a hop derives its keys. */
export const ALPHA_SIZE = 32;
/** γ: the truncated HMAC over β. */
export const MAC_SIZE = SECURITY_PARAMETER;

/** Address of the next hop, or of the destination. */
export const ADDRESS_SIZE = 2 * SECURITY_PARAMETER;
/** Identifier beside the destination: all zeros in Nym. */
export const IDENTIFIER_SIZE = SECURITY_PARAMETER;
/** What a block is for: forward or final. */
export const FLAG_SIZE = 1;
/** One reserved byte and the version as two. */
export const VERSION_SIZE = 3;
/** Nanoseconds to hold a packet back. */
export const DELAY_SIZE = 8;

/** flag ‖ version ‖ next address ‖ delay: what a forwarding hop reads, without the next γ. */
export const FORWARD_META_SIZE = FLAG_SIZE + VERSION_SIZE + ADDRESS_SIZE +
  DELAY_SIZE;
/** flag ‖ version ‖ destination ‖ identifier: what the last hop reads. */
export const FINAL_META_SIZE = FLAG_SIZE + VERSION_SIZE + ADDRESS_SIZE +
  IDENTIFIER_SIZE;
/** What every hop takes off the front of β. */
export const HOP_BLOCK_SIZE = FORWARD_META_SIZE + MAC_SIZE;

/** β: the nested routing blocks. */
export const ROUTING_SIZE = HOP_BLOCK_SIZE * MAX_PATH_LENGTH;
/** How much of the inner β fits in an outer one. */
export const TRUNCATED_ROUTING_SIZE = ROUTING_SIZE - HOP_BLOCK_SIZE;
/** Key stream that a hop needs: β and the zeros that it appends. */
export const KEY_STREAM_SIZE = ROUTING_SIZE + HOP_BLOCK_SIZE;

/** α ‖ γ ‖ β. */
export const HEADER_SIZE = ALPHA_SIZE + MAC_SIZE + ROUTING_SIZE;

/** κ zero bytes in front of the message and one marker behind it. */
export const PAYLOAD_OVERHEAD = SECURITY_PARAMETER + 1;
/** Payload key of a hop. */
export const PAYLOAD_KEY_SIZE = 192;
/** From which the payload key of a hop is derived since version 259. */
export const PAYLOAD_KEY_SEED_SIZE = SECURITY_PARAMETER;
/** Shortest payload: the block cipher splits off 32 bytes and needs one more. */
export const MIN_PAYLOAD_SIZE = 33;
