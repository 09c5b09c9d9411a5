import { assertMatch } from "@std/assert";
import { path } from "./service.ts";
import { testPlugin } from "../../lib/plugin/tools/harness.ts";

/** What each program prints. */
const PROGRAMS = {
  "01_own_address": /^\w+\.\w+@\w+\n$/,
  "02_send_and_receive": /^The message is there\nHello, Bob\n$/,
  "03_anonymous_reply":
    /^Somebody asks: What time is it\?\nThe answer: High time for privacy\n$/,
  "04_local_mixnet":
    /^mix1\.1 mix1\.2 mix2\.1 mix2\.2 mix3\.1 mix3\.2 gateway1\n20000 bytes, the same\n$/,
};

for (const [name, printed] of Object.entries(PROGRAMS)) {
  Deno.test(`examples/${name}.ts prints what it says`, async () => {
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", path(`examples/${name}.ts`)],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder();
    assertMatch(text.decode(stdout) + text.decode(stderr), printed);
  });
}

Deno.test("examples/05_write_a_plugin/thanks.ts does what its cases say", (test) =>
  testPlugin(test, path("examples/05_write_a_plugin/thanks.ts")));
