import { assertEquals } from "@std/assert";
import {
  directoryCache,
  type KeptAnswers,
} from "../../lib/home/directory_cache.ts";

const ANSWERS: KeptAnswers = {
  url: "http://127.0.0.1:1/api/",
  learnedAt: Date.UTC(2026, 4, 16, 6, 27, 52, 123),
  texts: new Map([["v1/a", '{"b":"é"}'], ["v2/c?page=0", "{}"]]),
};

async function temporaryCache() {
  const folder = await Deno.makeTempDir();
  const cache = `${folder}/nymwire/cache`;
  return {
    cache,
    file: `${cache}/directory.json`,
    memory: directoryCache({ cache }),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("directoryCache() has nothing at first, and then what was kept last", async () => {
  await using t = await temporaryCache();
  assertEquals(await t.memory.recall(), undefined);
  await t.memory.keep(ANSWERS);
  assertEquals(await t.memory.recall(), ANSWERS);
  const later = { ...ANSWERS, learnedAt: ANSWERS.learnedAt + 1 };
  await t.memory.keep(later);
  assertEquals(await t.memory.recall(), later);
  const names = await Array.fromAsync(Deno.readDir(t.cache));
  assertEquals(names.map(({ name }) => name), ["directory.json"]);
});

Deno.test("directoryCache() writes what only its owner may read", async () => {
  await using t = await temporaryCache();
  await t.memory.keep(ANSWERS);
  const mode = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
  assertEquals([await mode(t.cache), await mode(t.file)], [0o700, 0o600]);
});

Deno.test("directoryCache() has nothing where the file is damaged, and makes it whole again", async () => {
  await using t = await temporaryCache();
  await t.memory.keep(ANSWERS);
  const whole = await Deno.readTextFile(t.file);
  const damaged = [
    "",
    whole.slice(0, -1),
    "[]",
    "{}",
    whole.replace('"v":1', '"v":2'),
    whole.replace('"v2/c?page=0":"{}"', '"v2/c?page=0":{}'),
    whole.replace("2026-05-16T", "yesterday "),
    whole.replace(/"answers":.*/, '"answers":{}}'),
    "\xff".repeat(100),
  ];
  for (const text of damaged) {
    await Deno.writeTextFile(t.file, text);
    assertEquals(await t.memory.recall(), undefined, text.slice(0, 40));
  }
  await t.memory.keep(ANSWERS);
  assertEquals(await t.memory.recall(), ANSWERS);
});

Deno.test("directoryCache() neither writes nor reads what is too large", async () => {
  await using t = await temporaryCache();
  const large = "x".repeat(17 * 1024 * 1024);
  await t.memory.keep({ ...ANSWERS, texts: new Map([["v1/a", large]]) });
  assertEquals(await t.memory.recall(), undefined);
  await t.memory.keep(ANSWERS);
  await Deno.truncate(t.file, large.length);
  assertEquals(await t.memory.recall(), undefined);
});

Deno.test("directoryCache() takes it that nothing can be written", async () => {
  await using t = await temporaryCache();
  await Deno.mkdir(t.cache, { recursive: true });
  // A folder in the place of the file.
  await Deno.mkdir(`${t.file}/full`, { recursive: true });
  await t.memory.keep(ANSWERS);
  assertEquals(await t.memory.recall(), undefined);
});
