import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  ClosedOutput,
  Interruption,
  TimeLimit,
} from "../../lib/cli/interruption.ts";
import { Output } from "../../lib/cli/output.ts";
import { describe, report } from "../../lib/cli/report.ts";
import {
  ConnectionError,
  CryptoError,
  DecodeError,
  EXIT,
  NymError,
  PluginError,
  ProtocolError,
  UsageError,
} from "../../lib/errors.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FakeSink } from "../support/fake_world.ts";

Deno.test("describe() knows the exit code of every class, and lets an error name another", () => {
  const cases: [Error, number][] = [
    [new UsageError("x"), 2],
    [new ConnectionError("x"), 3],
    [new ProtocolError("x"), 3],
    [new DecodeError("x"), 3],
    [new ConnectionError("x", { exitCode: EXIT.lost }), 5],
    [new TimeLimit("x", "1s"), 6],
    [new DOMException("x", "TimeoutError"), 6],
    [new DecodeError("x", { exitCode: EXIT.address }), 7],
    [new PluginError("x"), 9],
    [new CryptoError("x"), 12],
    [new NymError("x"), 1],
    [new TypeError("x"), 1],
    [new Deno.errors.NotFound("x"), 2],
    [new Interruption("SIGHUP"), 129],
    [new Interruption("SIGINT"), 130],
    [new Interruption("SIGTERM"), 143],
    [new ClosedOutput(), 141],
  ];
  for (const [error, code] of cases) {
    assertEquals(describe(error).code, code, String(error));
  }
});

Deno.test("describe() always has a hint, and says what became of a message", () => {
  const error = new UsageError("Cannot send", { mayArrive: false });
  assertEquals(describe(error).message, "Cannot send (not sent)");
  const late = new ConnectionError("Cannot send", { mayArrive: true });
  assertEquals(describe(late).message, "Cannot send (may still arrive)");
  for (const any of [error, late, new NymError("x"), "text", undefined]) {
    assert(describe(any).hint.length > 10);
  }
});

Deno.test("describe() keeps strangers' words on one harmless line", () => {
  const { message } = describe(new NymError("a\nb\x1b[2J"));
  assertEquals(message, "a\\nb\\x1b[2J");
});

Deno.test("report() writes a sentence and a hint, and with --json an object", async () => {
  const { output, stdout, stderr } = fake({ json: true });
  const error = new UsageError("Cannot x", { hint: "Do y" });
  assertEquals(await report(error, output), 2);
  assertEquals(stderr.text, "error: Cannot x\nhint: Do y\n");
  assertEquals(
    stdout.text,
    '{"v":1,"type":"error","time":"2026-01-01T00:00:00.000Z","code":2,"message":"Cannot x","hint":"Do y","mayArrive":null}\n',
  );
});

Deno.test("report() shows stacks with -vv alone", async () => {
  for (const verbose of [0, 1, 2]) {
    const { output, stderr } = fake({ verbose });
    await report(new TypeError("oops", { cause: new Error("deep") }), output);
    assertEquals(stderr.text.includes("report_test.ts"), verbose === 2);
    assertEquals(stderr.text.includes("caused by: Error: deep"), verbose === 2);
    assertStringIncludes(stderr.text, "error: Unexpected: oops\nhint: ");
  }
});

Deno.test("report() says nothing when nobody reads our output", async () => {
  const { output, stdout, stderr } = fake({ json: true });
  assertEquals(await report(new ClosedOutput(), output), 141);
  assertEquals(stdout.text + stderr.text, "");
  const closed = fake({ json: true });
  closed.stdout.closedAfter = 0;
  assertEquals(await report(new UsageError("x"), closed.output), 2);
});

function fake(settings: { json?: boolean; verbose?: number }) {
  const stdout = new FakeSink();
  const stderr = new FakeSink();
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
    ...settings,
  });
  return { output, stdout, stderr };
}

Deno.test("describe() keeps the token of an url to itself", () => {
  const url = "ws://127.0.0.1:9/?x=1&token=abc123";
  const { message, hint } = describe(
    new ConnectionError(`Cannot reach ${url}: no`, {
      hint: `Type: nymwire run --upstream ${url}`,
    }),
  );
  const shown = "ws://127.0.0.1:9/?x=1&token=…";
  assertEquals(message, `Cannot reach ${shown}: no`);
  assertEquals(hint, `Type: nymwire run --upstream ${shown}`);
});
