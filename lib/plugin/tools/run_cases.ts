import { basename } from "node:path";
import { systemClock } from "../../async/clock.ts";
import { DecodeError, EXIT, NymError, PluginError } from "../../errors.ts";
import { exists } from "../../home/private_file.ts";
import { type SenderTag, senderTag } from "../../message/sender_tag.ts";
import type { PluginChain } from "../chain.ts";
import { parseGrant } from "../grant.ts";
import { openPluginChain } from "../open_chain.ts";
import { noSuchPlugin } from "../plugin_fault.ts";
import type { Fetch } from "../services/fetch.ts";
import { type CaseLine, readCases } from "./case_file.ts";
import { compare, type Outcome } from "./compare.ts";

/** Options of {@linkcode runPluginCases}. */
export interface RunPluginCasesOptions {
  /** The file of the cases. @default beside the plugin, `NAME.cases.ndjson` */
  readonly cases?: string | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** What came of a case. */
export interface CaseResult {
  readonly name: string;
  /** The line of the file of cases. */
  readonly line: number;
  /** What was not as expected, a sentence each; none if all is well. */
  readonly problems: readonly string[];
}

type Case = Extract<CaseLine, { kind: "case" }>;
type Given = Omit<Extract<CaseLine, { kind: "with" }>, "kind" | "line">;

/** The sender of every message that can be answered. */
const SENDER: SenderTag = senderTag(new Uint8Array(16).fill(7));

/** When every message arrives: 2020-01-01. */
const TIME = Date.UTC(2020, 0, 1);

/**
 * Run the cases of a plugin through the real sandbox, with doubles for the client and the web. `{tmp}` in the cases stands for
 * an empty folder.
 *
 * @throws {PluginError} If the plugin cannot be used.
 * @throws {DecodeError} If the file of cases makes no sense.
 * @throws The signal's reason.
 */
export async function* runPluginCases(
  file: string,
  options: RunPluginCasesOptions = {},
): AsyncGenerator<CaseResult, void, undefined> {
  const { cases = file.replace(/\.[^.]*$/, ".cases.ndjson") } = options;
  const folder = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "nymwire-cases-" }),
  );
  let bench: Bench | undefined;
  try {
    const text = (await readFile(cases, file)).replaceAll("{tmp}", folder);
    let given: Given = { options: {}, grants: [], env: new Map() };
    for (const line of readLines(text, cases)) {
      if (line.kind === "with") {
        given = line;
        await bench?.chain.close();
        bench = undefined;
        continue;
      }
      bench ??= await openBench(file, given, options);
      yield {
        name: line.name,
        line: line.line,
        problems: await compare(await bench.run(line), line),
      };
    }
  } finally {
    await bench?.chain.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Bench {
  readonly chain: PluginChain;
  run(line: Case): Promise<Outcome>;
}

async function openBench(
  file: string,
  { options, grants, env }: Given,
  { signal }: RunPluginCasesOptions,
): Promise<Bench> {
  let outcome = emptyOutcome();
  let line: Case | undefined;
  let seq = 0;
  const chain = await openPluginChain([{
    name: basename(file).replace(/\.[^.]*$/, ""),
    file,
    options,
    grants: grants.map(parseGrant),
  }], {
    mailbox: () => ({
      address: "me",
      send({ to, body }) {
        if (to === undefined) outcome.replies.push(body);
        else outcome.sent.push({ to, body });
        return Promise.resolve({ left: Promise.resolve() });
      },
    }),
    onLog: ({ text }) => outcome.log.push(text),
    protect: [],
    env,
    clock: { ...systemClock, wall: () => TIME },
    onError: "fail",
    signal,
    deadLetter: () => Promise.resolve(),
    fetch: cannedFetch(() => line?.fetch ?? [], (problem) => {
      outcome.problems.push(problem);
    }),
  });
  return {
    chain,
    async run(next) {
      line = next;
      outcome = emptyOutcome();
      const { body: { bytes: body }, answerable, stored, to } = next;
      seq++;
      const message = {
        id: `m${seq}`,
        seq,
        body,
        senderTag: answerable ? SENDER : undefined,
        receivedAt: TIME,
        stored,
        redelivered: false,
        taken: () => Promise.resolve(),
      };
      try {
        if (next.direction === "outgoing") {
          const bodies = await chain.outgoing({ to, body }, signal);
          outcome.messages.push(...bodies);
          for (const body of bodies) {
            await chain.observe({ to, body }, signal);
          }
        } else {
          const parts = await chain.incoming(message, signal);
          outcome.messages.push(...parts.map(({ body }) => body));
          for (const part of parts) await chain.observe(part, signal);
        }
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof NymError)) throw error;
        outcome.error = error.message;
      }
      return outcome;
    },
  };
}

function emptyOutcome(): Outcome {
  return {
    messages: [],
    replies: [],
    sent: [],
    log: [],
    error: undefined,
    problems: [],
  };
}

/** A web that gives the answers of a case, in their order. */
function cannedFetch(
  answers: () => Case["fetch"],
  onProblem: (problem: string) => void,
): Fetch {
  const used = new WeakSet<object>();
  return async (url, { method = "GET", body }) => {
    const next = answers().find((answer) => !used.has(answer));
    if (!next || next.url !== url.href || next.method !== method) {
      const wanted = next ? `${next.method} ${next.url}` : "nothing";
      onProblem(`asks ${method} ${url.href}, expected ${wanted}`);
      throw new PluginError(`There is no answer to ${method} ${url.href}`);
    }
    used.add(next);
    const sent = new Uint8Array(await new Response(body).arrayBuffer());
    if (next.body && next.body.bytes.toHex() !== sent.toHex()) {
      const [have, want] = [sent, next.body.bytes].map((bytes) =>
        JSON.stringify(new TextDecoder().decode(bytes))
      );
      onProblem(`sends ${have} to ${url.href}, expected ${want}`);
    }
    return new Response(next.status === 204 ? null : next.answer.bytes, {
      status: next.status,
    });
  };
}

function readLines(text: string, file: string): CaseLine[] {
  try {
    return readCases(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const problem = error.message.replace(/^Cannot decode /, "");
    throw new DecodeError(`Cannot read cases in ${file}: ${problem}`, {
      cause: error,
      hint: "Look at docs/plugins.md for what a line can say",
      exitCode: EXIT.usage,
    });
  }
}

async function readFile(path: string, plugin: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    const isMissing = cause instanceof Deno.errors.NotFound;
    const problem = isMissing ? "there is no such file" : String(cause);
    // Without a plugin there is nothing to write cases for.
    if (isMissing && !await exists(plugin)) throw noSuchPlugin(plugin);
    throw new PluginError(`Cannot read cases in ${path}: ${problem}`, {
      cause,
      hint: "Write a line of JSON for each case, or name a file with --cases",
      exitCode: EXIT.usage,
    });
  }
}
