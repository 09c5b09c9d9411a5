import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  DecodeError,
  EXIT,
  PluginError,
  UsageError,
} from "../../lib/errors.ts";
import { type Clock, systemClock } from "../../lib/async/clock.ts";
import type { HostOptions } from "../../lib/plugin/host.ts";
import { checkPlugin } from "../../lib/plugin/tools/check.ts";
import { listPlugins } from "../../lib/plugin/tools/list.ts";
import { newPlugin } from "../../lib/plugin/tools/new.ts";
import {
  type CaseResult,
  runPluginCases,
} from "../../lib/plugin/tools/run_cases.ts";
import { testPlugin } from "../../lib/plugin/tools/harness.ts";
import { folderOf, pluginSource } from "./support.ts";

const HOST = {
  mailbox: () => undefined,
  onLog() {},
  protect: [],
  env: { get: () => undefined },
};

async function run(file: string): Promise<CaseResult[]> {
  return await Array.fromAsync(runPluginCases(file));
}

Deno.test("newPlugin() writes a plugin that checks out, and whose cases pass", async (t) => {
  await using folder = await folderOf({});
  const files = await newPlugin("thanks", { cwd: folder.path });
  assertEquals(files.map((file) => file.slice(folder.path.length)), [
    "/thanks/thanks.ts",
    "/thanks/thanks.cases.ndjson",
    "/thanks/deno.json",
  ]);
  const report = await checkPlugin(files[0]!, HOST);
  assertEquals(report.findings, []);
  assert(report.typesChecked);
  assertEquals(report.hooks, ["message"]);
  await testPlugin(t, files[0]!);
  await assertRejects(
    () => newPlugin("thanks", { cwd: folder.path }),
    UsageError,
    "it is there",
  );
  await assertRejects(
    () => newPlugin("../x", { cwd: folder.path }),
    UsageError,
  );
});

Deno.test("checkPlugin() finds what is wrong with types, members and loading", async () => {
  await using folder = await folderOf({
    "typed.ts": `import type { Plugin } from "nymwire";
${
      pluginSource(
        "typed",
        "message: (message) => ({ kind: 'replace', body: message.txt() })",
      ).replace("};", "} satisfies Plugin;")
    }`,
    "extra.ts": pluginSource("extra", "message() {}, mesage() {}"),
    "broken.ts": "export default {",
  });
  const check = (name: string) =>
    checkPlugin(name, { ...HOST, cwd: folder.path });
  const typed = await check("typed.ts");
  assertEquals(typed.findings.map(({ part }) => part), ["types"]);
  assertStringIncludes(
    typed.findings[0]!.text,
    "Property 'txt' does not exist",
  );
  assertStringIncludes(typed.findings[0]!.text, "typed.ts:5:");
  const extra = await check("extra.ts");
  assertEquals(extra.findings, [{
    severity: "warning",
    part: "members",
    text: "mesage is no hook and is never called",
    hint: "Hooks are start, message, outgoing, observe, stop",
  }]);
  const broken = await check("broken.ts");
  assertEquals(broken.meta, undefined);
  assertEquals(broken.findings[0]!.part, "load");
  assertStringIncludes(broken.findings[0]!.text, "(broken.ts:1:17)");
});

Deno.test("runPluginCases() tells every difference from what is expected", async () => {
  await using folder = await folderOf({
    "twist.ts": pluginSource(
      "twist",
      `async message(message, context) {
        const text = message.text();
        if (text === "drop") return { kind: "drop", reason: "x" };
        if (text === "fail") throw new Error("as told");
        if (text === "reply") return await context.reply(message, "re");
        if (text === "write") return await Deno.writeTextFile(context.options.folder + "/f", "w");
        if (text === "ask") return { kind: "replace", body: await (await context.fetch("https://a.example/")).text() };
        context.log("kept it");
      },
      outgoing: (message) => ({ kind: "replace", body: message.to })`,
      {
        meta: `options: { properties: { folder: { type: "string" } } },
        grants: [{ kind: "net", why: "x", optional: true }, { kind: "write", why: "y", option: "folder" }]`,
      },
    ),
    "twist.cases.ndjson": [
      { with: { grants: ["net=a.example"] } },
      { case: "kept", message: "x", expect: { log: ["kept"] } },
      { case: "not kept", message: "drop" },
      { case: "dropped", message: "drop", expect: { messages: [] } },
      { case: "fails", message: "fail", expect: { error: "as told" } },
      { case: "fails otherwise", message: "fail", expect: { error: "other" } },
      { case: "does not fail", message: "x", expect: { error: "other" } },
      { case: "replies", message: "reply", expect: { replies: ["re"] } },
      { case: "replies unasked", message: "reply" },
      {
        case: "goes out",
        outgoing: { text: "x", to: "bob" },
        expect: { messages: ["bob"] },
      },
      {
        case: "asks",
        message: "ask",
        fetch: [{ url: "https://a.example/", answer: { json: { a: 1 } } }],
        expect: { messages: [{ json: { a: 1 } }] },
      },
      { case: "asks in vain", message: "ask" },
      { with: { options: { folder: "{tmp}" }, grants: ["write={tmp}"] } },
      {
        case: "writes",
        message: "write",
        expect: {
          files: [{ path: "{tmp}/f", text: "w" }, { gone: "{tmp}/g" }],
        },
      },
      {
        case: "writes other",
        message: "write",
        expect: {
          files: [{ path: "{tmp}/f", text: "v" }, {
            path: "{tmp}/g",
            text: "",
          }],
        },
      },
    ].map((line) => JSON.stringify(line)).join("\n"),
  });
  const results = await run(`${folder.path}/twist.ts`);
  const wrong = results.filter(({ problems }) => problems.length > 0);
  assertEquals(
    wrong.map(({ name, line, problems }) => [name, line, problems.length]),
    [
      ["not kept", 3, 1],
      ["fails otherwise", 6, 1],
      ["does not fail", 7, 1],
      ["replies unasked", 9, 1],
      ["asks in vain", 12, 2],
      ["writes other", 15, 2],
    ],
  );
  assertEquals(wrong[0]!.problems, ['becomes nothing, expected "drop"']);
  assertEquals(wrong[2]!.problems, ['does not fail, expected "other"']);
});

