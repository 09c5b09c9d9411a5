import config from "../../deno.json" with { type: "json" };

/** Our version, as `--version` prints it. */
export const VERSION: string = config.version;
