import { assertEquals, assertMatch } from "@std/assert";
import { Testbed } from "../support/testbed.ts";
import { path } from "./service.ts";
import { testPlugin } from "../../lib/plugin/tools/harness.ts";

/** What each program prints. */
const PROGRAMS = {
  "01_own_address": /^\w+\.\w+@\w+\n$/,
  "02_send_and_receive": /^The message is there\nHello, Bob\n$/,
  "03_anonymous_reply":
    /^Somebody asks: What time is it\?\nThe answer: High time for privacy\n$/,
  "04_local_mixnet":
    /^mix1\.1 mix1\.2 mix2\.1 mix2\.2 mix3\.1 mix3\.2 gateway1\n5000 bytes, the same\n$/,
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

/** What each script prints; who comes first is left open. */
const SCRIPTS = {
  "06_shell_pipeline": ["The sum is 15"],
  "07_chat": ["alice: Hello, Bob", "bob: Back at noon"],
  "08_cron_report": ["600 lines, the last is: disk 300: almost full"],
  "09_tx_broadcast": [
    '{"txid":"f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16"}',
  ],
};

Deno.test("examples/*.sh print what they say, on the embedded mixnet", async () => {
  await using testbed = await Testbed.create();
  // One after the other, on one network.
  const all = 'for script; do echo "# $script"; sh "$script" || exit; done';
  const scripts = Object.keys(SCRIPTS).map((name) =>
    path(`examples/${name}.sh`)
  );
  const { code, stdout, stderr } = await testbed.nymwire(
    ["network", "up", "--", "sh", "-c", all, "sh", ...scripts],
    { env: { DENO: Deno.execPath() } },
  );
  const printed = stdout.split(/^# .*\n/m).slice(1).map((text) =>
    text.trimEnd().split("\n").toSorted()
  );
  assertEquals(code, 0, stderr);
  assertEquals(printed, Object.values(SCRIPTS), stderr);
});
