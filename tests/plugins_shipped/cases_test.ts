import { testPlugin } from "../../lib/plugin/tools/harness.ts";

const PLUGINS = [
  "dedupe",
  "echo",
  "file_drop",
  "gzip",
  "tx_broadcast",
];

for (const name of PLUGINS) {
  Deno.test(`plugins/${name}.ts does what its cases say`, (test) =>
    testPlugin(
      test,
      new URL(`../../plugins/${name}.ts`, import.meta.url),
    ));
}
