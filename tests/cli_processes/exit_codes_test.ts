import { assertEquals, assertMatch } from "@std/assert";
import { EXIT, type ExitCode } from "../../lib/errors.ts";
import { outlivesTerminal } from "../../lib/cli/system.ts";
import { TOPICS } from "../../lib/cli/topics.ts";
import { writeHome } from "../cli/home_fixture.ts";
import { layHome } from "../home/upgrade/support.ts";
import { SENDER_TAG } from "../support/fake_mailbox.ts";
import { type Ended, Nymwire } from "../support/nymwire.ts";
import { StockDouble } from "../support/stock_double.ts";
import { closedPort, together } from "../support/testbed.ts";
import { talk } from "../support/websocket_program.ts";

/** What a way has at hand: a folder of homes of its own, and a stock client. */
interface Scene {
  readonly nymwire: Nymwire;
  readonly stock: StockDouble;
}

/** How a process comes to end with a code. */
interface Way {
  readonly run: (scene: Scene) => Promise<Ended>;
  /** What it says to people. @default a sentence and a line of advice */
  readonly says?: RegExp;
  /** Numbers that the stock client gives as the length of a lane. */
  readonly laneLengths?: readonly number[];
}

const SILENCE = /^$/;
const send = (url: string, ...more: string[]) =>
  ["send", "--url", url, "--to", "self", ...more] as const;
const nowhere = () => `ws://127.0.0.1:${closedPort()}`;

