import { assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../../lib/errors.ts";
import { openStore } from "../../../lib/plugin/services/store.ts";
import { folderOf, pluginSource } from "../../plugin/support.ts";
import { FakeMailbox, OTHER_ADDRESS } from "../../support/fake_mailbox.ts";
import { FakeWorld } from "../../support/fake_world.ts";
import { HOME_ADDRESS, writeHome } from "../home_fixture.ts";

const FILES = {
  "both.ts": pluginSource(
    "both",
    `outgoing: (m) => m.text() === "drop" ? { kind: "drop", reason: "told so" }
       : { kind: "emit", bodies: m.text().split(" ") },
     message: (m) => m.text() === "spam" ? { kind: "drop", reason: "spam" } : { kind: "replace", body: "<" + m.text() + ">" },
     observe: (m, c) => c.log("saw " + m.direction + " " + m.text(), "warn")`,
  ),
  "counter.ts": pluginSource(
    "counter",
    `async outgoing(m, c) {
       const n = (await c.store.get("n") ?? 0) + 1;
       await c.store.set("n", n);
       await c.send(await c.address(), "copy", { surbs: 2 });
       return { kind: "replace", body: n + ": " + m.text() };
     }`,
    { meta: `grants: [{ kind: "send", why: "to keep copies" }]` },
  ),
};

function bodiesOf({ sent }: FakeMailbox): string[] {
  return sent.map(({ message }) => new TextDecoder().decode(message.body));
}

Deno.test("request --plugin: the question goes out through plugins, answers come in through them", async () => {
  await using folder = await folderOf(FILES);
  const world = new FakeWorld();
  world.variables["NYMWIRE_HOME"] = folder.path;
  const mailbox: FakeMailbox = new FakeMailbox({
    onSend() {
      if (mailbox.sent.length < 1) return; // The second comes now.
      for (const text of ["spam", "42", "more"]) mailbox.arrive(text);
    },
  });
  world.mailboxes = [mailbox];
  const plugin = ["--plugin", `${folder.path}/both.ts`];
  const to = ["request", "--to", OTHER_ADDRESS];
  assertEquals(
    await world.run(...to, ...plugin, "what", "else"),
    EXIT.ok,
    world.stderr.text,
  );
  assertEquals(bodiesOf(mailbox), ["what", "else"]);
  // What a plugin dropped is no answer, and taken; one is enough.
  assertEquals(world.stdout.text, "<42>\n");
  assertEquals(mailbox.taken, ["m1", "m2"]);
  for (const saw of ["outgoing what", "outgoing else", "incoming <42>"]) {
    assertStringIncludes(world.stderr.text, `both: saw ${saw}`);
  }
});

Deno.test("request --plugin says that a plugin dropped the question", async () => {
  await using folder = await folderOf(FILES);
  const world = new FakeWorld();
  const mailbox = new FakeMailbox();
  world.variables["NYMWIRE_HOME"] = folder.path;
  world.mailboxes = [mailbox];
  const code = await world.run(
    "request",
    "--to",
    OTHER_ADDRESS,
    "--plugin",
    `${folder.path}/both.ts`,
    "drop",
  );
  assertEquals(code, EXIT.refused);
  assertEquals(mailbox.sent, []);
  assertStringIncludes(
    world.stderr.text,
    "Cannot ask: a plugin dropped the question (not sent)",
  );
});

Deno.test("send --dry-run --plugin shows what would leave, and changes nothing", async () => {
  await using folder = await folderOf(FILES);
  await writeHome(folder.path, "alice");
  const stored = `${folder.path}/clients/alice/nymwire/plugins/counter`;
  {
    using store = await openStore(stored);
    store.set("n", "41");
  }
  const dryRun = async (...more: string[]) => {
    const world = new FakeWorld();
    world.variables["NYMWIRE_HOME"] = folder.path;
    const code = await world.run(
      "send",
      "--dry-run",
      "--to",
      OTHER_ADDRESS,
      ...more,
    );
    assertEquals(code, EXIT.ok, world.stderr.text);
    assertEquals(world.choices, []);
    return world.stdout;
  };
  const plugins = [
    ...["--plugin", `${folder.path}/both.ts`],
    ...["--plugin", `${folder.path}/counter.ts`],
    ...["--grant", "counter.send=any"],
  ];
  const { objects } = await dryRun("--json", ...plugins, "a b");
  assertEquals(
    objects.map(({ to, text, size, surbs }) => ({ to, text, size, surbs })),
    [
      { to: HOME_ADDRESS, text: "copy", size: 4, surbs: 2 },
      { to: HOME_ADDRESS, text: "copy", size: 4, surbs: 2 },
      { to: OTHER_ADDRESS, text: "42: a", size: 5, surbs: 0 },
      { to: OTHER_ADDRESS, text: "43: b", size: 5, surbs: 0 },
    ],
  );
  assertEquals(
    (await dryRun(...plugins, "drop")).text,
    `would send nothing to ${OTHER_ADDRESS}: a plugin dropped it\n`,
  );
  assertEquals((await dryRun("--json", "a b")).objects[0]!["text"], undefined);
  using store = await openStore(stored);
  assertEquals(store.get("n"), "41");
});
