import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeWorld } from "../../support/fake_world.ts";
import { tempFolder } from "../../home/support.ts";
import { writeHome } from "../home_fixture.ts";

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
