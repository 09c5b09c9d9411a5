import { assert, assertEquals } from "@std/assert";

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

const ROOT = new URL("../../", import.meta.url).href;

/** The modules that are loaded with a file, without those that it may load later. */
async function loadedWith(file: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", file],
    cwd: new URL(ROOT),
    stderr: "null",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as Graph;
  const byName = new Map(modules.map((one) => [one.specifier, one]));
  const found = new Set([new URL(file, ROOT).href]);
  for (const name of found) {
    for (const { code, isDynamic } of byName.get(name)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier) found.add(code.specifier);
    }
  }
  return [...found].map((name) => name.replace(ROOT, ""));
}

for (const command of ["listen", "send", "request", "run"]) {
  Deno.test(`${command} without plugins loads nothing of theirs`, async () => {
    const loaded = await loadedWith(`lib/cli/commands/${command}.ts`);
    assert(loaded.length > 10, String(loaded));
    assertEquals(
      loaded.filter((name) => name.startsWith("lib/plugin/")),
      [],
    );
  });
}
