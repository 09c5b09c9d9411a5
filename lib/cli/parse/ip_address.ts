import { UsageError } from "../../errors.ts";
import { isIpAddress } from "../../home/ip_address.ts";

/**
 * Read an IP address, as `config.toml` wants it.
 *
 * @throws {UsageError} If it is anything else.
 */
export function parseIpAddress(text: string): string {
  if (isIpAddress(text)) return text;
  throw new UsageError(`need an IP address, have ${JSON.stringify(text)}`, {
    hint: "Give one such as 127.0.0.1",
  });
}
