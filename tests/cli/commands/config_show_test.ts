import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeWorld } from "../../support/fake_world.ts";
import { writeHome } from "../home_fixture.ts";
import { tempFolder } from "../../support/temp_folder.ts";

/** Every value and where it comes from, by its key. */
async function shown(
  variables: Readonly<Record<string, string>>,
  ...argv: string[]
): Promise<Map<unknown, string>> {
  const world = new FakeWorld();
  Object.assign(world.variables, variables);
  const code = await world.run("config", "show", "--json", ...argv);
  assertEquals(code, 0, world.stderr.text);
  return new Map(
    world.stdout.objects.map(({ key, value, origin }) => [
      key,
      `${value} from ${origin}`,
    ]),
  );
}

Deno.test("config show names the strongest origin of each value: flag, environment, settings, client, default", async () => {
  await using folder = await tempFolder();
  const { path } = folder;
  await writeHome(path, "alice", { port: 1999 });
  await writeHome(path, "bob");
  await Deno.mkdir(`${path}/settings/nymwire`, { recursive: true });
  await Deno.writeTextFile(
    `${path}/settings/nymwire/config.toml`,
    'id = "bob"\ntimeout = "7s"\nsurbs = "auto"\n',
  );
  const env = { NYMWIRE_HOME: path, XDG_CONFIG_HOME: `${path}/settings` };
  const variables = { ...env, NYMWIRE_TIMEOUT: "9s", NYMWIRE_ID: "alice" };
  const flag = await shown(variables, "--id", "bob", "--origin");
  assertEquals(flag.get("id"), "bob from flag");
  assertEquals(flag.get("timeout"), "9s from environment NYMWIRE_TIMEOUT");
  assertEquals(flag.get("surbs"), "auto from settings");
  assertEquals(flag.get("color"), "auto from default");
  assertEquals(flag.get("homes"), `${path} from environment NYMWIRE_HOME`);
  const environment = await shown(variables);
  assertEquals(environment.get("id"), "alice from environment NYMWIRE_ID");
  assertEquals(environment.get("socket.listening_port"), "1999 from client");
  assertEquals((await shown(env)).get("id"), "bob from settings");
  // What a stronger origin says of the client hides what a weaker one says of it.
  const url = "ws://127.0.0.1:9";
  const elsewhere = await shown({ ...env, NYMWIRE_URL: url, NO_COLOR: "1" });
  assertEquals(elsewhere.get("url"), `${url} from environment NYMWIRE_URL`);
  assertEquals(elsewhere.get("id"), "null from default");
  assertEquals(elsewhere.get("color"), "never from environment NO_COLOR");
  const guarded = await shown({ ...env, NYMWIRE_URL: `${url}/?token=abc` });
  assertEquals(
    guarded.get("url"),
    `${url}/?token=… from environment NYMWIRE_URL`,
  );
  const both = await shown({ ...variables, NYMWIRE_URL: url });
  assertEquals(both.get("id"), "alice from environment NYMWIRE_ID");
  assertEquals(both.get("url"), `${url} from environment NYMWIRE_URL`);
  const here = await shown(
    { ...env, NYMWIRE_URL: url, NO_COLOR: "1" },
    ...["--id", "bob", "--color", "always"],
  );
  assertEquals(here.get("url"), "null from default");
  assertEquals(here.get("color"), "always from flag");
});

Deno.test("config show shows what is there before it says what is wrong with it", async () => {
  await using folder = await tempFolder();
  const { path } = folder;
  await Deno.mkdir(`${path}/nymwire`);
  const file = `${path}/nymwire/config.toml`;
  const nothing = {};
  const cases = [
    ['wait = "soon"\n', nothing, "wait", "soon", ":1:1: wait: need none or"],
    [
      'id = "no"\n',
      nothing,
      "id",
      "no",
      `client no, which id in ${file} names`,
    ],
    ["", { NYMWIRE_ID: "x" }, "id", "x", "client x, which NYMWIRE_ID names"],
    ["", { NYMWIRE_COLOR: "red" }, "color", "red", "Cannot use NYMWIRE_COLOR:"],
    ["wait =", nothing, "wait", null, "Cannot read"],
  ] as const;
  for (const [text, variables, key, value, says] of cases) {
    await Deno.writeTextFile(file, text);
    const world = new FakeWorld();
    const env = { NYMWIRE_HOME: path, XDG_CONFIG_HOME: path, ...variables };
    Object.assign(world.variables, env);
    assertEquals(await world.run("config", "show", "--json"), 2, text);
    const { objects } = world.stdout;
    const setting = objects.find((object) => object["key"] === key);
    assertEquals(setting?.["value"], value);
    assertEquals(objects.at(-1)!["type"], "error");
    assertStringIncludes(world.stderr.text, says);
  }
});

Deno.test("config show needs no word about which of several clients: it shows what they have in common", async () => {
  await using folder = await tempFolder();
  await writeHome(folder.path, "alice");
  const env = { NYMWIRE_HOME: folder.path };
  assert((await shown(env)).has("client.id"));
  await writeHome(folder.path, "bob");
  const several = await shown(env);
  assert(several.has("timeout"));
  assert(!several.has("client.id"));
  const world = new FakeWorld();
  Object.assign(world.variables, env);
  assertEquals(await world.run("config", "show", "--id", "carol"), 2);
  assertStringIncludes(world.stderr.text, "no such home");
});