/** Every exit code there is, and how real processes come to it. */
const TABLE: Readonly<Record<ExitCode, Readonly<Record<string, Way>>>> = {
  0: {
    "a message is sent": {
      run: ({ nymwire, stock }) => nymwire.run(send(stock.url, "x")),
      says: SILENCE,
    },
    "a listen that is terminated": {
      run: ({ nymwire, stock }) => told(nymwire, stock, "SIGTERM"),
      says: SILENCE,
    },
  },
  1: {
    "a device that is full": {
      run: ({ nymwire }) => nymwire.shell("nymwire help > /dev/full"),
      says: /^error: Cannot write the output: no space left on device\nhint/,
    },
  },
  2: {
    "an option that does not exist": {
      run: ({ nymwire }) => nymwire.run(["send", "--too", "x"]),
      says: /^error: Unknown option '--too'\nhint: Did you mean --to\?\n$/,
    },
    "several homes, which are named": {
      run: async ({ nymwire }) => {
        await writeHome(nymwire.base, "alice");
        await writeHome(nymwire.base, "bob");
        return await nymwire.run(["whoami"]);
      },
      says: /there are 2, alice, bob\nhint: .*--id/,
    },
    "a settings file with a key that means nothing": {
      run: async ({ nymwire }) => {
        const folder = `${nymwire.base}/.config/nymwire`;
        await Deno.mkdir(folder, { recursive: true });
        await Deno.writeTextFile(`${folder}/config.toml`, "colour = 'red'\n");
        return await nymwire.run(["config", "show"]);
      },
    },
    "a broken config.toml, with line and column": {
      run: async ({ nymwire }) => {
        await writeHome(nymwire.base, "alice");
        const file = `${nymwire.base}/clients/alice/config/config.toml`;
        await Deno.writeTextFile(file, "[client]\nid = 'alice\n");
        return await nymwire.run(["whoami"]);
      },
      says: /config\.toml:2:/,
    },
    "a key file that is missing": {
      run: async ({ nymwire }) => {
        await writeHome(nymwire.base, "alice");
        const data = `${nymwire.base}/clients/alice/data`;
        await Deno.remove(`${data}/public_identity.pem`);
        return await nymwire.run(["whoami"]);
      },
      says: /public_identity\.pem: it is missing/,
    },
    "a home that needs upgrade": {
      run: async ({ nymwire }) => {
        await layHome(nymwire.base, "1.1.21");
        return await nymwire.run(["run", "--id", "alice"]);
      },
      says: /hint: .*nymwire upgrade/,
    },
    "an empty message": {
      run: ({ nymwire, stock }) => nymwire.run(send(stock.url)),
      says: /it is empty \(not sent\)/,
    },
    "a file that is missing": {
      run: ({ nymwire, stock }) =>
        nymwire.run(send(stock.url, "--file", "no such")),
      says: /^error: Cannot read no such: it is missing \(not sent\)\nhint/,
    },
  },
  3: {
    "nobody listens": {
      run: ({ nymwire }) => nymwire.run(send(nowhere(), "x")),
      says: /\(not sent\)\n/,
    },
    "no directory answers": {
      run: ({ nymwire }) =>
        nymwire.run([
          ...["init", "--id", "x", "--timeout", "20s"],
          ...["--network", `http://127.0.0.1:${closedPort()}/api/`],
        ]),
    },
  },
  4: {
    "a client that serves another program": {
      run: async ({ nymwire, stock }) => {
        await using _other = await talk(stock.url);
        return await nymwire.run(["whoami", "--url", stock.url]);
      },
      says: /serves another program/,
    },
    "another client on the home's port, both named, shortened": {
      run: async ({ nymwire, stock }) => {
        await writeHome(nymwire.base, "alice", { port: stock.port });
        return await nymwire.run(["send", "--to", "self", "x"]);
      },
      says: /^(?!.*\w{32})(?=.*CytBse…)(?=.*FAe4si…).*\(not sent\)\n/,
    },
  },
  5: {
    "the connection is lost, and is not to be made again": {
      run: async ({ nymwire, stock }) => {
        await stock.deliver("hello");
        const listen = nymwire.start(
          ["listen", "--url", stock.url, "--no-reconnect"],
        );
        await listen.firstLine();
        stock.disconnect();
        return await listen.ended;
      },
    },
  },
  6: {
    "nothing comes in time": {
      run: ({ nymwire, stock }) =>
        nymwire.run(["listen", "--url", stock.url, "--timeout", "10ms"]),
      says: /time limit of 10ms is reached/,
    },
    "an answer does not come in time": {
      run: ({ nymwire, stock }) =>
        nymwire.run([
          ...["request", "--url", stock.url, "--to", "self"],
          ...["--timeout", "10ms", "x"],
        ]),
      says: /\((may still arrive|not sent)\)\n/,
    },
  },
  7: {
    "a malformed address": {
      run: ({ nymwire, stock }) =>
        nymwire.run(["send", "--url", stock.url, "--to", "a.b@c", "x"]),
      says: /\(not sent\)\n/,
    },
    "an unknown name": {
      run: ({ nymwire }) => nymwire.run(["send", "--to", "bob", "x"]),
      says: /"bob": it is no address.* \(not sent\)\n/,
    },
  },
  8: {
    "a stage that the client cannot tell": {
      run: ({ nymwire, stock }) =>
        nymwire.run(send(stock.url, "--wait", "acked", "x")),
      says: /no more than flushed \(not sent\)\n/,
    },
    "a message that is too large": {
      run: ({ nymwire, stock }) =>
        nymwire.shell(
          `head -c 70000000 /dev/zero | nymwire ${send(stock.url).join(" ")}`,
        ),
      says: /need at most 67108864 bytes, have more \(not sent\)\n/,
    },
  },
  9: {
    "a program fails, and the policy is fail": {
      run: ({ nymwire }) =>
        nymwire.run([
          ...["listen", "--replay", "/dev/stdin", "--exec", "false"],
          ...["--on-error", "fail"],
        ], { stdin: '{"text":"x"}\n' }),
      says: /false ended with status 1\n/,
    },
  },
  10: {
    "one of two messages is sent": {
      run: ({ nymwire, stock }) =>
        nymwire.run(["send", "--url", stock.url, "--split", "ndjson"], {
          stdin: '{"text":"a","to":"self"}\n{"text":"b","to":"bob"}\n',
        }),
      says:
        /^error: Sent 1 of 2 messages; 1 failed: .* \(the rest: not sent\)\n/,
    },
    "the input breaks after a message": {
      run: ({ nymwire, stock }) =>
        nymwire.run(send(stock.url, "--split", "ndjson"), {
          stdin: '{"text":"a"}\nnope\n{"text":"b"}\n',
        }),
      says:
        /^error: Sent 1 message, and no more: cannot read line 2 of the input: /,
    },
    "there is something to upgrade": {
      run: async ({ nymwire }) => {
        await layHome(nymwire.base, "1.1.21");
        return await nymwire.run(["upgrade", "--id", "alice", "--check"]);
      },
      says: SILENCE,
    },
  },
  11: {
    "an unknown sender tag": {
      run: ({ nymwire }) =>
        nymwire.shell(`
          export -f nymwire
          nymwire network up -- bash -c '
            nymwire init --id x --no-cover --port ${closedPort()} > /dev/null
            nymwire send --id x --reply-to ${SENDER_TAG} hello'
        `),
      says: /^error: Cannot reply.* \(not sent\)\nhint: .+\n$/,
    },
  },
  12: {
    "key halves that disagree": {
      run: async ({ nymwire }) => {
        await writeHome(nymwire.base, "alice", { port: closedPort() });
        const data = `${nymwire.base}/clients/alice/data`;
        const other = await Deno.readTextFile(
          `${data}/private_encryption.pem`,
        );
        await Deno.writeTextFile(
          `${data}/private_identity.pem`,
          other.replaceAll("X25519", "ED25519"),
        );
        return await nymwire.run(["send", "--to", "self", "x"]);
      },
      says: /\(not sent\)\n/,
    },
  },
  // Under nohup, processes are right not to end by it.
  129: outlivesTerminal() ? {} : {
    "a send that is hung up": {
      run: ({ nymwire, stock }) => stopped(nymwire, stock, "SIGHUP"),
      says: /^error: Hung up \(may still arrive\)\nhint: .+\n$/,
      laneLengths: [5],
    },
  },
  130: {
    "a send that is interrupted": {
      run: ({ nymwire, stock }) => stopped(nymwire, stock, "SIGINT"),
      says: /^error: Interrupted \(may still arrive\)\nhint: .+\n$/,
      laneLengths: [5],
    },
    "a listen that is interrupted": {
      run: ({ nymwire, stock }) => told(nymwire, stock, "SIGINT"),
      says: SILENCE,
    },
    "a network that is interrupted": {
      run: async ({ nymwire }) => {
        const up = nymwire.start(["network", "up", "--quiet"]);
        await up.firstLine();
        up.kill("SIGINT");
        return await up.ended;
      },
      says: SILENCE,
    },
  },
  141: {
    "nobody reads the output any more": {
      run: async ({ nymwire }) => {
        const file = `${nymwire.base}/recorded`;
        const line = `{"text":"${"x".repeat(1000)}"}\n`;
        await Deno.writeTextFile(file, line.repeat(1000));
        return await nymwire.shell(
          `nymwire listen --replay ${file} | head -c 1 > /dev/null; exit \${PIPESTATUS[0]}`,
        );
      },
      says: SILENCE,
    },
  },
  143: {
    "a send that is terminated": {
      run: ({ nymwire, stock }) => stopped(nymwire, stock, "SIGTERM"),
      says: /^error: Terminated \(may still arrive\)\nhint: .+\n$/,
      laneLengths: [5],
    },
  },
};

