import { assert, assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import { settingsPath } from "../../lib/home/paths.ts";
import { SETTING_VALUES } from "../../lib/cli/setting_values.ts";
import { SETTINGS } from "../../lib/cli/settings.ts";
import { readSettings } from "../../lib/home/settings.ts";
import { tempFolder } from "../support/temp_folder.ts";

const FULL = `
id = "alice"
timeout = "30s"
log_addresses = true
allowed_origins = ["https://app.example", "http://localhost:3000/"]

[[plugin]]
file = "plugins/one.ts"
commands = ["send", "listen"]
grants = ["net=api.example:443"]
set = { greeting = "hi", times = 3, loud = false, hosts = ["a:1"], who = { bob = "b" } }
on_error = "fail"
timeout = "2m"
memory = 512

[[plugin]]
file = "/opt/two.ts"
trust = true
`;

Deno.test("settingsPath() follows XDG_CONFIG_HOME, then HOME", () => {
  const path = (values: Record<string, string>) =>
    settingsPath({ get: (name) => values[name] });
  assertEquals(
    path({ XDG_CONFIG_HOME: "/x", HOME: "/h" }),
    "/x/nymwire/config.toml",
  );
  assertEquals(
    path({ XDG_CONFIG_HOME: "", HOME: "/h" }),
    "/h/.config/nymwire/config.toml",
  );
  assertEquals(path({}), undefined);
});

Deno.test("readSettings() reads everything there is", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/config.toml`;
  assertEquals(await readSettings({ path, keys: SETTING_VALUES }), undefined);
  await Deno.writeTextFile(path, FULL);
  assertEquals(await readSettings({ path, keys: SETTING_VALUES }), {
    path,
    values: { id: "alice", timeout: "30s", log_addresses: "true" },
    allowedOrigins: ["https://app.example", "http://localhost:3000"],
    plugins: [
      {
        file: `${folder.path}/plugins/one.ts`,
        commands: ["send", "listen"],
        set: {
          greeting: "hi",
          times: "3",
          loud: "false",
          hosts: '["a:1"]',
          who: '{"bob":"b"}',
        },
        grants: ["net=api.example:443"],
        trust: false,
        onError: "fail",
        timeout: "2m",
        memory: 512,
      },
      {
        file: "/opt/two.ts",
        commands: ["listen"],
        set: {},
        grants: [],
        trust: true,
        onError: undefined,
        timeout: undefined,
        memory: undefined,
      },
    ],
  });
  await Deno.writeTextFile(path, "");
  assertEquals(await readSettings({ path, keys: SETTING_VALUES }), {
    path,
    values: {},
    allowedOrigins: [],
    plugins: [],
  });
});

Deno.test.each([
  [`id = "alice"`, "ident = 1", "ident: there is no such setting"],
  [`id = "alice"`, "id = 3", ":2:1: id: need text in quotes, have 3"],
  [`id = "alice"`, "id = []", "id: need text in quotes, have a list"],
  [`"alice"`, `"../x"`, `no "../x" as a client id: it holds a path separator`],
  [`"30s"`, "30", "timeout: need text in quotes, have 30"],
  [`"30s"`, `"30"`, `timeout: need a duration such as 500ms, 10s, 5m or 1h`],
  [
    "= true\na",
    `= "true"\na`,
    `log_addresses: need true or false, have "true"`,
  ],
  [
    `id = `,
    "url = ",
    `url: need a url such as ws://127.0.0.1:1977, have "alice"`,
  ],
  [`id = "alice"`, `surbs = "10"`, `need a whole number from 0 to 1000`],
  [`id = "alice"`, `surbs = 1.5`, "surbs: need a whole number"],
  [`id = "alice"`, `color = "red"`, "color: need auto or always or never"],
  [`id = "alice"`, `wait = true`, "wait: need none or queued or flushed"],
  [
    `"https://app.example"`,
    `"app.example"`,
    "allowed_origins[0]: need an origin",
  ],
  [`"https://app.example"`, `"https://app.example/x"`, "allowed_origins[0]"],
  [`"https://app.example"`, "5", "allowed_origins: need a list of texts"],
  [`file = "/opt/two.ts"`, "", "plugin[1].file: it is missing"],
  [`"send", `, `"pipe", `, "plugin[0].commands[0]: need send, listen"],
  ["trust = true", "trust = 1", "plugin[1].trust: need true or false"],
  [`"fail"`, `"explode"`, "plugin[0].on_error: need keep or drop"],
  ["times = 3", "times = 1979-05-27", "plugin[0].set.times: need text"],
  ["memory = 512", "memory = 1", "plugin[0].memory: need a whole number from"],
  [`timeout = "2m"`, "timeout = 2", "plugin[0].timeout: need text in quotes"],
  [`"2m"`, `"soon"`, ":13:1: plugin[0].timeout: need a duration such as 500ms"],
  ["trust = true", "trusts = true", "plugin[1].trusts: there is no such"],
  ["[[plugin]]", "[plugin]", ":16:1:"],
])("readSettings() refuses %s as %s", async (from, to, message) => {
  await using folder = await tempFolder();
  const path = `${folder.path}/config.toml`;
  assert(FULL.includes(from));
  await Deno.writeTextFile(path, FULL.replace(from, to));
  const error = await assertRejects(
    () => readSettings({ path, keys: SETTING_VALUES }),
    UsageError,
  );
  assert(error.message.startsWith(`Cannot read ${path}`), error.message);
  assert(error.message.includes(message), error.message);
});

Deno.test("readSettings() knows what every key that stands for a flag may hold", () => {
  assertEquals(Object.keys(SETTING_VALUES), SETTINGS.map(({ key }) => key));
});
