import { assert, assertEquals, assertFalse } from "@std/assert";
import { violations } from "../support/json_schema.ts";
import { FakeMailbox, someTag } from "../support/fake_mailbox.ts";
import { FakeWorld } from "../support/fake_world.ts";
import { objectsOf, schemaOf } from "../support/objects.ts";
import { writeHome } from "./home_fixture.ts";
import { tempFolder } from "../support/temp_folder.ts";

const FOLDER = new URL("../../docs/schema/", import.meta.url);

Deno.test("every published schema names its file, and takes fields that come later", async () => {
  for await (const { name } of Deno.readDir(FOLDER)) {
    const type = name.replace(/\.json$/, "");
    const schema = schemaOf(type) as Record<string, unknown>;
    assertEquals(schema["title"], type);
    assertEquals(
      schema["$schema"],
      "https://json-schema.org/draft/2020-12/schema",
    );
    assertFalse("additionalProperties" in schema);
    assert(violations({ v: 2, type, time: "now" }, schema as never).length > 0);
  }
});

Deno.test("whoami, config show, gateways list, send --dry-run and upgrade --check write what the schemas say", async () => {
  await using folder = await tempFolder();
  await writeHome(folder.path, "alice");
  for (
    const [type, ...argv] of [
      ["address", "whoami"],
      ["setting", "config", "show", "--id", "alice"],
      ["gateway", "gateways", "list"],
      ["plan", "send", "--dry-run", "--to", "self", "--surbs", "auto", "x"],
      ["plan", "upgrade", "--check"],
    ]
  ) {
    const world = new FakeWorld();
    world.variables["NYMWIRE_HOME"] = folder.path;
    assertEquals(await world.run(...argv, "--json"), 0, world.stderr.text);
    const { objects } = world.stdout;
    assert(objects.length > 0);
    assert(objects.every((object) => object["type"] === type));
  }
});

Deno.test("messages of every kind, answers, losses and errors are as the schemas say", async () => {
  const world = new FakeWorld();
  const mailbox = new FakeMailbox();
  world.mailboxes = [mailbox];
  mailbox.arrive("");
  mailbox.arrive(Uint8Array.of(255), { senderTag: someTag() });
  mailbox.arrive("x", { replySurb: Uint8Array.of(1, 2, 3) });
  await world.run("listen", "--json", "-n3");
  const failed = new FakeWorld();
  await failed.run("listen", "--json");
  const types = [...world.stdout.objects, ...failed.stdout.objects]
    .map(({ type }) => type);
  assertEquals(types, ["message", "message", "message", "end", "error", "end"]);
});

Deno.test("objectsOf() refuses what is not as published", () => {
  let refused = 0;
  const time = "2026-01-01T00:00:00.000Z";
  for (
    const object of [
      { v: 1, type: "end", time, reason: "x" },
      { v: 1, type: "end", time, reason: "x", count: -1 },
      { type: "end", v: 1, time, reason: "x", count: 1 },
      {
        v: 1,
        type: "error",
        time: "now",
        code: 1,
        message: "",
        hint: "",
        mayArrive: null,
      },
    ]
  ) {
    try {
      objectsOf(JSON.stringify(object));
    } catch {
      refused++;
    }
  }
  assertEquals(refused, 4);
});
