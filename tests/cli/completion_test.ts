import { assert, assertEquals, assertFalse, assertMatch } from "@std/assert";
import { completionScript, suggestWords } from "../../lib/cli/completion.ts";
import { ADDRESS } from "../support/fake_mailbox.ts";

const KNOWN = {
  ids: ["alice", "bob"],
  addresses: [{ address: ADDRESS, id: "bob" }],
};

/** The words that are suggested, without what they mean. */
function suggested(...words: string[]): string[] {
  const lines = suggestWords(words, KNOWN).trimEnd().split("\n");
  assertMatch(lines.pop()!, /^:[04]$/);
  return lines.map((line) => line.split("\t")[0]!);
}

Deno.test("suggestWords() knows commands, options, choices, homes and addresses", () => {
  assertEquals(suggested("se"), ["send"]);
  assertEquals(suggested("network", ""), ["up"]);
  assertEquals(suggested("gateways", ""), ["list", "add", "switch"]);
  assert(suggested("").includes("whoami"));
  assertFalse(suggested("").includes("complete"));
  assertEquals(suggested("send", "--spl"), ["--split"]);
  assertEquals(suggested("send", "--split", ""), [
    "whole",
    "lines",
    "nul",
    "ndjson",
  ]);
  assertEquals(suggested("listen", "--id", ""), ["alice", "bob"]);
  assertEquals(suggested("send", "--to", ""), ["self", ADDRESS]);
  assertEquals(suggested("init", "--network", "lo"), ["local"]);
  assertEquals(suggested("completions", ""), ["bash", "zsh", "fish"]);
  assertEquals(suggested("help", "ex"), ["exit-codes"]);
  assertEquals(suggested("send", "--wait=f"), ["flushed"]);
  assertEquals(suggested("send", "--id=a"), ["alice"]);
  assertEquals(suggested("listen", "--plugin", "e"), ["echo", "exec"]);
  assertEquals(suggested("plugin", "check", "gz"), ["gzip"]);
});

Deno.test("suggestWords() leaves files to the shell where one may stand, and there alone", () => {
  for (
    const [words, says] of [
      [["send", "--file", ""], ":0\n"],
      [["listen", "--out-dir", "x"], ":0\n"],
      [["plugin", "check", "./x"], ":0\n"],
      [["pipe", "--code-file=x"], ":0\n"],
      [["init", "--network", "./x"], ":0\n"],
      [["send", "--wait", "x"], ":4\n"],
      [["whoami", ""], ":4\n"],
    ] as const
  ) assertEquals(suggestWords(words, KNOWN), says, words.join(" "));
});

Deno.test("completionScript() asks our own program, in every shell", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    assert(completionScript(shell).includes("nymwire complete --"), shell);
  }
});

Deno.test("completionScript() for bash knows values behind an equals sign, and files beside words", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/e ts`, "");
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "--norc",
      "-c",
      `${completionScript("bash")}
compopt() { :; }
nymwire() { shift 2; printf 'echo\\tcomes with it\\nflushed\\n:%s\\n' "$says"; }
try() { COMP_WORDS=(nymwire "$@"); COMP_CWORD=$#; __nymwire_complete; printf '%s\\n' "\${COMPREPLY[@]}"; }
says=4 try send --wait = f; says=4 try send --wait =; says=0 try listen --plugin e`,
    ],
    cwd: folder,
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(new TextDecoder().decode(stdout).trim().split("\n"), [
    ...["flushed"],
    ...["echo", "flushed"],
    ...["echo", "e ts"],
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("completionScript() for bash works without helpers, twice, and runs nothing from the line", async () => {
  const folder = await Deno.makeTempDir();
  const program = `${folder}/nymwire`;
  // Prints the words that it is asked about, one a line.
  await Deno.writeTextFile(
    program,
    `#!/bin/sh\nshift 2\nfor word; do echo "[$word]"; done\necho :4\n`,
    { mode: 0o755 },
  );
  const script = completionScript("bash");
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: [
      "--norc",
      "-c",
      `${script}\n${script}\ncompopt() { :; }\nCOMP_WORDS=(nymwire send '$(touch ${folder}/evil)' "it's" ''); COMP_CWORD=4; __nymwire_complete; printf "%s\\n" "\${COMPREPLY[@]}"; nymwire() { echo :0; }; __nymwire_complete; echo \${#COMPREPLY[@]}`,
    ],
    env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  const words = new TextDecoder().decode(stdout).trim().split("\n");
  // Where nothing fits, the shell looks for files.
  assertEquals(
    words,
    ["[send]", `[$(touch ${folder}/evil)]`, "[it's]", "[]", "0"],
  );
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assertEquals(names, ["nymwire"]);
  await Deno.remove(folder, { recursive: true });
});
