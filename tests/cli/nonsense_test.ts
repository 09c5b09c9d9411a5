import { assertEquals, assertMatch } from "@std/assert";
import { shellWords } from "../../lib/cli/parse/shell_words.ts";
import { TOPICS } from "../../lib/cli/topics.ts";
import { FakeWorld } from "../support/fake_world.ts";
import { tempFolder } from "../support/temp_folder.ts";

/** Command lines without sense where there is no home, by what they end with. */
const NONSENSE: Readonly<Record<number, string>> = {
  2: `
    nonsense
    ''
    sned x
    -x
    --json=yes whoami
    send
    send --to
    send --to self
    send --to self ''
    send --to self --url http://x x
    send --to self --url ws://127.0.0.1:99999 x
    send --to self --url ws://127.0.0.1:1977/?token=secret x
    send --to self --file /no/such
    send --to self --file /
    send --to-file /no/such x
    send --to-file / x
    send --to-file /dev/null x
    send --to self --split chunks x
    send --to self --surbs many x
    send --to self --wait forever x
    send --to self --jitter 5 x
    send --to self --timeout -1s x
    send --to self --reply-size 5 x
    send --to self --set a.b=c
    request --to self --grant x
    send --to self --plugin /no/such.ts x
    send --to self --color pink x
    send --to self --id a --ephemeral x
    listen extra
    listen -n
    listen -n 0
    listen --join x
    listen --format %q
    listen --exec ''
    listen --answer
    listen --replay /no/such
    listen --replay / --out-dir /dev/null/x
    listen --watch
    request --to self --replies 0 x
    request --to self --to self x
    request --to self --file a --file b
    whoami --qr --id nope
    whoami --timeout 1s
    init
    init alice
    init --id .
    init --id a/b
    init --id 'a\\b'
    init --id x --network nowhere
    init --id x --network ftp://x
    init --id x --port 65536
    init --id x --host 127.0.0.1:80
    init --id x --output yaml
    init --id x --gateway y --latency-based-selection
    run
    run --id ../x --init --network local
    run --local --id x
    run --dialect d
    run --allow-origin nonsense
    run --upstream ws://127.0.0.1:1 --init
    run --upstream ws://127.0.0.1:1 --host 0.0.0.0
    run --upstream ws://127.0.0.1:1 --plugin-takes
    network
    network up true
    network up --
    network up --loss 101
    network up --delay 5
    config show --id ../x
    config nonsense
    completions tcsh
    completions
    help nonsense
    upgrade --id nope
    gateways switch
    plugin check
    plugin new a/b
  `,
  3: `
    send --to self --url ws://127.0.0.1:1 x
    whoami --check
    init --id x --network local
  `,
  7: `
    send --to bob hi
    send --to a.b@c hi
    send --reply-to nonsense x
    gateways switch x
  `,
  126: "network up -- /",
  127: `
    network up -- /no/such
    network up -- ''
  `,
};

Deno.test("help comes even where the settings file cannot be read", async () => {
  await using folder = await tempFolder();
  await Deno.mkdir(`${folder.path}/nymwire`);
  await Deno.writeTextFile(`${folder.path}/nymwire/config.toml`, "id = 3\n");
  const run = async (...words: string[]) => {
    const world = new FakeWorld();
    world.variables["XDG_CONFIG_HOME"] = folder.path;
    world.variables["NYMWIRE_HOME"] = folder.path;
    const code = await world.run(...words);
    return [code, world.stderr.text.split("\n")[0]!.split(": ").at(-1)];
  };
  const topics = Object.keys(TOPICS).map((name) => ["help", name]);
  for (const words of [...topics, ["completions", "zsh"], ["complete", "se"]]) {
    assertEquals(await run(...words), [0, ""], words.join(" "));
  }
  assertEquals(await run("whoami"), [2, "need text in quotes, have 3"]);
});

Deno.test("a command line without sense is answered in one sentence, one line of advice and one object", async () => {
  await using folder = await tempFolder();
  for (const [code, lines] of Object.entries(NONSENSE)) {
    for (const line of lines.trim().split(/\n */)) {
      const world = new FakeWorld();
      world.variables["NYMWIRE_HOME"] = folder.path;
      const words = shellWords(line);
      assertEquals(await world.run("--json", ...words), Number(code), line);
      assertEquals(
        world.stdinReads,
        /^(send|request) --to self$/.test(line) ? 1 : 0,
      );
      const { text } = world.stderr;
      const [, message, hint] = /^error: (.+)\nhint: (.+)\n$/.exec(text) ?? [];
      assertMatch(message ?? text, /^(Cannot|Unknown) .+[^.:,]$/, line);
      // The words of libraries and of the system are not ours.
      assertEquals(
        /argument missing|invalid|os error|\bE(NOENT|NOTFOUND|CONN|XIST|ACCES)|Cannot .*Cannot/
          .exec(text),
        null,
        line,
      );
      const told = world.stdout.objects.slice(0, 1).map((
        object,
      ) => [object["type"], object["code"], object["message"], object["hint"]]);
      assertEquals(told, [["error", Number(code), message, hint]], line);
    }
  }
});
