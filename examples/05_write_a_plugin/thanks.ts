// deno-fmt-ignore-file -- Two lines, as promised.
// nymwire listen --plugin examples/05_write_a_plugin/thanks.ts
import type { Plugin } from "nymwire";

const meta = { api: 1, name: "thanks", version: "1.0.0", description: "Says thanks", match: { answerable: true } } as const;
export default { meta, message: (message, context) => context.reply(message, "Thanks!") } satisfies Plugin;
