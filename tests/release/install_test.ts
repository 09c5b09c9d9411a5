import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { filesIn } from "../../lib/release/files.ts";
import { install } from "../../lib/release/install.ts";
import { compileArgs, TARGETS } from "../../lib/release/compile.ts";
import { tempFolder } from "../support/temp_folder.ts";

/** An empty folder that is gone at the end. */
/** Run a shell script in which `nymwire` is what was installed below a home folder. */
async function shell(
  home: string,
  script: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script],
    cwd: home,
    clearEnv: true,
    env: {
      HOME: home,
      // A program that is bundled needs nothing that was fetched before.
      DENO_DIR: `${home}/cache`,
      PATH: `${home}/.local/bin:${Deno.env.get("PATH")}`,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

Deno.test("what install() puts on the PATH does the main job by itself", async (t) => {
  await using place = await tempFolder();
  const home = place.path;
  const program = `${home}/.local/share/nymwire/program`;
  const path = `/usr/bin:${home}/.local/bin`;
  const told = await install({ home, path });

  await t.step("it says what is where, and what to do next", async () => {
    const [first, second, ...rest] = told.split("\n");
    assertEquals(first, `Installed ${home}/.local/bin/nymwire`);
    assertStringIncludes(second!, `The program: ${program}, `);
    assertEquals(rest.at(-1), "Next: nymwire --help");
    const page = `${home}/.local/share/man/man1/nymwire.1`;
    assertStringIncludes(await Deno.readTextFile(page), ".TH NYMWIRE 1");
    const launcher = await Deno.readTextFile(`${home}/.local/bin/nymwire`);
    assertMatch(launcher, /^#!\/bin\/sh\nexec \S+ run --quiet --allow-all /);
  });

  await t.step("its modules need one another and Node's alone", async () => {
    const files = new Set(await filesIn(program));
    for (const path of files) {
      if (!path.endsWith(".js")) continue;
      for (const specifier of await importsOf(`${program}/${path}`)) {
        if (specifier.startsWith("node:")) continue;
        const url = new URL(specifier, `file:///${path}`);
        assert(files.has(url.pathname.slice(1)), `${path}: ${specifier}`);
      }
    }
  });

  await t.step("a short command loads nothing of Node's", async () => {
    const start = (await filesIn(program)).find((path) =>
      /^process-\w+\.js$/.test(path)
    );
    const seen = new Set(["main.js", start!]);
    for (const path of seen) {
      for (const specifier of await importsOf(`${program}/${path}`, "static")) {
        assert(!specifier.startsWith("node:"), `${path}: ${specifier}`);
        seen.add(new URL(specifier, `file:///${path}`).pathname.slice(1));
      }
    }
    assert(seen.has("lib/release/node_parts.js"));
  });

  await t.step("clients, messages and plugins", async () => {
    const { code, stdout, stderr } = await shell(
      home,
      `nymwire network up -- sh -ec '
        nymwire init --id a --port 0 --fastmode --no-cover > a.txt
        nymwire init --id b --port 0 --fastmode --no-cover > b.txt
        tail -n 1 a.txt
        nymwire whoami --id a
        nymwire listen --id a --plugin echo -n 1 &
        nymwire request --id b --to "$(nymwire whoami --id a)" hello
        wait
      '`,
    );
    assertEquals([code, stderr], [0, ""]);
    const [init, address, ...bodies] = stdout.trimEnd().split("\n");
    assertEquals(init, `The address of this client is: ${address}`);
    assertEquals(bodies, ["hello", "hello"]);
  });

  await t.step("plugins of one's own, types included", async () => {
    const { code, stdout, stderr } = await shell(
      home,
      `set -e
       nymwire plugin new thanks > new.txt
       nymwire plugin test thanks/thanks.ts
       printf 'const wrong: number = "text"; export { wrong };' >> thanks/thanks.ts
       nymwire plugin check thanks/thanks.ts`,
    );
    assertEquals(stdout.match(/^ok {2}/gm)?.length, 4);
    assert(code !== 0);
    assertStringIncludes(stdout + stderr, "TS2322");
  });

  await t.step("the library, for scripts of one's own", async () => {
    const script = `import { parseRecipient } from "nymwire";
      try { parseRecipient("nonsense"); } catch (e) { console.log(e.name); }`;
    await Deno.writeTextFile(`${home}/script.ts`, script);
    const { stdout, stderr } = await shell(
      home,
      `'${Deno.execPath()}' run -A --config=${program}/deno.json script.ts`,
    );
    assertEquals([stdout, stderr], ["AddressError\n", ""]);
  });

  await t.step("help, completions, errors as from a checkout", async () => {
    const { code, stdout, stderr } = await shell(
      home,
      `nymwire --version
       nymwire completions bash | head -n 1
       nymwire complete -- whoa
       nymwire help send | head -n 1
       nymwire lissten`,
    );
    const [said, script, suggestion, , help] = stdout.split("\n");
    assertEquals(said, config.version);
    assertEquals(script, "# bash completion for nymwire");
    assertMatch(suggestion!, /^whoami\t/);
    assertMatch(help!, /^Usage: nymwire send/);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Did you mean listen?");
  });

  await t.step("a binary would hold all of it", async () => {
    // The runtime for binaries is fetched; with another in its place the file is of no use, but made like any other.
    const [target] = Object.values(TARGETS);
    const output = `${home}/binary`;
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: compileArgs(program, { target: target!, output }),
      env: { DENORT_BIN: Deno.execPath(), NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    const said = new TextDecoder().decode(stderr);
    assert(success, said);
    const listed = [...said.matchAll(/─ ([^ /]+)(?:\/\*)? \(/g)]
      .map(([, name]) => name);
    const inProgram = (await filesIn(program)).map((path) =>
      path.split("/")[0]
    );
    assertEquals(listed.toSorted(), [...new Set(inProgram)].toSorted());
  });
});

Deno.test("install() falls back to the checkout where nothing can be bundled", async () => {
  await using place = await tempFolder();
  const home = place.path;
  const build = () =>
    Promise.reject(new Error("deno bundle failed: no bundler\nand more"));
  const told = await install({ home, path: "/usr/bin", build });
  assertStringIncludes(told, "It runs this checkout, ");
  assertStringIncludes(told, "(deno bundle failed: no bundler)");
  assertStringIncludes(told, `Next: export PATH="${home}/.local/bin:$PATH"`);
  assertEquals(await filesIn(`${home}/.local/share`), []);
  const launcher = await Deno.readTextFile(`${home}/.local/bin/nymwire`);
  const root = new URL("../../", import.meta.url).pathname;
  assertStringIncludes(
    launcher,
    `--config=${root}deno.json ${root}main.ts "$@"`,
  );
});

/** What a module of a bundle imports. */
async function importsOf(
  file: string,
  kind: "all" | "static" = "all",
): Promise<string[]> {
  const text = await Deno.readTextFile(file);
  const imports = kind === "all"
    ? /(?:\bfrom|\bimport\(?)"((?:\.{1,2}\/|node:)[^"]+)"/g
    : /(?:\bfrom|\bimport)"((?:\.{1,2}\/|node:)[^"]+)"/g;
  return [...text.matchAll(imports)].map(([, specifier]) => specifier!);
}
