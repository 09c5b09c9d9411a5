import { UsageError } from "../../errors.ts";

/** Where to connect to. */
export interface HostPort {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** From 1 to 65535. */
  readonly port: number;
}

/**
 * Read `host:port`, `[::1]:port`, or `port` alone for this machine.
 *
 * @throws {UsageError} If it is anything else.
 */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:[\]/@]+)):)?(\d{1,5})$/
    .exec(text);
  const port = Number(match?.[3]);
  if (match && port >= 1 && port <= 65_535) {
    return { host: match[1] ?? match[2] ?? "127.0.0.1", port };
  }
  throw new UsageError(
    `need a host and a port such as localhost:8080, have ${
      JSON.stringify(text)
    }`,
  );
}

/** Write a host and a port as {@linkcode parseHostPort} reads them. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
