import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

/** What a command that only looks needs of a home: who the client is, and whether it runs. */
const LIGHT = [
  "lib/home/home_address.ts",
  "lib/home/key_files.ts",
  "lib/home/config_read.ts",
  "lib/home/gateways.ts",
  "lib/home/run_file.ts",
];

/** What costs time to load: cryptography beyond the Web Crypto of the runtime, and the strict TOML parser. */
const HEAVY =
  /^lib\/crypto\/(?!(public_half|key_der)\.ts$)|^lib\/sphinx\/|^(@decimalturn|@noble|libsodium|node:crypto)/;

/** Everything that loading a file loads with it. */
async function loads(
  path: string,
  seen = new Set<string>(),
): Promise<Set<string>> {
  if (seen.has(path)) return seen;
  seen.add(path);
  if (!path.startsWith("lib/")) return seen;
  const text = await Deno.readTextFile(new URL(path, ROOT));
  const imports = text.matchAll(
    /^(?:import|export)\s+(?!type\b)(?:[^;"]*?\sfrom\s+)?"([^"]+)"/gm,
  );
  for (const [, specifier] of imports) {
    const target = specifier!.startsWith(".")
      ? new URL(specifier!, new URL(path, ROOT)).href.slice(ROOT.href.length)
      : specifier!;
    await loads(target, seen);
  }
  return seen;
}

Deno.test.each(LIGHT)(
  "%s loads no cryptography and no second parser",
  async (path) => {
    const heavy = [...await loads(path)].filter((name) => HEAVY.test(name));
    assertEquals(heavy, []);
  },
);

Deno.test("the check would notice: keys.ts loads cryptography", async () => {
  const loaded = await loads("lib/home/keys.ts");
  assert([...loaded].some((name) => HEAVY.test(name)));
});
