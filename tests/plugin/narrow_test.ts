import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import { workerPermissions } from "../../lib/plugin/child_command.ts";
import { startChildPort } from "../../lib/plugin/child_port.ts";
import { fileUrl } from "../../lib/plugin/paths.ts";
import { HookFailure, PluginSession } from "../../lib/plugin/session.ts";
import { folderOf, pluginSource } from "./support.ts";

/** Serve a plugin in a process that has every right, as a compiled program has. */
function serve(folder: string, name: string): PluginSession {
  const rights = { readable: `${folder}/plugins`, grants: [] };
  const entry = new URL("../../lib/plugin/child/entry.ts", import.meta.url);
  const args = ["run", "-A", "--no-config", "--unstable-worker-options"];
  return new PluginSession({
    port: startChildPort({
      command: {
        program: Deno.execPath(),
        args: [...args, entry.href],
        env: { NO_COLOR: "1", HOME: folder },
        ownEnv: false,
      },
      cwd: folder,
      config: {
        name,
        url: fileUrl(`${folder}/plugins/${name}.ts`),
        permissions: workerPermissions(rights),
        maxMemory: 2 ** 30,
      },
      onStray() {},
    }),
    clock: systemClock,
    handle: () => Promise.resolve(null),
  });
}

Deno.test("a process with every right narrows them before it serves a plugin", async (t) => {
  await using folder = await folderOf({
    "secret.json": `{ "key": "secret" }`,
    "plugins/neighbour.ts": `export const word: string = "fine";`,
    "plugins/good.ts": pluginSource(
      "good",
      `message: () => ({ kind: "replace", body: word })`,
      {
        head: `import { word } from "./neighbour.ts";`,
      },
    ),
    "plugins/stealer.ts": pluginSource("stealer", `message() {}`, {
      head: `import key from "../secret.json" with { type: "json" };`,
    }),
    "plugins/ender.ts": pluginSource("ender", `message() { Deno.exit(3); }`),
  });
  const told = {
    direction: "incoming",
    id: "1",
    seq: 1,
    time: 0,
    body: "",
    stored: false,
    redelivered: false,
  } as const;
  await t.step("a plugin works", async () => {
    await using session = serve(folder.path, "good");
    assertEquals((await session.loaded(60_000)).hooks, ["message"]);
    const verdict = await session.call("message", told, 60_000);
    assert(verdict.kind === "replace");
    assertEquals(new TextDecoder().decode(verdict.body), "fine");
  });
  await t.step("a static import of a key is refused", async () => {
    await using session = serve(folder.path, "stealer");
    await assertRejects(
      () => session.loaded(60_000),
      HookFailure,
      "Requires read access",
    );
  });
  await t.step("a plugin that ends itself ends its process", async () => {
    await using session = serve(folder.path, "ender");
    await session.loaded(60_000);
    await assertRejects(
      () => session.call("message", told, 60_000),
      Error,
      "ended itself",
    );
  });
});
