import { decodeBase58, encodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import { DecodeError, EXIT, UsageError } from "../errors.ts";
import type { GatewayRegistration } from "../home/gateways.ts";
import type { CommandContext } from "./context.ts";
import { TimeLimit } from "./interruption.ts";
import { formatDuration } from "./parse/duration.ts";
import { TimeLimiter } from "./time_limit.ts";

/** How long directory and gateway may take, unless `--timeout` says otherwise. */
const PATIENCE_MS = 60_000;

/** Tell of a gateway that a home has registered with, in the words of the official client. */
export async function tellGateway(
  gateway: GatewayRegistration,
  { index, isActive }: { index: number; isActive: boolean },
  { output }: Pick<CommandContext, "output">,
): Promise<void> {
  const { listener, fallback } = gateway;
  const identity = encodeBase58(gateway.identity);
  const registeredAt = gateway.registeredAt.toISOString();
  if (output.json) {
    return await output.record("gateway", {
      identity,
      active: isActive,
      registeredAt,
      listener,
      fallback,
    });
  }
  const mark = isActive ? "[ACTIVE] " : "";
  const more = fallback === null ? "" : ` fallback: ${fallback}`;
  await output.print(
    `[${index}]: ${mark}remote gateway '${identity}' registered at: ${registeredAt} endpoint: ${listener}${more}`,
  );
}

/**
 * Read a gateway's identity key.
 *
 * @throws {UsageError} With exit code 7 if it is none.
 */
export function identityKey(text: string): Bytes {
  try {
    return decodeBase58(text, { title: "gateway identity key", length: 32 });
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    const fault = cause.message.replace(/^Cannot decode .*?: /, "");
    throw new UsageError(
      `Cannot use gateway ${
        JSON.stringify(text)
      }: it is no identity key: ${fault}`,
      {
        cause,
        exitCode: EXIT.address,
        hint: "Give an identity key out of: nymwire gateways list --all",
      },
    );
  }
}

/** Limits the time that directory and gateway may take. */
export function gatewayLimiter(
  timeout: number | undefined,
  { clock }: Pick<CommandContext, "clock">,
): TimeLimiter {
  const ms = timeout ?? PATIENCE_MS;
  return new TimeLimiter(clock, ms, {
    reason: () =>
      new TimeLimit("Cannot reach directory or gateway", formatDuration(ms)),
  });
}
