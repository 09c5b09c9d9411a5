import {
  assertEquals,
  assertFalse,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { fileURLToPath } from "node:url";
import { SHIPPED } from "../../../lib/cli/plugins/shipped.ts";
import { EXIT } from "../../../lib/errors.ts";
import { folderOf, pluginSource } from "../../plugin/support.ts";
import { FakeMailbox, someTag } from "../../support/fake_mailbox.ts";
import { FakeWorld } from "../../support/fake_world.ts";

function fromRoot(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** A world whose homes are in a folder. */
function worldOf(folder: string): FakeWorld {
  const world = new FakeWorld();
  world.variables["NYMWIRE_HOME"] = `${folder}/homes`;
  world.variables["XDG_CONFIG_HOME"] = `${folder}/config`;
  return world;
}

const FILES = {
  "shout.ts": pluginSource(
    "shout",
    `message: (m) => ({ kind: "replace", body: m.text().toUpperCase() + globalThis.end }),
     start: (c) => { globalThis.end = c.options.end; },
     outgoing: (m) => ({ kind: "emit", bodies: [m.text(), "again"] })`,
    {
      meta: `options: { properties: { end: { type: "string", default: "" } } }`,
    },
  ),
  "shout.cases.ndjson":
    `{"case":"shouts","message":"a","expect":{"messages":["A"]}}
{"case":"whispers","message":"a","expect":{"messages":["a"]}}\n`,
  "picky.ts": pluginSource(
    "picky",
    `async message(m, c) {
      if (m.text() === "bad") throw new Error("bad indeed");
      if (m.text() === "drop") return { kind: "drop", reason: "told so" };
      if (m.senderTag) await c.reply(m, "thanks");
    }`,
  ),
  "asker.ts": pluginSource("asker", "message() {}", {
    meta: `grants: [{ kind: "net", why: "to ask", value: "a.example" }]`,
  }),
  "messages.ndjson": ["one", "bad", "drop", "two"].map((text) =>
    JSON.stringify({ v: 1, type: "message", text })
  ).join("\n"),
};

Deno.test("listen --plugin prints what plugins make of messages", async () => {
  await using folder = await folderOf(FILES);
  const { path } = folder;
  const world = worldOf(path);
  const code = await world.run(
    "listen",
    "--replay",
    `${path}/messages.ndjson`,
    "--plugin",
    `${path}/picky.ts`,
    "--plugin",
    `${path}/shout.ts`,
    "--set",
    "shout.end=!",
  );
  assertEquals(code, EXIT.partial, world.stderr.text);
  assertEquals(world.stdout.text, "ONE!\nBAD!\nTWO!\n");
  assertStringIncludes(
    world.stderr.text,
    "picky failed in message: bad indeed",
  );
  assertStringIncludes(
    world.stderr.text,
    "error: Cannot handle 1 of 4 messages: a plugin failed, and it went on as it was\n",
  );
});

Deno.test("listen --plugin ends with 9 where the policy says so, and puts messages aside where it says that", async () => {
  await using folder = await folderOf(FILES);
  const { path } = folder;
  const replay = [
    "listen",
    "--replay",
    `${path}/messages.ndjson`,
    "--plugin",
    `${path}/picky.ts`,
  ];
  const failing = worldOf(path);
  assertEquals(await failing.run(...replay, "--on-error", "fail"), EXIT.plugin);
  assertEquals(failing.stdout.text, "one\n");
  const patient = worldOf(path);
  assertEquals(
    await patient.run(...replay, "--on-error", "dead-letter"),
    EXIT.ok,
  );
  assertEquals(patient.stdout.text, "one\ntwo\n");
  const letters = await Deno.readTextFile(
    `${path}/homes/nymwire/dead-letter.ndjson`,
  );
  assertEquals(JSON.parse(letters).text, "bad");
});

Deno.test("listen --plugin answers through the client, and takes what was dropped", async () => {
  await using folder = await folderOf(FILES);
  const world = worldOf(folder.path);
  const mailbox = new FakeMailbox();
  world.mailboxes = [mailbox];
  mailbox.arrive("drop");
  mailbox.arrive("hello", { senderTag: someTag() });
  const code = await world.run(
    "listen",
    "-n",
    "2",
    "--plugin",
    `${folder.path}/picky.ts`,
  );
  assertEquals(code, EXIT.ok, world.stderr.text);
  assertEquals(world.stdout.text, "hello\n");
  assertEquals(
    mailbox.sent.map(({ message }) => new TextDecoder().decode(message.body)),
    ["thanks"],
  );
});

Deno.test("send --plugin sends what plugins make of a message", async () => {
  await using folder = await folderOf(FILES);
  const world = worldOf(folder.path);
  const mailbox = new FakeMailbox();
  world.mailboxes = [mailbox];
  const code = await world.run(
    "send",
    "--to",
    "self",
    "--wait",
    "queued",
    "--plugin",
    `${folder.path}/shout.ts`,
    "hello",
  );
  assertEquals(code, EXIT.ok, world.stderr.text);
  assertEquals(
    mailbox.sent.map(({ message }) => new TextDecoder().decode(message.body)),
    ["hello", "again"],
  );
});

Deno.test("a grant that is missing is refused before anything is opened, with the line to add", async () => {
  await using folder = await folderOf(FILES);
  const world = worldOf(folder.path);
  const code = await world.run("listen", "--plugin", `${folder.path}/asker.ts`);
  assertEquals(code, EXIT.usage);
  assertStringIncludes(
    world.stderr.text,
    "it needs net=a.example:443 (to ask)",
  );
  assertStringIncludes(world.stderr.text, "--grant asker.net=a.example:443");
  assertEquals(world.choices, []);
});

Deno.test("options of plugins mean nothing without the plugin", async () => {
  await using folder = await folderOf(FILES);
  const cases = [
    ["listen", "--set", "a.b=c"],
    ["listen", "--grant", "a.net=b:1"],
    ["listen", "--watch"],
    ["listen", "--on-error", "drop"],
    ["send", "--to", "self", "--trust", "a", "x"],
    ["listen", "--plugin", `${folder.path}/picky.ts`, "--set", "other.b=c"],
    ["listen", "--plugin", `${folder.path}/picky.ts`, "--set", "picky=c"],
    ["listen", "--plugin", `${folder.path}/picky.ts`, "--trust", "other"],
  ];
  for (const argv of cases) {
    const world = worldOf(folder.path);
    assertEquals(await world.run(...argv), EXIT.usage, argv.join(" "));
  }
});

Deno.test("plugins of the settings file come first, for the commands that it names", async () => {
  await using folder = await folderOf({
    ...FILES,
    "config/nymwire/config.toml": `[[plugin]]
file = "../../shout.ts"
set = { end = "?" }

[[plugin]]
file = "../../asker.ts"
commands = ["run"]
grants = ["net=a.example"]
`,
  });
  const { path } = folder;
  const world = worldOf(path);
  const code = await world.run(
    "listen",
    "--replay",
    `${path}/messages.ndjson`,
    "--plugin",
    `${path}/picky.ts`,
  );
  assertEquals(code, EXIT.ok, world.stderr.text);
  assertEquals(world.stdout.text, "ONE?\nBAD?\nDROP?\nTWO?\n");
  const list = worldOf(path);
  assertEquals(await list.run("plugin", "list", "--json"), EXIT.ok);
  assertEquals(
    list.stdout.objects.map(({ order, name, grants }) => [order, name, grants]),
    [[1, "shout", []], [2, "asker", ["net=a.example:443"]]],
  );
});

Deno.test("plugin check and plugin test say what is wrong", async () => {
  await using folder = await folderOf({ ...FILES, "broken.ts": "export {" });
  const { path } = folder;
  const tested = worldOf(path);
  const code = await tested.run("plugin", "test", `${path}/shout.ts`, "--json");
  assertEquals(code, EXIT.plugin);
  assertEquals(
    tested.stdout.objects.slice(0, 2).map(({ name, ok }) => [name, ok]),
    [["shouts", true], ["whispers", false]],
  );
  const broken = worldOf(path);
  assertEquals(
    await broken.run("plugin", "check", `${path}/broken.ts`, "--json"),
    EXIT.usage,
  );
  assertFalse(broken.stdout.objects[0]!["ok"]);
  const { type, code: told } = broken.stdout.objects[1]!;
  assertEquals([type, told], ["error", EXIT.usage]);
  const absent = worldOf(path);
  assertEquals(await absent.run("plugin", "check", "nowhere.ts"), EXIT.usage);
  for (const { text } of [absent.stdout, absent.stderr]) {
    assertStringIncludes(
      text,
      "error: Cannot load plugin nowhere.ts: there is no such file",
    );
    assertStringIncludes(text, "Check the path; make a new plugin with");
  }
});

Deno.test("plugin list says on standard error what each plugin lacks, and ends with 2", async () => {
  await using folder = await folderOf(FILES);
  const { path } = folder;
  const world = worldOf(path);
  const code = await world.run(
    ..."plugin list --plugin exec --plugin echo --plugin webhook".split(" "),
  );
  assertEquals(code, EXIT.usage);
  assertEquals(
    world.stdout.text.split("\n").slice(1).map((line) =>
      line.split(/ {2,}/).slice(1, 4).join(" ")
    ),
    ["exec 1.0.0 not ready", "echo 1.0.0 ready", "webhook 1.0.0 not ready", ""],
  );
  const said = world.stderr.text;
  assertMatch(said, /^error: .*exec\.programs: missing\nhint: Set it with /m);
  assertMatch(said, /^warning: .*webhook\.url: missing\nhint: Set it with /m);
});

Deno.test("plugin list ends with 2 for a plugin that cannot be loaded, after the others", async () => {
  await using folder = await folderOf({ ...FILES, "broken.ts": "export {" });
  const { path } = folder;
  const argv = ["broken", "shout"].flatMap((name) => [
    "--plugin",
    `${path}/${name}.ts`,
  ]);
  const world = worldOf(path);
  assertEquals(await world.run("plugin", "list", ...argv), EXIT.usage);
  assertMatch(world.stdout.text, /^2 {2}shout +1\.0\.0 +ready /m);
  assertStringIncludes(world.stderr.text, "error: Cannot load plugin ");
  const json = worldOf(path);
  assertEquals(await json.run("plugin", "list", "--json", ...argv), EXIT.usage);
  assertEquals(
    json.stdout.objects.map(({ type, name, code }) => [type, name ?? code]),
    [["plugin", "broken"], ["plugin", "shout"], ["error", EXIT.usage]],
  );
});

Deno.test("whoever is told to end while plugins load ends as without them, and nothing gets past", async () => {
  await using folder = await folderOf({
    ...FILES,
    "endless.ts": "for (;;);",
    "endless.cases.ndjson": `{"case":"any","message":"a"}\n`,
  });
  const { path } = folder;
  const file = `${path}/endless.ts`;
  const replay = ["--replay", `${path}/messages.ndjson`];
  for (
    const [argv, terminated] of [
      [["plugin", "check", file], EXIT.terminated],
      [["plugin", "test", file], EXIT.terminated],
      [["plugin", "list", "--plugin", file], EXIT.terminated],
      [["send", "--to", "self", "--plugin", file, "x"], EXIT.terminated],
      [["listen", "--plugin", file], EXIT.ok],
      [["listen", ...replay, "--plugin", file], EXIT.ok],
    ] as const
  ) {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      const world = worldOf(path);
      world.mailboxes = [new FakeMailbox()];
      world.interrupt(signal);
      assertEquals(
        await world.run(...argv),
        signal === "SIGTERM" ? terminated : EXIT.interrupted,
        `${argv.join(" ")}: ${world.stderr.text}`,
      );
      assertEquals(world.stdout.text, "");
    }
  }
});

Deno.test("a bare word is a plugin that comes with us; another one is told with the choice", async () => {
  await using folder = await folderOf({
    "config/nymwire/config.toml": `[[plugin]]
file = "dedupe"
commands = ["run"]
timeout = "5s"
memory = 64
`,
  });
  for (
    const argv of [
      ["listen", "--plugin", "nosuch"],
      ["plugin", "check", "nosuch"],
      ["plugin", "test", "nosuch"],
      ["plugin", "list", "--plugin", "nosuch"],
    ]
  ) {
    const world = worldOf(folder.path);
    assertEquals(await world.run(...argv), EXIT.usage);
    assertStringIncludes(
      world.stderr.text,
      `Cannot load plugin nosuch: there is no ${
        fromRoot("plugins/nosuch.ts")
      }\n`,
    );
    assertStringIncludes(world.stderr.text, "Choose from archive, chat, ");
    assertStringIncludes(world.stderr.text, "a file of yours: ./nosuch.ts");
  }
  const list = worldOf(folder.path);
  const code = await list.run("plugin", "list", "--plugin", "tx_broadcast");
  assertEquals(code, EXIT.usage);
  const [, first, second] = list.stdout.text.split("\n");
  assertMatch(
    first!,
    /^1 {2}dedupe +1\.0\.0 +ready +sandboxed +run +start message +none$/,
  );
  assertMatch(
    second!,
    /^2 {2}tx_broadcast +1\.0\.0 +not ready +sandboxed +- +message +none$/,
  );
  assertMatch(
    list.stderr.text,
    /^error: .*: option tx_broadcast.endpoint: missing\nhint: Set it with/,
  );
});

Deno.test("every plugin that comes with us is known by its name", async () => {
  const files = await Array.fromAsync(Deno.readDir(fromRoot("plugins")));
  const names = files.map(({ name }) => name).filter((name) =>
    /\.ts$/.test(name)
  );
  assertEquals(names.map((name) => name.slice(0, -3)).sort(), [...SHIPPED]);
});

Deno.test("what the settings say of a plugin is refused with its place", async () => {
  for (
    const [line, says] of [
      [`timeout = "soon"`, "config.toml:3:1: plugin[0].timeout: need a dur"],
      [`grants = ["net"]`, "Cannot use the [[plugin]] of echo in "],
      [`memory = 1`, "config.toml:3:1: plugin[0].memory: need a whole"],
    ] as const
  ) {
    await using folder = await folderOf({
      "config/nymwire/config.toml": `[[plugin]]\nfile = "echo"\n${line}\n`,
    });
    const world = worldOf(folder.path);
    assertEquals(await world.run("plugin", "list"), EXIT.usage);
    assertStringIncludes(world.stderr.text, says);
    assertStringIncludes(world.stderr.text, `${folder.path}/config/nymwire/`);
  }
});

Deno.test("plugin check tells what can be set and what is asked for", async () => {
  const world = worldOf("/nowhere");
  assertEquals(await world.run("plugin", "check", "webhook"), EXIT.ok);
  const { text } = world.stdout;
  assertStringIncludes(
    text,
    "option url (string, must be set): What is told\n",
  );
  assertStringIncludes(text, "option queue (integer = 1000): How many");
  assertStringIncludes(text, "asks for net: to tell it of messages\n");
});

Deno.test("--trust says on stderr that the plugin runs without a sandbox", async () => {
  await using folder = await folderOf(FILES);
  const { path } = folder;
  const world = worldOf(path);
  await world.run(
    "listen",
    "--replay",
    `${path}/messages.ndjson`,
    "--plugin",
    `${path}/shout.ts`,
    "--trust",
    "shout",
  );
  assertEquals(world.stdout.text, "ONE\nBAD\nDROP\nTWO\n");
  assertStringIncludes(world.stderr.text, "shout runs without a sandbox");
});
