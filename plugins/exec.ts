import { createHash, timingSafeEqual } from "node:crypto";
import type { Plugin, PluginContext } from "nymwire";

interface Options {
  readonly programs: Readonly<Record<string, string>>;
  readonly args: boolean;
  readonly tokenVariable: string;
  readonly anyone: boolean;
  readonly maxOutput: number;
  readonly timeout: number;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly cut: boolean;
}

/** How long output is waited for when the program has ended, in milliseconds. */
const LAST_OUTPUT = 500;

/** What programs find in their environment: nothing of ours. */
const ENV = { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" };

/**
 * Runs programs that the user has listed, for whoever knows the token: `{"run":"uptime","token":"…"}`, where `args` is on with
 * `"args":["…"]`, and with `"stdin":"…"`. The answer is `{"code":0,"stdout":"…","stderr":"…","cut":false}` or `{"error":"…"}`. No shell
 * ever sees any of it. Programs run with the rights of the user, outside of the sandbox: list none that can do more than
 * strangers may.
 *
 *     nymwire run --id home --plugin exec --set 'exec.programs={"uptime":"/usr/bin/uptime"}' \
 *       --grant exec.run=/usr/bin/uptime --set exec.tokenVariable=EXEC_TOKEN --grant exec.env=EXEC_TOKEN
 */
export default {
  meta: {
    api: 1,
    name: "exec",
    version: "1.0.0",
    description: "Runs listed programs for those who know the token",
    options: {
      properties: {
        programs: {
          type: "object",
          description: "What can be run: full paths by the names in messages",
          additionalProperties: { type: "string" },
        },
        args: {
          type: "boolean",
          description: "Whether messages can say arguments",
          default: false,
        },
        tokenVariable: {
          type: "string",
          description: "The variable of the environment that holds the token",
          default: "",
        },
        anyone: {
          type: "boolean",
          description: "Whether no token is needed",
          default: false,
        },
        maxOutput: {
          type: "integer",
          description: "A program that prints more is ended, in bytes",
          default: 50_000,
          minimum: 0,
          maximum: 1_000_000,
        },
        timeout: {
          type: "integer",
          description: "A program that takes longer is ended, in milliseconds",
          default: 10_000,
          minimum: 1,
          maximum: 25_000,
        },
      },
      required: ["programs"],
    },
    grants: [
      { kind: "run", option: "programs", why: "to run what is listed" },
      { kind: "env", option: "tokenVariable", why: "to read the token" },
    ],
    match: { json: { run: true } },
  },

  start({ options: { tokenVariable, anyone } }) {
    if (anyone || tokenVariable && Deno.env.get(tokenVariable)) return;
    throw new Error(
      "set exec.tokenVariable to a variable with a token in it, or exec.anyone=true",
    );
  },

  async message(message, context) {
    const { senderTag = "nobody who can be answered" } = message;
    const request = Object(message.json());
    const who = `${JSON.stringify(request.run)} for ${senderTag}`;
    let answer: Outcome | { error: string };
    try {
      answer = await run(request, context);
      context.log(`ran ${who}: exit code ${answer.code}`);
    } catch (error) {
      answer = { error: (error as Error).message };
      context.log(`did not run ${who}: ${answer.error}`, "warn");
    }
    if (message.senderTag) await context.reply(message, JSON.stringify(answer));
    return { kind: "drop", reason: "it was a command" };
  },
} satisfies Plugin<Options>;

async function run(
  request: Record<string, unknown>,
  { options }: PluginContext<Options>,
): Promise<Outcome> {
  const { run, args = [], stdin = "", token = "" } = request;
  if (!options.anyone && !isToken(token, options.tokenVariable)) {
    throw new Error("the token is wrong");
  }
  if (typeof run !== "string" || !Object.hasOwn(options.programs, run)) {
    throw new Error("there is no such program");
  }
  const isArgs = Array.isArray(args) && args.length <= 100 &&
    args.every((arg) => typeof arg === "string" && !arg.includes("\0"));
  if (!isArgs || typeof stdin !== "string") {
    throw new TypeError("need args as a list of texts, and stdin as text");
  }
  if (args.length > 0 && !options.args) {
    throw new Error("no arguments are taken");
  }
  const child = new Deno.Command(options.programs[run]!, {
    args,
    cwd: "/",
    clearEnv: true,
    env: ENV,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return await outcome(child, stdin, options);
}

async function outcome(
  child: Deno.ChildProcess,
  stdin: string,
  { maxOutput, timeout }: Options,
): Promise<Outcome> {
  let left = maxOutput;
  let cut = false;
  const end = () => {
    cut = true;
    try {
      child.kill("SIGKILL");
    } catch { // It has ended already.
    }
  };
  const timer = setTimeout(end, timeout);
  void ReadableStream.from([new TextEncoder().encode(stdin)])
    .pipeTo(child.stdin).catch(() => {}); // It need not read.
  const readers = [child.stdout, child.stderr].map((it) => it.getReader());
  const reading = Promise.all(readers.map(collect));
  const { code } = await child.status;
  clearTimeout(timer);
  // What it has left behind may hold its pipes for ever; what it said itself is in them.
  const last = setTimeout(() => readers.map((it) => it.cancel()), LAST_OUTPUT);
  const [stdout = "", stderr = ""] = await reading;
  clearTimeout(last);
  return { code, stdout, stderr, cut };

  async function collect(
    reader: ReadableStreamDefaultReader<Uint8Array>,
  ): Promise<string> {
    let text = "";
    const decoder = new TextDecoder();
    for (;;) {
      const { value: chunk, done } = await reader.read();
      if (done) return text;
      if (!cut && chunk.length > left) end();
      text += decoder.decode(chunk.subarray(0, left), { stream: true });
      left -= Math.min(left, chunk.length);
    }
  }
}

/** Compared by hash, so that the time it takes tells nothing. */
function isToken(token: unknown, variable: string): boolean {
  const [given, wanted] = [String(token), Deno.env.get(variable)!].map(
    (text) => createHash("sha256").update(text).digest(),
  );
  return timingSafeEqual(given!, wanted!);
}
