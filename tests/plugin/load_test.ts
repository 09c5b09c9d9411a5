import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { EXIT } from "../../lib/errors.ts";
import type { OpenChainOptions } from "../../lib/plugin/open_chain.ts";
import type { PluginSpec } from "../../lib/plugin/spec.ts";
import { failureOf, folderOf, pluginSource, stage } from "./support.ts";

/** How loading a file with this text fails, with its folder left out. */
async function refusal(
  name: string,
  source: string,
  spec: Partial<PluginSpec> = {},
  options: Partial<OpenChainOptions> = {},
): Promise<string> {
  await using folder = await folderOf({ [`${name}.ts`]: source });
  const text = await failureOf(stage(
    [{ name, file: `./${name}.ts`, ...spec }],
    { cwd: folder.path, ...options },
  ));
  return text.replaceAll(folder.path, "");
}

const keep = "message() {}";

Deno.test("a plugin that does not finish loading or starting ends with the signal", async () => {
  const endless = `console.log("here"); for (;;);`;
  for (
    const source of [
      endless,
      pluginSource("endless", `${keep}, start() { ${endless} }`),
    ]
  ) {
    await using folder = await folderOf({ "endless.ts": source });
    const stop = new AbortController();
    await assertRejects(
      () =>
        stage([{ name: "endless", file: "./endless.ts" }], {
          cwd: folder.path,
          signal: stop.signal,
          onLog: () => stop.abort(new Error("told to end")),
        }),
      Error,
      "told to end",
    );
  }
});

Deno.test("a plugin that cannot be used is refused with file, place and remedy", async (t) => {
  const cases: {
    title: string;
    name: string;
    source: string;
    says: string[];
    spec?: Partial<PluginSpec>;
    options?: Partial<OpenChainOptions>;
  }[] = [
    {
      title: "does not parse",
      name: "broken",
      source: "const x = {;\n",
      says: ["Cannot load plugin ./broken.ts: ", "(broken.ts:1:12)"],
    },
    {
      title: "has no default export",
      name: "bare",
      source: "export const meta = {};",
      says: ["it has no default export", "nymwire plugin check ./bare.ts"],
    },
    {
      title: "has a default export of another kind",
      name: "fun",
      source: "export default () => 1;",
      says: ["it has no default export that is an object"],
    },
    {
      title: "throws at load",
      name: "loud",
      source: `\nthrow new RangeError("too far");`,
      says: ["RangeError: too far (loud.ts:2:7)"],
    },
    {
      title: "throws in start",
      name: "starter",
      source: pluginSource("starter", `\n  start() { null.x; },`),
      says: ["./starter.ts: start: ", "(starter.ts:5:18)"],
    },
    {
      title: "ends itself in start",
      name: "quitter",
      source: pluginSource("quitter", "start() { Deno.exit(0); }"),
      says: ["./quitter.ts: start: it ended itself"],
    },
    {
      title: "never starts",
      name: "sleeper",
      source: pluginSource(
        "sleeper",
        "start: () => new Promise(() => { setInterval(() => {}, 1000) })",
      ),
      options: { bootTimeout: 1500 },
      says: ["within 1.5 s", "Do less when it loads and starts"],
    },
    {
      title: "imports what is not there",
      name: "lonely",
      source: `import "./missing.ts";\n${pluginSource("lonely", keep)}`,
      says: ["Module not found", "missing.ts"],
    },
    {
      title: "imports from elsewhere",
      name: "curious",
      source: `import "../other/x.ts";\n${pluginSource("curious", keep)}`,
      says: [
        'Requires read access to "',
        "(curious.ts:1:8)",
        "Plugins read and import from their own folder alone",
      ],
    },
    {
      title: "imports a package",
      name: "packed",
      source: `import "npm:chalk";\n${pluginSource("packed", keep)}`,
      says: ["npm", "copy what it needs into its folder"],
    },
    {
      title: "has another name than its file",
      name: "file",
      source: pluginSource("other", keep),
      says: ["meta.name is other, the file says file", "rename the file"],
    },
    {
      title: "has no hook",
      name: "idle",
      source: pluginSource("idle", ""),
      says: ["it has no hook", "Add one of start, message, outgoing"],
    },
    {
      title: "has a hook that is no function",
      name: "odd",
      source: pluginSource("odd", "message: 1"),
      says: ["its message is no function"],
    },
    {
      title: "has no meta",
      name: "anonymous",
      source: "export default { message() {} };",
      says: ["meta: need an object, have null"],
    },
    {
      title: "asks for an unknown grant",
      name: "root",
      source: pluginSource("root", keep, {
        meta: `grants: [{ kind: "root", why: "" }]`,
      }),
      says: ["meta.grants[0].kind: no such grant, choose from net, send"],
    },
    {
      title: "gets options that its schema refuses",
      name: "strict",
      source: pluginSource("strict", keep, {
        meta: `options: { properties: { n: { type: "integer" } } }`,
      }),
      spec: { sets: [{ key: "n", text: "many" }] },
      says: [
        'option strict.n: need a number, have "many"',
        "--set strict.n=VALUE",
      ],
    },
    {
      title: "lacks a grant",
      name: "asker",
      source: pluginSource("asker", keep, {
        meta: `grants: [{ kind: "net", why: "to ask", value: "a.example" }]`,
      }),
      says: [
        "it needs net=a.example:443 (to ask), which is not granted",
        "Add --grant asker.net=a.example:443",
        `grants = ["net=a.example:443"]`,
      ],
    },
  ];
  for (const { title, name, source, says, spec, options } of cases) {
    await t.step(title, async () => {
      const text = await refusal(name, source, spec, options);
      for (const part of says) assertStringIncludes(text, part);
      assertStringIncludes(text, `Cannot load plugin ./${name}.ts: `);
      assert(text.endsWith(`| ${EXIT.usage}`), text);
    });
  }
});

Deno.test("openPluginChain() refuses a file that is not there, and two of one name", async () => {
  await using folder = await folderOf({
    "a/x.ts": pluginSource("x", keep),
    "b/x.ts": pluginSource("x", keep),
  });
  const cwd = folder.path;
  assertStringIncludes(
    await failureOf(stage([{ name: "nope", file: "nope.ts" }], { cwd })),
    "Cannot load plugin nope.ts: there is no such file | Check the path",
  );
  assertStringIncludes(
    await failureOf(stage([{ name: "a", file: "a" }], { cwd })),
    "Cannot load plugin a: it is no file | Name the file",
  );
  const both = await stage([
    { name: "x", file: "a/x.ts" },
    { name: "x", file: "b/x.ts" },
  ], { cwd }).catch((error) => error);
  assertEquals(
    both.message,
    "Cannot use two plugins called x: a/x.ts and b/x.ts",
  );
});

Deno.test("openPluginChain() ends the others when one cannot be used", async () => {
  await using folder = await folderOf({
    "good.ts": pluginSource("good", `${keep}, start: (c) => c.log("started")`),
    "bad.ts": "throw 1;",
  });
  // The leak sanitizer would find the process of the good one.
  assertStringIncludes(
    await failureOf(stage([
      { name: "good", file: "good.ts" },
      { name: "bad", file: "bad.ts" },
    ], { cwd: folder.path })),
    "Cannot load plugin bad.ts: 1",
  );
});
