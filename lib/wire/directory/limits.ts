/** More nodes in one answer are refused; the main network has some hundreds. */
export const MAX_NODES = 20_000;

/** Longer answers are refused before they are parsed, in characters. */
export const MAX_ANSWER_LENGTH = 16 * 1024 * 1024;

/** Largest id of a node, an epoch or a rotation. */
export const U32_MAX = 2 ** 32 - 1;

/** Largest port. */
export const U16_MAX = 2 ** 16 - 1;
