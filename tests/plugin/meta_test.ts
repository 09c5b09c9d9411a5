import { assert, assertEquals, assertThrows } from "@std/assert";
import { EXIT, PluginError } from "../../lib/errors.ts";
import type { PluginMeta } from "../../lib/plugin/api.ts";
import { checkMeta } from "../../lib/plugin/meta.ts";

const LEAST = { api: 1, name: "echo", version: "1.0.0", description: "Echoes" };

Deno.test("checkMeta() takes the least and fills in the rest", () => {
  assertEquals(checkMeta(LEAST, "echo.ts"), {
    ...LEAST,
    api: 1,
    options: { type: "object", properties: {} },
    grants: [],
    match: undefined,
  });
});

Deno.test("checkMeta() brings grants into one spelling", () => {
  const { grants } = checkMeta({
    ...LEAST,
    options: { properties: { endpoint: { type: "string" } } },
    grants: [
      { kind: "net", why: "to ask", value: "EXAMPLE.org" },
      { kind: "net", why: "to post", option: "endpoint", optional: true },
    ],
  }, "echo.ts");
  assertEquals(grants[0]?.value, "example.org:443");
  assertEquals(grants[1]?.option, "endpoint");
  assert(grants[1]?.optional);
});

Deno.test("checkMeta() and the types take options as a whole JSON Schema", () => {
  const meta = {
    ...LEAST,
    api: 1,
    options: { type: "object", properties: { a: { type: "string" } } },
  } satisfies PluginMeta;
  const { properties } = checkMeta(meta, "echo.ts").options;
  assertEquals(Object.keys(properties ?? {}), ["a"]);
});

Deno.test("checkMeta() names the file, the place and what to do", () => {
  const cases: [unknown, string][] = [
    [null, "meta: need an object, have null"],
    [{ ...LEAST, api: 2 }, "meta.api: need 1, the only version there is"],
    [{ ...LEAST, name: "../x" }, "meta.name: need letters"],
    [{ ...LEAST, name: undefined }, "meta.name: need a string"],
    [{ api: 1, name: "x", version: "1" }, "meta.description: missing"],
    [{ ...LEAST, hooks: [] }, "meta.hooks: unknown, choose from"],
    [
      { ...LEAST, grants: [{ kind: "root", why: "" }] },
      "meta.grants[0].kind: no such grant, choose from net",
    ],
    [
      { ...LEAST, grants: [{ kind: "net", why: "", option: "url" }] },
      "meta.grants[0].option: need one of",
    ],
    [
      { ...LEAST, grants: [{ kind: "net", why: "", value: "http://x/" }] },
      "Cannot read grant net=http://x/: need HOST:PORT",
    ],
    [{ ...LEAST, grants: [{ kind: "net" }] }, "meta.grants[0].why: missing"],
    [{ ...LEAST, match: { regex: "x" } }, "meta.match.regex: unknown"],
    [{ ...LEAST, match: { json: { a: [] } } }, "need true, a string"],
    [{ ...LEAST, description: "a\u001b[2Jb" }, "control characters"],
    [
      { ...LEAST, options: { properties: { a: { type: "any" } } } },
      "meta.options.properties.a.type: need one of",
    ],
  ];
  for (const [meta, message] of cases) {
    const error = assertThrows(
      () => checkMeta(meta, "./echo.ts"),
      PluginError,
      message,
    );
    assert(error.message.startsWith("Cannot load plugin ./echo.ts: "));
    assertEquals(error.exitCode, EXIT.usage);
    assertEquals(error.hint, "Correct meta in the plugin's default export");
  }
});
