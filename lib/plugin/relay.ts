import type { Bytes } from "../bytes/brand.ts";
import { PluginError } from "../errors.ts";
import { type ChainMessage, told } from "./chain_message.ts";
import { LIMITS } from "./limits.ts";
import { matches } from "./match.ts";
import { pluginFailed } from "./plugin_fault.ts";
import type { DecodedVerdict } from "./protocol.ts";
import type { PluginRunner } from "./runner.ts";
import type { ErrorPolicy } from "./spec.ts";

/** What a {@linkcode relay} may do about failures. */
export interface RelayOptions {
  /** What happens to messages that a plugin could not handle, where the user says nothing about that plugin. */
  readonly onError: ErrorPolicy;
  /** Puts a message aside that a plugin could not handle; it counts as dealt with when this resolves. */
  deadLetter(failure: PluginError): Promise<void>;
  /** Hears that the message goes on though a plugin could not handle it. @default nobody */
  onPassed?(): void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Take one message through plugins in their order: what one makes of it is what the next one sees. Bodies come out in the
 * order that verdicts give.
 *
 * @throws {PluginError} With exit code 9, if one fails whose policy is `fail`.
 * @throws The signal's reason.
 */
export async function relay(
  message: ChainMessage,
  hook: "message" | "outgoing",
  runners: readonly PluginRunner[],
  options: RelayOptions,
): Promise<Bytes[]> {
  const results: Bytes[] = [];
  let failed: PluginError | undefined;
  await pass(message.body, 0);
  // The message is put aside as it came, so that it can be fed in again.
  if (failed) await options.deadLetter(failed);
  return results;

  async function pass(body: Bytes, index: number): Promise<void> {
    const runner = runners[index];
    if (!runner) return void results.push(body);
    const current = { ...message, body };
    if (!runner.hooks.includes(hook) || !matches(runner.meta.match, current)) {
      return await pass(body, index + 1);
    }
    let verdict: DecodedVerdict;
    try {
      verdict = await ask(runner, current);
    } catch (error) {
      if (!(error instanceof PluginError)) throw error;
      return await fall(error, runner, body, index);
    }
    switch (verdict.kind) {
      case "keep":
        return await pass(body, index + 1);
      case "drop":
        return runner.info(`drops a message: ${verdict.reason}`);
      case "replace":
        return await pass(verdict.body, index + 1);
      case "emit":
        for (const part of verdict.bodies) await pass(part, index + 1);
        return;
      case "stop":
        return void results.push(verdict.body ?? body);
      default:
        return verdict satisfies never;
    }
  }

  async function ask(
    runner: PluginRunner,
    current: ChainMessage,
  ): Promise<DecodedVerdict> {
    if (current.body.length > LIMITS.message) {
      throw pluginFailed(
        runner.spec,
        `takes at most ${LIMITS.message} bytes, it has ${current.body.length}`,
        { hint: "Set match.maxSize in its meta" },
      );
    }
    const verdict = await runner.call(hook, told(current), options.signal);
    if (
      verdict.kind === "emit" &&
      results.length + verdict.bodies.length > LIMITS.results
    ) {
      throw pluginFailed(
        runner.spec,
        `makes more than ${LIMITS.results} messages out of one`,
      );
    }
    return verdict;
  }

  async function fall(
    error: PluginError,
    runner: PluginRunner,
    body: Bytes,
    index: number,
  ): Promise<void> {
    const policy = runner.spec.onError ?? options.onError;
    if (policy === "fail") throw error;
    runner.complain(error, policyText(policy));
    if (policy === "keep") {
      options.onPassed?.();
      await pass(body, index + 1);
    }
    if (policy === "dead-letter") failed ??= error;
  }
}

function policyText(policy: Exclude<ErrorPolicy, "fail">): string {
  switch (policy) {
    case "keep":
      return "; it goes on as it is";
    case "drop":
      return "; it is dropped";
    case "dead-letter":
      return "; it is put aside";
    default:
      return policy satisfies never;
  }
}
