import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { DecodeError } from "../../lib/errors.ts";
import { covers, netGrantOf, parseGrant } from "../../lib/plugin/grant.ts";

Deno.test("parseGrant() brings hosts into one spelling", () => {
  const spellings = {
    "net=example.org": "example.org:443",
    "net=Example.ORG:80": "example.org:80",
    "net=[::1]:8080": "[::1]:8080",
    "net=127.0.0.1:1": "127.0.0.1:1",
    "net=0x7f.1:99": "127.0.0.1:99",
    "net=bücher.example:443": "xn--bcher-kva.example:443",
  };
  for (const [text, value] of Object.entries(spellings)) {
    assertEquals(parseGrant(text), { kind: "net", value });
  }
});

Deno.test("parseGrant() refuses what cannot be meant", () => {
  for (
    const text of [
      "net",
      "net=",
      "net=*",
      "net=https://example.org",
      "net=example.org:0",
      "net=example.org:70000",
      "net=a@b:1",
      "net=a/b:1",
      "root=1",
      "constructor=1",
      "run=cat",
      "env=A=B",
      "env=LD_PRELOAD",
      "env=DENO_DIR",
      "send=someone",
      "read=",
    ]
  ) assertThrows(() => parseGrant(text), DecodeError, "", text);
});

Deno.test("covers() compares folders by their parts and all else exactly", () => {
  const yes: [string, string][] = [
    ["read=/a", "read=/a"],
    ["read=/a", "read=/a/b/c"],
    ["net=x.example:1", "net=X.example:1"],
    ["send=any", "send=any"],
    ["run=/bin/cat", "run=/bin/cat"],
  ];
  const no: [string, string][] = [
    ["read=/a", "read=/ab"],
    ["read=/a/b", "read=/a"],
    ["read=/a", "write=/a"],
    ["net=x.example:1", "net=x.example:2"],
    ["net=x.example:1", "net=y.x.example:1"],
    ["run=/bin", "run=/bin/cat"],
    ["env=A", "env=AB"],
  ];
  for (const [granted, needed] of yes) {
    assert(covers(parseGrant(granted), parseGrant(needed)), granted);
  }
  for (const [granted, needed] of no) {
    assertFalse(covers(parseGrant(granted), parseGrant(needed)), granted);
  }
});

Deno.test("netGrantOf() knows the ports of web addresses and nothing else", () => {
  assertEquals(netGrantOf("https://A.example/x?y")?.value, "a.example:443");
  assertEquals(netGrantOf("http://a.example")?.value, "a.example:80");
  assertEquals(netGrantOf("http://[::1]:99/")?.value, "[::1]:99");
  for (const url of ["ftp://a/", "file:///a", "data:,x", "a.example:443", ""]) {
    assertEquals(netGrantOf(url), undefined, url);
  }
});
