import { assert, assertEquals } from "@std/assert";
import { parseArgs } from "../../lib/cli/args.ts";
import { shellWords } from "../../lib/cli/parse/shell_words.ts";
import { SHIPPED } from "../../lib/cli/plugins/shipped.ts";
import { FakeWorld } from "../support/fake_world.ts";
import { OTHER_ADDRESS } from "../support/fake_mailbox.ts";
import { path } from "./service.ts";

/** The command lines of a page, as words. */
async function commandsOf(page: string): Promise<string[][]> {
  const text = await Deno.readTextFile(path(`docs/${page}`));
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, sh]) =>
    sh!
  );
  return blocks.join("").replaceAll("\\\n", " ").split("\n")
    .map((line) =>
      line.replaceAll("ADDRESS", OTHER_ADDRESS).replace(/ [#<] .*/, "")
    )
    .filter((line) => /^(\w+=\S+ )?nymwire /.test(line))
    .map((line) => shellWords(line.replace(/^.*?nymwire /, "")));
}

for (const page of ["plugins.md", "plugins-shipped.md"]) {
  Deno.test(`docs/${page}: its commands are commands`, async () => {
    const commands = await commandsOf(page);
    assert(commands.length > 5);
    for (const argv of commands) {
      const parsed = parseArgs(argv, { version: "1.2.3" });
      if (parsed.kind !== "command") throw new Error(argv.join(" "));
      parsed.complete(
        { get: () => undefined, toObject: () => ({}) },
        undefined,
      );
    }
  });
}

Deno.test("docs/plugins-shipped.md: options and grants are what each plugin needs, and nothing more", async (t) => {
  const shown = new Set<string>();
  for (const argv of await commandsOf("plugins-shipped.md")) {
    const name = argv[argv.indexOf("--plugin") + 1]!;
    if (!argv.includes("--plugin")) continue;
    shown.add(name);
    await t.step(argv.join(" "), async () => {
      const given = argv.flatMap((word, index) =>
        ["--plugin", "--set", "--grant"].includes(word)
          ? [word, argv[index + 1]!]
          : []
      );
      const world = new FakeWorld();
      world.variables["NYMWIRE_HOME"] = "/nowhere";
      assertEquals(await world.run("plugin", "list", "--json", ...given), 0);
      assertEquals(world.stdout.objects.map(({ problem }) => problem), [
        undefined,
      ]);
    });
  }
  assertEquals([...shown].sort(), [...SHIPPED]);
});
