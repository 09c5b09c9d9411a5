import { assertEquals } from "@std/assert";

const ROOT = new URL("../", import.meta.url);

/** The rows of ARCHITECTURE.md: a file imports only from its own row or from one above it. */
const ROWS: readonly (readonly string[])[] = [
  ["lib/errors.ts", "lib/bytes/", "lib/async/"],
  ["lib/crypto/"],
  ["lib/sphinx/"],
  ["lib/message/"],
  ["lib/wire/", "lib/topology/"],
  ["lib/transport/"],
  ["lib/home/"],
  ["lib/mailbox/", "lib/client/", "lib/mixnet/"],
  ["lib/daemon/", "lib/stream/"],
  ["lib/plugin/"],
  ["lib/cli/"],
  ["lib/release/"],
];

/** Longer files hold a second idea. */
const MAX_LINES = 300;

/** Words that belong to one place alone, with the files that may hold them. */
const AT_HOME: readonly {
  word: RegExp;
  what: string;
  rooms: readonly string[];
}[] = [
  { word: /\bDeno\.exit\(/, what: "ends the process", rooms: ["main.ts"] },
  {
    word: /\b(performance\.now|Date\.now)\(|new Date\(\)/,
    what: "reads a clock",
    rooms: ["lib/async/clock.ts"],
  },
  { word: /\bMath\.random\(/, what: "draws weak random numbers", rooms: [] },
  {
    word: /\bDeno\.test\.(ignore|only)\b/,
    what: "leaves tests out",
    rooms: ["tests/architecture_test.ts"],
  },
];

Deno.test("imports point to the same row or to one above it", async () => {
  const wrong: string[] = [];
  for await (const file of sources("lib/")) {
    const row = rowOf(file.path);
    if (row === undefined) {
      if (!file.path.endsWith(".d.ts")) wrong.push(`${file.path} is in no row`);
      continue;
    }
    for (const target of imports(file)) {
      if (target === "deno.json") continue; // the configuration, which imports nothing
      if (!target.startsWith("lib/")) {
        wrong.push(`${file.path} imports ${target}`);
      } else if ((rowOf(target) ?? Infinity) > row) {
        wrong.push(`${file.path} imports ${target} from a later row`);
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("plugins and examples see what a stranger would see", async () => {
  const wrong: string[] = [];
  for (const room of ["plugins/", "examples/"]) {
    for await (const file of sources(room)) {
      for (const target of imports(file)) {
        if (target !== "mod.ts" && !target.startsWith(room)) {
          wrong.push(`${file.path} imports ${target}`);
        }
      }
    }
  }
  assertEquals(wrong, []);
});

Deno.test("no file of the product is longer than it should be", async () => {
  const long: string[] = [];
  for (const room of ["lib/", "plugins/"]) {
    for await (const { path, text } of sources(room)) {
      const lines = text.split("\n").length - 1;
      if (lines > MAX_LINES) long.push(`${path}: ${lines} lines`);
    }
  }
  assertEquals(long, []);
});

Deno.test("what belongs to one place is found nowhere else", async () => {
  const strays: string[] = [];
  for (const room of ["main.ts", "mod.ts", "lib/"]) {
    for await (const { path, text } of sources(room)) {
      for (const { word, what, rooms } of AT_HOME) {
        if (word.test(withoutComments(text)) && !rooms.includes(path)) {
          strays.push(`${path} ${what}`);
        }
      }
    }
  }
  assertEquals(strays, []);
});

Deno.test("documents name files that exist", async () => {
  const missing: string[] = [];
  for (const page of ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]) {
    const text = await Deno.readTextFile(new URL(page, ROOT));
    for (
      const [, path] of text.matchAll(
        /`((?:lib|tests|docs|examples|plugins)\/[\w./-]*)`/g,
      )
    ) {
      const found = await Deno.stat(new URL(path!, ROOT)).then(
        () => true,
        () => false,
      );
      if (!found) missing.push(`${page}: ${path}`);
    }
  }
  assertEquals(missing, []);
});

function rowOf(path: string): number | undefined {
  const row = ROWS.findIndex((rooms) =>
    rooms.some((room) => path === room || path.startsWith(room))
  );
  return row < 0 ? undefined : row;
}

/** Paths from the root of the relative imports of a file, static and dynamic. */
function imports({ path, text }: { path: string; text: string }): string[] {
  const specifiers = withoutComments(text).matchAll(
    /(?:\bfrom|\bimport)\s*\(?\s*"([^"]+)"/g,
  );
  return [...specifiers].map(([, specifier]) => specifier!)
    .map((specifier) =>
      specifier === "nymwire" ? new URL("mod.ts", ROOT).href : specifier
    )
    .filter((specifier) =>
      specifier.startsWith(".") || specifier.startsWith("file:")
    )
    .map((specifier) =>
      new URL(specifier, new URL(path, ROOT)).href.slice(ROOT.href.length)
    );
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(
    /(^|\s)\/\/.*$/gm,
    "",
  );
}

async function* sources(
  place: string,
): AsyncGenerator<{ path: string; text: string }> {
  if (place.endsWith(".ts")) {
    yield { path: place, text: await Deno.readTextFile(new URL(place, ROOT)) };
    return;
  }
  for await (const entry of Deno.readDir(new URL(place, ROOT))) {
    if (entry.isDirectory) yield* sources(`${place}${entry.name}/`);
    else if (entry.name.endsWith(".ts")) {
      yield {
        path: `${place}${entry.name}`,
        text: await Deno.readTextFile(new URL(`${place}${entry.name}`, ROOT)),
      };
    }
  }
}
