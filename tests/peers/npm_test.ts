import { assertEquals, assertStringIncludes } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { pack } from "../../lib/release/pack.ts";

Deno.test("npm: the package in an empty folder brings all it needs, and does the main job", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "nymwire-npm-" });
  try {
    const place = `${folder}/place`;
    await Deno.mkdir(place);
    const told = await pack(`${folder}/packed`);
    const tarball = `${folder}/packed/nymwire-${config.version}.tgz`;
    assertStringIncludes(told, `Packed ${tarball}, `);

    for (
      const [how, ...options] of [["as usual"], [
        "without scripts",
        "--ignore-scripts",
      ]]
    ) {
      await t.step(`installed ${how}`, async () => {
        await run(place, "rm", "-rf", "node_modules");
        const quiet = [
          "--silent",
          "--no-fund",
          "--no-audit",
          "--prefer-offline",
        ];
        await run(place, "npm", "install", ...quiet, ...options, tarball);
        const version = await run(
          place,
          "node_modules/.bin/nymwire",
          "--version",
        );
        assertEquals(version, `${config.version}\n`);
      });
    }

    await t.step("through npx", async () => {
      const version = await run(place, "npx", "nymwire", "--version");
      assertEquals(version, `${config.version}\n`);
    });

    await t.step("clients, messages and plugins", async () => {
      const printed = await run(
        place,
        "node_modules/.bin/nymwire",
        ...["network", "up", "--", "sh", "-ec"],
        `PATH="$PWD/node_modules/.bin:$PATH"
         nymwire init --id a --port 0 --fastmode --no-cover > a.txt
         nymwire init --id b --port 0 --fastmode --no-cover > b.txt
         nymwire listen --id a --plugin echo -n 1 &
         nymwire request --id b --to "$(nymwire whoami --id a)" hello
         wait`,
      );
      assertEquals(printed, "hello\nhello\n");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Run a program to its end and return what it printed. */
async function run(
  cwd: string,
  program: string,
  ...args: readonly string[]
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(
    program.includes("/") ? `${cwd}/${program}` : program,
    {
      args: [...args],
      cwd,
      env: { XDG_CONFIG_HOME: `${cwd}/settings` },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    },
  ).output();
  if (success) return new TextDecoder().decode(stdout);
  throw new Error(
    `${program} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`,
  );
}