Deno.test("runPluginCases() says whether the plugin or its cases are missing", async () => {
  await using folder = await folderOf({
    "lonely.ts": pluginSource("lonely", "message() {}"),
  });
  const refusal = (name: string) =>
    assertRejects(() => run(`${folder.path}/${name}`), PluginError);
  const cases = await refusal("lonely.ts");
  assertEquals(
    cases.message,
    `Cannot read cases in ${folder.path}/lonely.cases.ndjson: there is no such file`,
  );
  assertEquals(cases.exitCode, EXIT.usage);
  const plugin = await refusal("nowhere.ts");
  assertEquals(
    plugin.message,
    `Cannot load plugin ${folder.path}/nowhere.ts: there is no such file`,
  );
});

Deno.test("runPluginCases() names the line of a case that makes no sense", async () => {
  await using folder = await folderOf({
    "odd.ts": pluginSource("odd", "message() {}"),
    "odd.cases.ndjson": `// a remark\n{"case": "x", "mesage": "y"}\n`,
    "none.ts": pluginSource("none", "message() {}"),
  });
  await assertRejects(
    () => run(`${folder.path}/odd.ts`),
    DecodeError,
    "line 2: mesage: unknown, choose from case",
  );
  await assertRejects(
    () => run(`${folder.path}/none.ts`),
    PluginError,
    "there is no such file",
  );
});

Deno.test("listPlugins() shows order, grants and isolation, and what cannot be used", async () => {
  await using folder = await folderOf({
    "a.ts": pluginSource("a", "message() {}, start() { throw 1; }", {
      meta: `grants: [{ kind: "net", why: "to ask" }]`,
    }),
    "b.ts": "nonsense(",
  });
  const a = { name: "a", file: "a.ts" };
  const listed = await listPlugins([
    { ...a, grants: [{ kind: "net", value: "x:1" }], onError: "drop" },
    { name: "b", file: "b.ts", trusted: true },
    a,
  ], { ...HOST, cwd: folder.path });
  const { meta, ...first } = listed[0]!;
  assertEquals(meta?.version, "1.0.0");
  assertEquals(first, {
    order: 1,
    name: "a",
    file: "a.ts",
    isolation: "sandboxed",
    grants: ["net=x:1"],
    onError: "drop",
    hooks: ["start", "message"],
    problem: undefined,
    hint: undefined,
  });
  assertEquals(listed[1]!.isolation, "trusted");
  assertStringIncludes(listed[1]!.problem!, "Cannot load plugin b.ts");
  assertStringIncludes(listed[2]!.problem!, "it needs net=HOST:PORT (to ask)");
  assertStringIncludes(listed[2]!.hint!, "Add --grant a.net=HOST:PORT");
});

Deno.test("checkPlugin() and listPlugins() end a plugin that does not finish loading", async () => {
  await using folder = await folderOf({ "endless.ts": "for (;;);" });
  const file = `${folder.path}/endless.ts`;
  const runs = [
    (options: HostOptions, signal: AbortSignal) =>
      checkPlugin(file, options, signal),
    (options: HostOptions, signal: AbortSignal) =>
      listPlugins([{ name: "endless", file }], options, signal),
  ];
  for (const run of runs) {
    const stop = new AbortController();
    const clock: Clock = {
      ...systemClock,
      until(time, signal) {
        // Its loading is waited for.
        stop.abort(new Error("told to end"));
        return systemClock.until(time, signal);
      },
    };
    await assertRejects(
      () => run({ ...HOST, clock }, stop.signal),
      Error,
      "told to end",
    );
  }
});

Deno.test("checkPlugin() says once what is wrong, and names files as the user does", async () => {
  await using folder = await folderOf({
    "parses.ts": "export default {",
    "finds.ts": `import "./nothing.ts";\n${
      pluginSource("finds", "message() {}")
    }`,
    "fits.ts": `const n: number = "one";\n${
      pluginSource("fits", "message() {}")
    }`,
  });
  const check = async (file: string) => {
    const { findings } = await checkPlugin(file, {
      ...HOST,
      cwd: folder.path,
    });
    return findings.map(({ part, text, hint }) => [part, text, hint]);
  };
  assertEquals(await check("nowhere.ts"), [[
    "load",
    "Cannot load plugin nowhere.ts: there is no such file",
    "Check the path; make a new plugin with: nymwire plugin new NAME",
  ]]);
  const [parses, ...more] = await check("parses.ts");
  assertEquals(more, []);
  assertMatch(
    parses![1]!,
    /^Cannot load plugin parses.ts: SyntaxError: [^\n]* \(parses.ts:1:\d+\)$/,
  );
  assertEquals(await check("finds.ts"), [[
    "load",
    'Cannot load plugin finds.ts: Module not found "./nothing.ts". (finds.ts:1:8)',
    undefined,
  ]]);
  const [[part, text] = []] = await check("fits.ts");
  assertEquals(part, "types");
  assertMatch(text!, /^TS2322 [^]* at fits.ts:1:7$/);
});
