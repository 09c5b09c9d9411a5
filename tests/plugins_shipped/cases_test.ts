import { SHIPPED } from "../../lib/cli/plugins/shipped.ts";
import { testPlugin } from "../../lib/plugin/tools/harness.ts";

for (const name of SHIPPED) {
  Deno.test(`plugins/${name}.ts does what its cases say`, (test) =>
    testPlugin(test, new URL(`../../plugins/${name}.ts`, import.meta.url)));
}
