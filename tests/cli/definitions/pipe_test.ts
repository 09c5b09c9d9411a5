import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseArgs } from "../../../lib/cli/args.ts";
import { UsageError } from "../../../lib/errors.ts";
import { ADDRESS } from "../../support/fake_mailbox.ts";

function parse(...words: string[]) {
  const parsed = parseArgs(["pipe", ...words], { version: "1" });
  if (parsed.kind !== "command") throw new TypeError(parsed.kind);
  return parsed.complete(
    { get: () => undefined, toObject: () => ({}) },
    undefined,
  );
}

Deno.test("pipe understands its options", () => {
  assertEquals(parse("--to", ADDRESS, "-"), {
    kind: "pipe",
    to: ADDRESS,
    input: "-",
  });
  assertEquals(
    parse(
      "--listen",
      "--code-file",
      "code",
      "--keep-open",
      "--max-callers",
      "3",
      "--tcp",
      "[::1]:80",
      "--idle",
      "5m",
      "--timeout",
      "1h",
    ),
    {
      kind: "pipe",
      input: undefined,
      listen: true,
      codeFile: "code",
      keepOpen: true,
      maxCallers: 3,
      tcp: { host: "::1", port: 80 },
      idle: 300_000,
      timeout: 3_600_000,
    },
  );
  assertEquals(
    parse("--listen", "--anyone", "--exec", "wc -c 'a b'"),
    {
      kind: "pipe",
      input: undefined,
      listen: true,
      anyone: true,
      exec: ["wc", "-c", "a b"],
    },
  );
  assertEquals(parse("--to-file", "f", "--tcp-listen", "0"), {
    kind: "pipe",
    input: undefined,
    toFile: "f",
    tcpListen: 0,
  });
});

Deno.test("pipe refuses what means nothing", () => {
  const wrong: [words: string, text: string][] = [
    ["--listen --to x", "--listen together with --to"],
    ["--listen --to-file x", "--listen together with --to-file"],
    ["--to x --to-file y", "--to together with --to-file"],
    ["--listen --tcp-listen 1", "--listen together with --tcp-listen"],
    ["--listen --anyone --exec a --tcp b:1", "--exec together with --tcp"],
    ["--listen --anyone --code-file x", "--anyone together with --code-file"],
    ["--to x --anyone", "--anyone without --listen"],
    ["--to x --exec a", "--exec without --listen"],
    ["--to x --tcp a:1", "--tcp without --listen"],
    ["--to x --keep-open", "--keep-open without --listen or --tcp-listen"],
    ["--listen --anyone --exec a --max-callers 2", "without --keep-open"],
    ["--listen --exec a", "--exec without --code-file"],
    ["--listen --tcp a:1", "--tcp without --code-file"],
    ["--to x --network y", "--network without --ephemeral"],
    ["--to x file", "need - or nothing"],
    ["--to x --tcp-listen 1 -", "- together with"],
    ["--to x --tcp-listen 70000", "--tcp-listen"],
    ["--listen --tcp nonsense --anyone", "need a host and a port"],
    ["--to x --idle 5", "need a duration"],
    ["--listen --idle 0s", "--idle: need a duration above 0"],
    ["--listen --timeout 0s", "--timeout: need a duration above 0"],
  ];
  for (const [words, text] of wrong) {
    const error = assertThrows(
      () => parse(...words.split(" ")),
      UsageError,
      undefined,
      words,
    );
    assertStringIncludes(error.message, text, words);
  }
});
