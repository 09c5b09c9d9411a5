import { assert, assertEquals, assertMatch } from "@std/assert";
import { NymError } from "../../../lib/errors.ts";
import { pluginSource, type Stage, stage } from "../support.ts";
import { type Hostile, hostilePlugins, WAYS } from "./hostile.ts";
import { MARKER, openPlace, type Place } from "./place.ts";

/** How many hostile plugins run at a time: enough to keep two processors busy while some only wait. */
const AT_ONCE = 6;

/** Plugins that cannot be loaded because they never end get this long, in milliseconds. */
const SHORT_BOOT = 1500;

Deno.test("no hostile plugin gets anything, and no message is lost to one", async (t) => {
  await using place = await openPlace();
  const plugins = hostilePlugins(place);
  const names = new Set(plugins.map(({ name }) => name));
  assertEquals(names.size, plugins.length);
  assertEquals(Object.values(WAYS).flat().filter((it) => !names.has(it)), []);
  for (const plugin of plugins) await writeDown(plugin, place);
  const before = await place.files();
  const results = new Map<string, PromiseSettledResult<void>>();
  const waiting = [...plugins];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [result] = await Promise.allSettled([face(next, place)]);
      results.set(next.name, result!);
    }
  }));
  for (const { name } of plugins) {
    await t.step(name, () => {
      const result = results.get(name)!;
      if (result.status === "rejected") throw result.reason;
    });
  }
  await t.step("files are as they were, and nobody connected", async () => {
    assertEquals(await place.files(), before);
    assertEquals(place.visits(), 0);
  });
});

/** Run one plugin with one message, twice if it survives the first. */
async function face(hostile: Hostile, place: Place): Promise<void> {
  const { name, fate, spec } = hostile;
  const open = stage([{
    name,
    file: `${folder(hostile, place)}/${name}.ts`,
    onError: "keep",
    timeout: 120_000,
    ...spec,
  }], {
    protect: [place.keys],
    env: Deno.env,
    bootTimeout: fate === "unloadable" ? SHORT_BOOT : 120_000,
  });
  if (fate === "unloadable") {
    const [result] = await Promise.allSettled([open]);
    if (result!.status === "fulfilled") await result!.value.chain.close();
    assert(result!.status === "rejected", "It was loaded");
    const { reason } = result as PromiseRejectedResult;
    assert(reason instanceof NymError, String(reason));
    assert(!reason.message.includes(MARKER), reason.message);
    assert(reason.message.includes(name), reason.message);
    return;
  }
  await using scene = await open;
  const [body, ...others] = await scene.arrive("the message");
  assertEquals(others, []);
  assertEquals(scene.taken(), 1);
  if (fate === "kept") assertEquals(body, "the message");
  else checkRefusals(body!);
  checkSilence(scene);
}

/** What a plugin reports: every attempt by name, and how it was refused. */
function checkRefusals(report: string): void {
  assert(!report.includes(MARKER), report);
  for (const [name, outcome] of Object.entries(JSON.parse(report))) {
    assertMatch(String(outcome), /^refused/, `${name}: ${outcome}`);
  }
}

function checkSilence(scene: Stage): void {
  assert(!scene.log().includes(MARKER), scene.log());
  // deno-lint-ignore no-control-regex -- what could steer a terminal is what it looks for
  assert(!/[\u0000-\u0009\u000b-\u001f]/.test(scene.log()), scene.log());
  assert(scene.logs.length < 1000, `${scene.logs.length} lines`);
  assert(scene.sent.length < 500, `${scene.sent.length} messages`);
  for (const { body } of scene.sent) {
    assert(!new TextDecoder().decode(body).includes(MARKER));
  }
}

async function writeDown(hostile: Hostile, place: Place): Promise<void> {
  const { name, head, meta, tries, neighbours = {} } = hostile;
  const members = hostile.members ?? attempts(tries!);
  const source = pluginSource(name, members, {
    ...(head ? { head } : {}),
    ...(meta ? { meta } : {}),
  });
  await Deno.writeTextFile(`${folder(hostile, place)}/${name}.ts`, source);
  for (const [file, text] of Object.entries(neighbours)) {
    await Deno.writeTextFile(`${place.plugins}/${file}`, text);
  }
}

function folder(hostile: Hostile, place: Place): string {
  return hostile.folder ? `${place.root}/${hostile.folder}` : place.plugins;
}

/** A hook that tries everything and answers with what came of it. An attempt that is not answered has got nothing. */
function attempts(tries: Readonly<Record<string, string>>): string {
  const list = Object.entries(tries).map(([name, code]) => `${name}: ${code}`);
  return `async message(message, context) {
    const report = {};
    await Promise.all(Object.entries({ ${
    list.join(",\n")
  } }).map(async ([name, attempt]) => {
      const late = new Promise((done) => setTimeout(() => done({ late: true }), 5000));
      try {
        const result = await Promise.race([Promise.resolve().then(() => attempt(context)), late]);
        report[name] = result?.late ? "refused by silence" : "GOT " + (typeof result === "object" ? JSON.stringify(result) : String(result));
      } catch (error) {
        report[name] = "refused: " + error;
      }
    }));
    return { kind: "replace", body: JSON.stringify(report) };
  }`;
}
