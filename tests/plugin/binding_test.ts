import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { NymError } from "../../lib/errors.ts";
import { bindPlugin } from "../../lib/plugin/binding.ts";
import { type Grant, parseGrant } from "../../lib/plugin/grant.ts";
import { checkMeta } from "../../lib/plugin/meta.ts";
import type { PluginSpec } from "../../lib/plugin/spec.ts";
import { folderOf } from "./support.ts";

interface BindCase {
  meta?: Record<string, unknown>;
  grants?: string[];
  sets?: Record<string, string>;
  options?: PluginSpec["options"];
  protect?: string[];
  code?: string[];
  cwd?: string;
}

async function bind(
  { meta, grants = [], sets = {}, options, ...places }: BindCase,
): Promise<{ options: unknown; grants: readonly Grant[] }> {
  const checked = checkMeta({
    api: 1,
    name: "p",
    version: "1",
    description: "A test",
    ...meta,
  }, "p.ts");
  return await bindPlugin(checked, {
    name: "p",
    file: "p.ts",
    grants: grants.map(parseGrant),
    sets: Object.entries(sets).map(([key, text]) => ({ key, text })),
    options,
  }, { cwd: "/", protect: [], code: [], ...places });
}

async function refusal(input: BindCase): Promise<string> {
  const { message, hint } = await assertRejects(() => bind(input), NymError);
  return `${message} | ${hint}`;
}

const ENDPOINT = {
  options: { properties: { endpoint: { type: "string" } } },
  grants: [{ kind: "net", why: "to post", option: "endpoint" }],
};

Deno.test("bindPlugin() asks for the host of an option, with the line to add", async () => {
  const sets = { endpoint: "https://esplora.example/api" };
  assertEquals(
    await refusal({ meta: ENDPOINT, sets }),
    "Cannot load plugin p.ts: it needs net=esplora.example:443 (to post), which is not granted | " +
      'Add --grant p.net=esplora.example:443, or grants = ["net=esplora.example:443"] to its [[plugin]] of the settings',
  );
  const bound = await bind({
    meta: ENDPOINT,
    sets,
    grants: ["net=esplora.example"],
  });
  assertEquals(bound.options, sets);
  // What is not set needs nothing.
  assertEquals((await bind({ meta: ENDPOINT })).grants, []);
});

Deno.test("bindPlugin() asks for exact values, for anything of a kind, and not for what is optional", async () => {
  const meta = {
    grants: [
      { kind: "env", why: "the token", value: "TOKEN" },
      { kind: "run", why: "programs" },
      { kind: "net", why: "more", optional: true },
    ],
  };
  const text = await refusal({ meta });
  assertStringIncludes(
    text,
    "env=TOKEN (the token), run=/PATH/OF/PROGRAM (programs)",
  );
  await bind({ meta, grants: ["env=TOKEN", "run=/bin/cat"] });
  await bind({ meta, grants: ["env=TOKEN", "run=/bin/cat", "net=a:1"] });
});

Deno.test("bindPlugin() refuses to grant what was not asked for", async () => {
  assertEquals(
    await refusal({ grants: ["net=a:1"] }),
    "Cannot grant net to p: it asks for nothing | Leave the grant out",
  );
  assertEquals(
    await refusal({ meta: ENDPOINT, grants: ["run=/bin/cat"] }),
    "Cannot grant run to p: it asks for net alone | Leave the grant out",
  );
});

Deno.test("bindPlugin() names the option that the schema refuses", async () => {
  assertEquals(
    await refusal({ meta: ENDPOINT, sets: { url: "x" } }),
    "Cannot load plugin p.ts: option p.url: there is no such option, choose from endpoint | " +
      "Set it with --set p.OPTION=VALUE, or set = { OPTION = … } in its [[plugin]] of the settings",
  );
  const text = await refusal({ meta: ENDPOINT, sets: { endpoint: "ftp://a" } });
  assertStringIncludes(text, "option p.endpoint: ");
  assertStringIncludes(
    text,
    "| Set it with --set p.endpoint=VALUE, or set = {",
  );
});

Deno.test("bindPlugin() prefers text to settings, and collects repeated text", async () => {
  const meta = {
    options: {
      properties: { list: { type: "array", items: { type: "string" } } },
    },
  };
  const checked = await bindPlugin(
    checkMeta(
      { api: 1, name: "p", version: "1", description: "", ...meta },
      "p.ts",
    ),
    {
      name: "p",
      file: "p.ts",
      options: { list: ["settings"] },
      sets: [{ key: "list", text: "a" }, { key: "list", text: "b" }],
    },
    { cwd: "/", protect: [], code: [] },
  );
  assertEquals(checked.options, { list: ["a", "b"] });
});

Deno.test("bindPlugin() makes granted paths full and keeps keys, programs and links out of them", async () => {
  await using folder = await folderOf({
    "data/a.txt": "a",
    "keys/k.pem": "k",
    "code/p.ts": "p",
    "program/plugins/echo.ts": "p",
    "linked/x.txt": "x",
  });
  const { path } = folder;
  await Deno.symlink(`${path}/keys`, `${path}/linked/out`);
  const meta = {
    options: { properties: { folder: { type: "string" } } },
    grants: [{ kind: "write", why: "to keep files", option: "folder" }],
  };
  const places = {
    meta,
    cwd: path,
    protect: [`${path}/keys`],
    code: [`${path}/code/p.ts`, `${path}/program`],
  };
  const bound = await bind({
    ...places,
    grants: ["write=data"],
    sets: { folder: "./data/new" },
  });
  assertEquals(bound.options, { folder: `${path}/data/new` });
  assertEquals(bound.grants, [{ kind: "write", value: `${path}/data` }]);
  const refused = async (grant: string) =>
    (await refusal({ ...places, grants: [grant] })).replaceAll(path, "");
  assertStringIncludes(
    await refused("write=."),
    "it would hand over the keys in /keys",
  );
  assertStringIncludes(await refused("write=keys/deep"), "/keys");
  assertStringIncludes(await refused("write=code"), "the program /code/p.ts");
  assertStringIncludes(
    await refused("write=program/plugins"),
    "the program /program",
  );
  assertStringIncludes(
    await refused("write=linked"),
    "/keys through /linked/out",
  );
});
