import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
} from "@std/assert";
import { manPage } from "../../lib/cli/man.ts";
import { TREE } from "../../lib/cli/tree.ts";

Deno.test("manPage() names every command, option and topic", () => {
  const page = manPage("1.2.3").replaceAll("\\-", "-");
  for (const { name, heading, branches = [] } of TREE) {
    if (!heading) continue;
    for (
      const path of branches.length > 0
        ? branches.filter(({ heading }) => heading)
          .map((next) => `${name} ${next.name}`)
        : [name]
    ) {
      assertStringIncludes(page, `.SS ${path}`);
    }
  }
  for (
    const words of [
      "--log-addresses",
      "--split",
      "--mixes-per-layer",
      "nymwire listen --json -n 10",
      ".SH EXIT CODES",
    ]
  ) {
    assertStringIncludes(page, words);
  }
  assertFalse(page.includes("eth_private_key"));
});

Deno.test("manPage() is roff with few requests, and text that is none", () => {
  const page = manPage("1.2.3");
  const requests = [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".nf", ".fi"];
  for (const line of page.trimEnd().split("\n")) {
    const [first] = line.split(" ");
    const isRequest = /^[.']/.test(line);
    assert(!isRequest || requests.includes(first!), line);
    // A bare hyphen is set as a dash, a bare backslash starts an escape.
    const rest = line.replaceAll(/\\([-e&]|\[u[0-9A-F]{4}\])/g, "");
    assertFalse(!isRequest && /[-\\]/.test(rest), line);
    assertFalse(/[^ -~]/.test(rest), line);
  }
  assertEquals(page.split("\n.nf").length, page.split("\n.fi").length);
});
