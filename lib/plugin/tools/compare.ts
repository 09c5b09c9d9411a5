import { equal } from "../../bytes/equal.ts";
import type { CaseBody, CaseLine } from "./case_file.ts";

/** What happened in a case. */
export interface Outcome {
  readonly messages: Uint8Array[];
  readonly replies: Uint8Array[];
  readonly sent: { readonly to: string; readonly body: Uint8Array }[];
  readonly log: string[];
  /** The sentence that the plugin failed with. */
  error: string | undefined;
  /** What went wrong on the way. */
  readonly problems: string[];
}

type Case = Extract<CaseLine, { kind: "case" }>;

/** What was not as expected, a sentence each. */
export async function compare(
  outcome: Outcome,
  { expect, body }: Case,
): Promise<string[]> {
  const problems = [...outcome.problems];
  if (expect.error === undefined) {
    if (outcome.error !== undefined) problems.push(`fails: ${outcome.error}`);
    else {
      const wanted = expect.messages ?? [body];
      problems.push(...differences("becomes", outcome.messages, wanted));
    }
  } else if (!outcome.error?.includes(expect.error)) {
    problems.push(
      `${
        outcome.error === undefined
          ? "does not fail"
          : `fails: ${outcome.error}`
      }, expected ${JSON.stringify(expect.error)}`,
    );
  }
  problems.push(...differences("replies", outcome.replies, expect.replies));
  problems.push(
    ...differences(
      "sends",
      outcome.sent.map(addressed),
      expect.sent.map(({ to, body }) => ({
        bytes: addressed({ to, body: body.bytes }),
      })),
    ),
  );
  for (const part of expect.log) {
    if (!outcome.log.some((line) => line.includes(part))) {
      problems.push(
        `logs ${JSON.stringify(outcome.log)}, expected ${JSON.stringify(part)}`,
      );
    }
  }
  for (const [path, content] of expect.files) {
    const problem = await compareFile(path, content);
    if (problem) problems.push(problem);
  }
  return problems;
}

function differences(
  what: string,
  have: readonly Uint8Array[],
  want: readonly CaseBody[],
): string[] {
  const same = have.length === want.length &&
    have.every((bytes, index) => equal(bytes, want[index]!.bytes));
  return same ? [] : [
    `${what} ${show(have)}, expected ${show(want.map(({ bytes }) => bytes))}`,
  ];
}

async function compareFile(
  path: string,
  content: CaseBody | undefined,
): Promise<string | undefined> {
  let have: Uint8Array;
  try {
    have = await Deno.readFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return content && `leaves no file ${path}`;
  }
  if (!content) return `leaves a file ${path}, expected none`;
  return equal(have, content.bytes)
    ? undefined
    : `leaves ${show([have])} in ${path}, expected ${show([content.bytes])}`;
}

function addressed(
  { to, body }: { to: string; body: Uint8Array },
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`to ${to}: ${text(body)}`);
}

function show(bodies: readonly Uint8Array[]): string {
  return bodies.length === 0
    ? "nothing"
    : bodies.map((body) => JSON.stringify(text(body))).join(" and ");
}

function text(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    return `base64:${body.toBase64()}`;
  }
}
