import { assertEquals, assertThrows } from "@std/assert";
import { shellWords } from "../../../lib/cli/parse/shell_words.ts";
import { UsageError } from "../../../lib/errors.ts";

Deno.test("shellWords() splits as a shell does and expands nothing", () => {
  const cases: [string, string[]][] = [
    ["wc -c", ["wc", "-c"]],
    ["  a\tb\n c ", ["a", "b", "c"]],
    [`echo 'a b' "c d"`, ["echo", "a b", "c d"]],
    [`a'b'"c"d`, ["abcd"]],
    [`''`, [""]],
    [`"" x`, ["", "x"]],
    [`a\\ b`, ["a b"]],
    [`"a\\"b\\\\c\\d"`, [`a"b\\c\\d`]],
    [`'a\\'`, ["a\\"]],
    [`$HOME *.txt ~ ; | & \`x\``, [
      "$HOME",
      "*.txt",
      "~",
      ";",
      "|",
      "&",
      "`x`",
    ]],
    ["a\\\nb", ["ab"]],
    ["é 'ü ö'", ["é", "ü ö"]],
  ];
  for (const [line, words] of cases) {
    assertEquals(shellWords(line), words, line);
  }
});

Deno.test("shellWords() refuses open quotes and nothing at all", () => {
  for (const line of ["'a", '"a', '"a\\"', "a\\"]) {
    assertThrows(() => shellWords(line), UsageError, "need a closing");
  }
  for (const line of ["", "  \t"]) {
    assertThrows(() => shellWords(line), UsageError, "need a command");
  }
});
