import {
  assert,
  assertEquals,
  assertFalse,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { parseArgs } from "../../lib/cli/args.ts";
import { EXAMPLES } from "../../lib/cli/examples.ts";
import { SETTINGS } from "../../lib/cli/settings.ts";
import { shellWords } from "../../lib/cli/parse/shell_words.ts";
import { UsageError } from "../../lib/errors.ts";

/** The command that words ask for. */
function parse(
  argv: string[],
  env?: Record<string, string>,
  values?: Record<string, string>,
): Record<string, unknown> {
  const parsed = parseArgs(argv, { version: "1.2.3" });
  if (parsed.kind !== "command") throw new Error(parsed.text);
  const file = values && { path: "F", values };
  return parsed.complete(
    { get: (name) => env?.[name], toObject: () => env ?? {} },
    file,
  ) as unknown as Record<string, unknown>;
}

function text(...argv: string[]): string {
  const parsed = parseArgs(argv, { version: "1.2.3" });
  if (parsed.kind !== "text") throw new Error("not text");
  return parsed.text;
}

function refused(words: string, message: string, hint?: string): void {
  const error = assertThrows(
    () => parse(shellWords(words).slice(1)),
    UsageError,
    message,
    words,
  );
  if (hint) assertEquals(error.hint, hint, words);
}

Deno.test("parseArgs() reads a command with its options", () => {
  assertEquals(
    parse([
      "send",
      "--to",
      "self",
      "--to",
      "x",
      "hello",
      "world",
      "--surbs",
      "auto",
    ]),
    {
      kind: "send",
      text: ["hello", "world"],
      to: ["self", "x"],
      surbs: "auto",
    },
  );
  assertEquals(parse(["listen", "-n5", "--idle", "2s"]), {
    kind: "listen",
    reconnect: true,
    count: 5,
    idle: 2000,
  });
});

Deno.test("parseArgs() takes common options before and after the command", () => {
  for (
    const argv of [
      ["--json", "-v", "--id", "a", "whoami"],
      ["whoami", "--json", "-v", "--id", "a"],
      ["--json", "whoami", "-v", "--id=a"],
    ]
  ) {
    assertEquals(parse(argv), {
      kind: "whoami",
      json: true,
      verbose: 1,
      id: "a",
    });
  }
  assertEquals(parse(["-v", "network", "-v", "up", "-v"])["verbose"], 3);
  assertEquals(parse(["-vv", "whoami"])["verbose"], 2);
});

Deno.test("parseArgs() leaves what stands after -- alone", () => {
  assertEquals(
    parse(["network", "up", "--port", "0", "--", "sh", "-c", "x", "--json"]),
    { kind: "network up", port: 0, command: ["sh", "-c", "x", "--json"] },
  );
  assertEquals(parse(["send", "--to", "self", "--", "--json"])["text"], [
    "--json",
  ]);
});

Deno.test("parseArgs() takes the command of network up from behind -- alone", () => {
  refused(
    "nymwire network up true",
    'Cannot run "true": need -- in front of it',
    "Type: nymwire network up -- true",
  );
  refused("nymwire network up true -- false", "need -- in front of it");
  refused("nymwire network up --", "need one after --, have none");
});

Deno.test("parseArgs() suggests what may have been meant", () => {
  refused("nymwire sned", "Unknown command 'sned'", "Did you mean send?");
  refused(
    "nymwire send --too x",
    "Unknown option '--too'",
    "Did you mean --to?",
  );
  refused(
    "nymwire send --first x",
    "Unknown option '--first'",
    "See what is possible with: nymwire send --help",
  );
  refused(
    "nymwire nonsense",
    "Unknown command",
    "See what there is with: nymwire help",
  );
  refused("nymwire", "need a command", "See what there is with: nymwire help");
  refused(
    "nymwire network",
    "need a command",
    "See what is possible with: nymwire network --help",
  );
  refused(
    "nymwire --json network up --loss 200",
    "Cannot use --loss",
    "See what is possible with: nymwire network up --help",
  );
});

Deno.test("parseArgs() does not repeat the value of an unknown option", () => {
  const error = assertThrows(() => parse(["send", "--key=SECRET"]), UsageError);
  assertFalse(error.message.includes("SECRET"));
});

Deno.test("parseArgs() refuses options where they mean nothing", () => {
  refused("nymwire send --reply-to t --to a", "--reply-to together with --to");
  refused(
    "nymwire send --reply-to t --surbs 5",
    "--reply-to together with --surbs",
  );
  refused(
    "nymwire send --to a --reply-size 1KB",
    "--reply-size without --surbs auto",
  );
  refused(
    "nymwire send --to a --file f text",
    "--file together with a message text",
  );
  refused(
    "nymwire send --to a --dry-run --wait acked",
    "--dry-run together with --wait",
  );
  refused("nymwire send --to a --network x", "--network without --ephemeral");
  refused("nymwire send --to a --url ws://x --ephemeral", "--ephemeral");
  refused("nymwire send --to a --url ws://x --direct", "--direct");
  refused("nymwire listen --id a --ephemeral", "--id");
  refused("nymwire listen --direct --ephemeral", "--direct");
  refused(
    "nymwire listen --first -n 2",
    "Cannot use --first together with --count",
    "Leave one of them out",
  );
  refused("nymwire listen --json --raw", "--json together with --raw");
  refused("nymwire listen --json --format %s", "--json together with --format");
  refused("nymwire listen --raw --join nul", "--raw together with --join");
  refused("nymwire listen --answer", "--answer without --exec");
  refused("nymwire listen --jobs 2", "--jobs without --exec");
  refused(
    "nymwire listen --exec x --out-dir d",
    "--exec together with --out-dir",
  );
  refused("nymwire listen --out-dir d --raw", "--out-dir together with --raw");
  refused(
    "nymwire listen --replay f --url ws://x",
    "--replay together with --url",
  );
  refused("nymwire request --to a --json --raw", "--json together with --raw");
  refused("nymwire request --to a --to b x", "Cannot use --to twice");
  refused("nymwire whoami --json --qr", "--json together with --qr");
  refused("nymwire whoami --timeout 3s", "--timeout without --check");
  refused("nymwire whoami --to self", "Unknown option '--to'");
  refused("nymwire init --gateway g --latency-based-selection", "--gateway");
  refused("nymwire gateways list --network x", "--network without --all");
  refused("nymwire gateways add x --gateway y", "have several");
  refused("nymwire gateways switch x --gateway-id y", "have several");
  refused(
    "nymwire gateways add x --latency-based-selection",
    "--latency-based-selection together with --gateway",
  );
  refused("nymwire network up --seed 1", "--seed without --loss or --delay");
  refused("nymwire network up --fresh -- x", "--fresh together with a command");
  refused("nymwire run --network x", "--network without --init");
  refused("nymwire run --local --init --network x", "--network");
  refused(
    "nymwire run --disable-socket true --port 5",
    "--disable-socket together with --port",
  );
  assertEquals(
    parse(["run", "--disable-socket", "false", "-p", "5"])["port"],
    5,
  );
});

Deno.test("parseArgs() refuses values that cannot be read, naming the option", () => {
  refused(
    "nymwire listen --timeout 5",
    'Cannot use --timeout: need a duration such as 500ms, 10s, 5m or 1h, have "5"',
  );
  refused("nymwire run --host x", "Cannot use --host: need an IP address");
  refused("nymwire listen -n 0", "Cannot use --count: need a whole number");
  refused(
    "nymwire listen --join x",
    'Cannot use --join: need one of lines, nul, none, have "x"',
  );
  refused("nymwire listen --exec '\"'", "Cannot use --exec: need a closing");
  refused("nymwire listen --format %q", "Cannot use --format");
  refused("nymwire send --surbs -1", "Cannot use --surbs");
  refused("nymwire send --surbs 1001", "Cannot use --surbs");
  refused(
    "nymwire send --url http://x",
    "Cannot use --url: need a url such as ws://127.0.0.1:1977",
  );
  refused("nymwire network up --loss 101", "Cannot use --loss");
  refused("nymwire run --port 65536", "Cannot use --port");
  refused(
    "nymwire completions tcsh",
    'Cannot run completions: need one of bash, zsh, fish, have "tcsh"',
  );
  refused("nymwire completions", "need <shell>, have nothing");
  refused(
    "nymwire whoami extra",
    "Cannot run whoami: need no word after it, have 1: extra",
  );
  refused(
    "nymwire pipe a b",
    "need no more than 1 word after it, have 2: a, b",
  );
  refused("nymwire send --to", "Cannot use --to: need <address>, have nothing");
  refused("nymwire listen -n", "Cannot use --count: need <n>, have nothing");
  refused(
    "nymwire network --json=no up",
    "Cannot use --json: need no value, have one",
    "Write --json alone",
  );
});

Deno.test("parseArgs() fills in the environment, then the settings file", () => {
  const env = { NYMWIRE_ID: "env", NYMWIRE_TO: "self", NYMWIRE_TIMEOUT: "3s" };
  assertEquals(parse(["send", "x"], env), {
    kind: "send",
    text: ["x"],
    id: "env",
    to: ["self"],
    timeout: 3000,
  });
  const flags = parse(["send", "--id", "flag", "--to", "a"], env, {
    id: "file",
    timeout: "9s",
    color: "never",
    log_addresses: "true",
  });
  assertEquals(flags["id"], "flag");
  assertEquals(flags["to"], ["a"]);
  assertEquals(flags["timeout"], 3000);
  assertEquals(flags["color"], "never");
  assert(flags["logAddresses"]);
  assertEquals(parse(["whoami"], {}, { id: "file" })["id"], "file");
  assertEquals(parse(["whoami"], { NYMWIRE_ID: "" })["id"], undefined);
});

Deno.test("parseArgs() takes each setting from the strongest origin that has it", () => {
  /** A command, and three texts with what they are read as. */
  const table: Record<string, [string, ...[string, unknown][]]> = {
    id: ["whoami", ["a", "a"], ["b", "b"], ["c", "c"]],
    url: [
      "whoami",
      ...["ws://a", "ws://b", "ws://c"].map((
        url,
      ): [string, string] => [url, url]),
    ],
    to: ["send", ["a", ["a"]], ["b", ["b"]], ["c", ["c"]]],
    network: ["init", ["a", "a"], ["b", "b"], ["c", "c"]],
    timeout: ["listen", ["1s", 1000], ["2s", 2000], ["3s", 3000]],
    wait: [
      "send",
      ...["none", "queued", "acked"].map((
        stage,
      ): [string, string] => [stage, stage]),
    ],
    surbs: ["send", ["1", 1], ["auto", "auto"], ["3", 3]],
    color: ["whoami", ["always", "always"], ["never", "never"], [
      "auto",
      "auto",
    ]],
    logAddresses: ["whoami", ["", true], ["false", false], ["true", true]],
  };
  for (const { option, variable, key } of SETTINGS) {
    const [command, flag, environment, settings] = table[option]!;
    const words = [command, `--${key.replace("_", "-")}`, flag![0]].filter(
      Boolean,
    );
    const env = { [variable]: environment![0] };
    const file = { [key]: settings![0] };
    assertEquals(parse(words, env, file)[option], flag![1], option);
    assertEquals(parse([command], env, file)[option], environment![1], option);
    assertEquals(parse([command], {}, file)[option], settings![1], option);
    assertEquals(parse([command])[option], undefined, option);
  }
});

Deno.test("parseArgs() lets a stronger origin decide on the client and the recipient as a whole", () => {
  const env = { NYMWIRE_URL: "ws://env", NYMWIRE_TO: "self" };
  assertEquals(parse(["listen", "--id", "a"], env)["url"], undefined);
  assertEquals(parse(["listen", "--ephemeral"], env)["url"], undefined);
  assertEquals(parse(["listen"], env, { id: "file" })["id"], undefined);
  assertEquals(parse(["send", "--reply-to", "t"], env)["to"], undefined);
  const direct = parse(["listen", "--direct"], { ...env, NYMWIRE_ID: "b" });
  assertEquals([direct["url"], direct["id"]], [undefined, "b"]);
  const both = parse(["listen"], { ...env, NYMWIRE_ID: "b" });
  assertEquals([both["url"], both["id"]], ["ws://env", "b"]);
});

Deno.test("parseArgs() takes settings for options of that name alone, without their conditions", () => {
  assertEquals(parse(["whoami"], { NYMWIRE_TIMEOUT: "3s" })["timeout"], 3000);
  assertEquals(parse(["whoami"], { NYMWIRE_TO: "self" }), { kind: "whoami" });
});

Deno.test("parseArgs() names the variable or key whose value cannot be read", () => {
  const { hint } = assertThrows(
    () => parse(["listen"], { NYMWIRE_TIMEOUT: "soon" }),
    UsageError,
    'Cannot use NYMWIRE_TIMEOUT: need a duration such as 500ms, 10s, 5m or 1h, have "soon"',
  );
  assertEquals(hint, "See where values come from with: nymwire help settings");
  assertThrows(
    () => parse(["listen"], {}, { color: "red" }),
    UsageError,
    "Cannot use color in F: need one of auto, always, never",
  );
  assertThrows(
    () => parse(["listen"], { NYMWIRE_LOG_ADDRESSES: "perhaps" }),
    UsageError,
    "need true or false",
  );
});

Deno.test("parseArgs() accepts the flags of old versions and forgets their values", () => {
  const init = parse([
    "init",
    "--id",
    "a",
    "--eth_endpoint",
    "https://example.org",
    "--eth_private_key=0xSECRET",
    "--enabled-credentials-mode",
    "true",
    "--vpn-mode",
  ]);
  assertEquals(init["legacy"], [
    "--eth_endpoint",
    "--eth_private_key",
    "--enabled-credentials-mode",
    "--vpn-mode",
  ]);
  assertFalse(JSON.stringify(init).includes("SECRET"));
  assertFalse(text("init", "--help").includes("eth_private_key"));
});

Deno.test("parseArgs() prints the version and help wherever they are asked for", () => {
  assertEquals(text("--version"), "1.2.3\n");
  assertEquals(text("send", "-V"), "1.2.3\n");
  assertStringIncludes(text("--help"), "network up");
  assert(text("--help").split("\n").every(({ length }) => length <= 80));
  assertStringIncludes(text("send", "-h"), "Usage: nymwire send");
  assertStringIncludes(text("network", "up", "--help"), "--mixes-per-layer");
});

/** Options with a value that have no default: without them nothing of the kind happens, or something must be named. */
const WITHOUT_DEFAULT = new Set(
  "--id --url --to --to-file --reply-to --file --jitter --count --idle --format --out-dir --exec --replay --plugin --set --grant --trust --token-file --allow-origin --upstream --code-file --tcp --tcp-listen"
    .split(" "),
);

Deno.test("help tells the default of every option that has one", () => {
  for (const command of Object.keys(EXAMPLES)) {
    const help = text(...command.split(" "), "--help").replaceAll(
      /\n {20,}/g,
      " ",
    );
    for (const [line, flag] of help.matchAll(/^ +(?:-\w, )?(--[\w-]+) <.*/gm)) {
      const isPipe = command === "pipe" && flag === "--idle";
      assertEquals(
        /[(;] ?default: .+\)/.test(line),
        isPipe || !WITHOUT_DEFAULT.has(flag!),
        `${command}: ${line}`,
      );
    }
  }
  assertStringIncludes(text("listen", "-h"), "(lines, nul, none;");
});

Deno.test("every example parses, and every command has one", () => {
  for (const [command, examples] of Object.entries(EXAMPLES)) {
    for (const [line] of examples) {
      const words = shellWords(
        line.replace(/^.*?(?=nymwire )/, "").replace(/[)>].*$/, ""),
      );
      const parsed = parse(words.slice(1));
      assertEquals(parsed["kind"], command, line);
    }
    assertStringIncludes(
      text(...command.split(" "), "--help"),
      examples[0]![0],
    );
  }
});
