import { assertEquals } from "@std/assert";
import { Output, type OutputOptions } from "../../lib/cli/output.ts";
import { ADDRESS } from "../support/fake_mailbox.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSink } from "../support/fake_world.ts";

Deno.test("Output.say() talks to people, to --verbose and where it is asked to, and never with --quiet", async () => {
  const cases: [Partial<OutputOptions>, boolean, string][] = [
    [{}, false, ""],
    [{}, true, "hi\n"],
    [{ verbose: 1 }, false, "hi\n"],
    [{ chatty: true }, false, "hi\n"],
    [{ quiet: true }, true, ""],
    [{ quiet: true, chatty: true }, false, ""],
  ];
  for (const [options, isTerminal, text] of cases) {
    const { output, stderr } = fake(options, { stderr: isTerminal });
    await output.say("hi");
    assertEquals(stderr.text, text);
  }
});

Deno.test("Output.warn() warns where people look, elsewhere before an error, and never with --quiet", async () => {
  const cases: [Partial<OutputOptions>, boolean, string, string][] = [
    [{}, true, "warning: careful\n", ""],
    [{ verbose: 1 }, false, "warning: careful\n", ""],
    [{ chatty: true }, false, "warning: careful\n", ""],
    [{}, false, "", "warning: careful\n"],
    [{ quiet: true }, false, "", ""],
    [{ quiet: true }, true, "", ""],
  ];
  for (const [options, isTerminal, atOnce, later] of cases) {
    const { output, stderr } = fake({ ...options, color: "never" }, {
      stderr: isTerminal,
    });
    await output.warn("careful");
    assertEquals(stderr.text, atOnce);
    await output.fail("x", "y");
    assertEquals(stderr.text, `${atOnce}${later}error: x\nhint: y\n`);
  }
});

Deno.test("Output.alarm() warns of a loss whoever looks, unless --quiet", async () => {
  const loud = fake({});
  await loud.output.alarm("lost");
  assertEquals(loud.stderr.text, "warning: lost\n");
  const quiet = fake({ quiet: true });
  await quiet.output.alarm("lost");
  assertEquals(quiet.stderr.text, "");
});

Deno.test("Output.detail() needs --verbose, at its level", async () => {
  const { output, stderr } = fake({ verbose: 1 });
  await output.detail("one");
  await output.detail("two", 2);
  assertEquals(stderr.text, "one\n");
});

Deno.test("Output.print() escapes controls on a terminal alone", async () => {
  const pipe = fake({});
  await pipe.output.print("a\x1b[2J");
  assertEquals(pipe.stdout.text, "a\x1b[2J\n");
  const terminal = fake({}, { stdout: true });
  await terminal.output.print("a\x1b[2J");
  assertEquals(terminal.stdout.text, "a\\x1b[2J\n");
});

Deno.test("Output.record() starts with version, type and time", async () => {
  const { output, stdout } = fake({ json: true });
  await output.record("ready", { url: "ws://x", odd: "\x9b" });
  assertEquals(
    stdout.text,
    '{"v":1,"type":"ready","time":"2026-01-01T00:00:00.000Z","url":"ws://x","odd":"\\u009b"}\n',
  );
});

Deno.test("Output colours for terminals, NO_COLOR aside, or as told", async () => {
  const red = "\x1b[1;31merror:\x1b[0m";
  const cases: [Partial<OutputOptions>, boolean, boolean][] = [
    [{}, true, true],
    [{}, false, false],
    [{ plain: true }, true, false],
    [{ color: "never" }, true, false],
    [{ color: "always" }, false, true],
    [{ color: "always", plain: true }, false, true],
  ];
  for (const [options, isTerminal, coloured] of cases) {
    const { output, stderr } = fake(options, { stderr: isTerminal });
    await output.fail("x", "y");
    assertEquals(stderr.text.startsWith(red), coloured);
    assertEquals(stderr.text.includes("\x1b["), coloured);
  }
});

Deno.test("Output.redraw() makes room for results on the same terminal, and draws over none of them", async () => {
  const { output, stdout, stderr } = fake({}, { stdout: true, stderr: true });
  await output.redraw("half");
  await output.write(new TextEncoder().encode("a line\n"));
  await output.redraw("all");
  await output.write(new TextEncoder().encode("a part"));
  await output.redraw("more");
  await output.say("bye");
  assertEquals(stdout.text, "a line\na part");
  assertEquals(
    stderr.text,
    "\r\x1b[Khalf\r\x1b[K\r\x1b[Kall\r\x1b[K\nbye\n",
  );
});

Deno.test("Output.address() shortens unless told otherwise", () => {
  assertEquals(fake({}).output.address(ADDRESS), "CytBse….4QXYyE…@4sBbL1…");
  assertEquals(fake({ logAddresses: true }).output.address(ADDRESS), ADDRESS);
});

Deno.test("Output loses talk, not results, when stderr is closed", async () => {
  const { output, stdout, stderr } = fake({});
  stderr.closedAfter = 0;
  await output.warn("x");
  await output.print("result");
  assertEquals(stdout.text, "result\n");
});

function fake(
  options: Partial<OutputOptions>,
  terminals: { stdout?: boolean; stderr?: boolean } = {},
) {
  const stdout = new FakeSink();
  const stderr = new FakeSink();
  stdout.isTerminal = terminals.stdout ?? false;
  stderr.isTerminal = terminals.stderr ?? false;
  const output = new Output({
    stdout,
    stderr,
    clock: new FakeClock(),
    json: false,
    quiet: false,
    verbose: 0,
    color: "auto",
    logAddresses: false,
    plain: false,
    ...options,
  });
  return { output, stdout, stderr };
}
