import type { Plugin } from "nymwire";

/**
 * Answers whoever can be answered with what they said: to see whether a client can be reached. The message itself goes on.
 * Larger messages are left alone, so that nobody's reply blocks are used up by them.
 */
export default {
  meta: {
    api: 1,
    name: "echo",
    version: "1.0.0",
    description: "Answers messages with what they say",
    options: {
      properties: {
        prefix: {
          type: "string",
          description: "What is put in front of an answer",
          default: "",
        },
        maxSize: {
          type: "integer",
          description: "Larger messages are not answered, in bytes",
          minimum: 0,
          default: 65_536,
        },
      },
    },
    match: { answerable: true },
  },

  async message(message, context) {
    const { prefix, maxSize } = context.options;
    if (message.bytes.length > maxSize) return;
    const start = new TextEncoder().encode(prefix);
    const answer = new Uint8Array(start.length + message.bytes.length);
    answer.set(start);
    answer.set(message.bytes, start.length);
    await context.reply(message, answer);
  },
} satisfies Plugin<{ prefix: string; maxSize: number }>;
