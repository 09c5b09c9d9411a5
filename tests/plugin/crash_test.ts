import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { systemClock } from "../../lib/async/clock.ts";
import { watchPlugins } from "../../lib/plugin/watch.ts";
import { folderOf, pluginSource, stage } from "./support.ts";

/** Ends itself as long as there is no file `well` beside it; asked to, leaves a trace before. */
const FRAIL = pluginSource(
  "frail",
  `async message(message, context) {
    if (message.text() === "fine") return { kind: "replace", body: "well" };
    if (message.text() === "traced") await context.store.set("trace", 1);
    try { await Deno.stat("./well"); } catch { Deno.exit(1); }
    return { kind: "replace", body: "well" };
  }`,
);

Deno.test("a message is tried once more after a crash, if nothing can have happened yet", async () => {
  await using folder = await folderOf({ "frail.ts": FRAIL });
  await using scene = await stage([{ name: "frail", file: "frail.ts" }], {
    cwd: folder.path,
    onLog: ({ text }) => recover(text, folder.path),
  });
  assertEquals(await scene.arrive("first"), ["well"]);
});

function recover(text: string, folder: string): void {
  if (!text.includes("it is started again")) return;
  Deno.writeTextFileSync(`${folder}/well`, "");
}

Deno.test("a message is not tried again once something has happened, and is kept", async () => {
  await using folder = await folderOf({ "frail.ts": FRAIL });
  await using scene = await stage([{ name: "frail", file: "frail.ts" }], {
    cwd: folder.path,
  });
  assertEquals(await scene.arrive("traced"), ["traced"]);
  assertEquals(scene.log().match(/it is started again/g)?.length, 1);
  assertStringIncludes(scene.log(), "frail ended itself; it goes on as it is");
  assertEquals(await scene.arrive("fine"), ["well"]);
});

Deno.test("three crashes in a minute switch a plugin off, which is said once; an edit switches it on", async () => {
  await using folder = await folderOf({ "frail.ts": FRAIL });
  await using scene = await stage([{ name: "frail", file: "frail.ts" }], {
    cwd: folder.path,
  });
  const texts = ["a", "b", "c", "d"];
  for (const text of texts) assertEquals(await scene.arrive(text), [text]);
  assertEquals(scene.taken(), texts.length);
  const off = scene.log().match(/switched off after 3 crashes/g);
  assertEquals(off?.length, 1);
  assert(scene.chain.runners[0]!.isDisabled);
  await Deno.writeTextFile(`${folder.path}/well`, "");
  await scene.chain.reload();
  assertEquals(await scene.arrive("e"), ["well"]);
});

Deno.test("a plugin that crashes between messages is started again without waiting for one", async () => {
  const { promise: back, resolve } = Promise.withResolvers<void>();
  await using folder = await folderOf({
    "timed.ts": pluginSource(
      "timed",
      `async start(context) {
        if (await context.store.get("before")) return context.log("back");
        await context.store.set("before", true);
        setTimeout(() => { throw new Error("boom"); });
      }`,
    ),
  });
  const lines: string[] = [];
  await using _scene = await stage([{ name: "timed", file: "timed.ts" }], {
    cwd: folder.path,
    storeFolder: `${folder.path}/stores`,
    onLog({ text }) {
      lines.push(text);
      if (text === "back") resolve();
    },
  });
  await back;
  assertStringIncludes(lines.join("\n"), "failed outside of any call");
  assertStringIncludes(lines.join("\n"), "boom");
});

Deno.test("a plugin that hangs when it is started again ends with the signal of a message, and with its chain", async () => {
  await using folder = await folderOf({
    "stuck.ts": pluginSource(
      "stuck",
      `async start(context) {
        if (!await context.store.get("before")) return await context.store.set("before", true);
        context.log("hangs");
        await new Promise(() => { setInterval(() => {}, 1000) });
      },
      message: () => Deno.exit(1)`,
    ),
  });
  const stop = new AbortController();
  await using scene = await stage([{ name: "stuck", file: "stuck.ts" }], {
    cwd: folder.path,
    storeFolder: `${folder.path}/stores`,
    bootTimeout: 24 * 3_600_000,
    onLog({ text }) {
      if (text === "hangs") stop.abort(new Error("enough"));
    },
  });
  const { signal } = stop;
  await assertRejects(() => scene.arrive("x", { signal }), Error, "enough");
  await scene.chain.close();
  assertEquals(scene.taken(), 0);
});

Deno.test("a plugin that takes too long is ended, and the message is not tried again", async () => {
  await using folder = await folderOf({
    "late.ts": pluginSource(
      "late",
      `message: (message) => message.text() === "wait" ? new Promise(() => { setInterval(() => {}, 1000) }) : { kind: "replace", body: "quick" }`,
    ),
  });
  await using scene = await stage([
    { name: "late", file: "late.ts", timeout: 200 },
  ], { cwd: folder.path });
  assertEquals(await scene.arrive("wait"), ["wait"]);
  assertStringIncludes(scene.log(), "late did not answer within 0.2 s");
  assertEquals(scene.log().match(/it is started again/g)?.length, 1);
});

Deno.test("a broken edit leaves the old one running, a good one takes over", async () => {
  const source = (body: string) =>
    pluginSource(
      "edited",
      `message: () => ({ kind: "replace", body: ${body} })`,
    );
  await using folder = await folderOf({ "edited.ts": source(`"one"`) });
  const file = `${folder.path}/edited.ts`;
  await using scene = await stage([{ name: "edited", file }]);
  assertEquals(await scene.arrive("x"), ["one"]);
  const broken = [
    "const x = {;",
    "throw new Error('no')",
    source("1").replace("api: 1", "api: 2"),
  ];
  for (const text of broken) {
    await Deno.writeTextFile(file, text);
    await scene.chain.reload();
    assertEquals(await scene.arrive("x"), ["one"]);
  }
  assertEquals(
    scene.log().match(/Cannot load plugin .*the old one goes on/g)?.length,
    broken.length,
  );
  await Deno.writeTextFile(file, source(`"two"`));
  await scene.chain.reload();
  assertEquals(await scene.arrive("x"), ["two"]);
});

Deno.test("watchPlugins() loads a file anew when it is saved, until it is told to stop", async () => {
  const source = (body: string) =>
    pluginSource(
      "watched",
      `message: () => ({ kind: "replace", body: "${body}" })`,
    );
  await using folder = await folderOf({ "watched.ts": source("one") });
  const file = `${folder.path}/watched.ts`;
  const ready = Promise.withResolvers<void>();
  const anew = Promise.withResolvers<void>();
  await using scene = await stage([{ name: "watched", file }], {
    onLog({ text }) {
      if (text === "was loaded anew") anew.resolve();
    },
  });
  const stop = new AbortController();
  const watching = watchPlugins(scene.chain, {
    clock: systemClock,
    signal: stop.signal,
    onReady: ready.resolve,
  });
  await ready.promise;
  await Deno.writeTextFile(file, source("two"));
  await anew.promise;
  assertEquals(await scene.arrive("x"), ["two"]);
  stop.abort();
  await watching;
});
