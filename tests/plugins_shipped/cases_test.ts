import { testPlugin } from "../../lib/plugin/tools/harness.ts";

const PLUGINS = [
  "archive",
  "chat",
  "dedupe",
  "echo",
  "exec",
  "file_drop",
  "gzip",
  "http_fetch",
  "tx_broadcast",
  "webhook",
];

/** What plugins find in the environment if it is granted. */
const env = new Map([["EXEC_TOKEN", "open sesame"]]);

for (const name of PLUGINS) {
  Deno.test(`plugins/${name}.ts does what its cases say`, (test) =>
    testPlugin(
      test,
      new URL(`../../plugins/${name}.ts`, import.meta.url),
      { env },
    ));
}