Deno.test("every exit code, by real processes", async (t) => {
  const checks = Object.entries(TABLE).flatMap(([code, ways]) =>
    Object.entries(ways).map(([how, { run, says, laneLengths = [0] }]) =>
      [`${code}: ${how}`, async () => {
        await using nymwire = await Nymwire.create();
        await using stock = new StockDouble({ dialect: "c", laneLengths });
        const ended = await run({ nymwire, stock });
        assertEquals(ended.code, Number(code), ended.stderr);
        assertMatch(ended.stderr, says ?? /^error: .+\nhint: .+\n$/);
        if (says !== SILENCE) {
          assertMatch(ended.stderr, /^error: .+\nhint: .+\n$/);
        }
      }] as const
    )
  );
  await together(t, Object.fromEntries(checks));
});

Deno.test("help exit-codes lists the codes there are", () => {
  const listed = TOPICS["exit-codes"]!.trimEnd().split("\n")
    .map((line) => Number(line.trim().split(" ")[0]));
  assertEquals(listed, Object.values(EXIT));
  assertEquals(Object.keys(TABLE).map(Number), Object.values(EXIT));
});

/** A `listen` that has printed something, and is sent a signal. */
async function told(
  nymwire: Nymwire,
  stock: StockDouble,
  signal: Deno.Signal,
): Promise<Ended> {
  await stock.deliver("hello");
  const listen = nymwire.start(["listen", "--url", stock.url]);
  await listen.firstLine();
  listen.kill(signal);
  return await listen.ended;
}

/** A `send` that waits for its message to leave, and is sent a signal. */
async function stopped(
  nymwire: Nymwire,
  stock: StockDouble,
  signal: Deno.Signal,
): Promise<Ended> {
  const sending = nymwire.start(send(stock.url, "x"));
  const asked = ({ kind }: { kind: string }) => kind === "getLaneQueueLength";
  while (!stock.requests.some(asked)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  sending.kill(signal);
  const ended = await sending.ended;
  const closed = ({ kind }: { kind: string }) => kind === "closedConnection";
  assertEquals(stock.requests.filter(closed).length, 1);
  return ended;
}
