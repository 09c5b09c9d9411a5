import type { ConnectionEnds } from "../transport/ws_listen.ts";

/** The kernel's tables of TCP connections, by address family. */
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"] as const;

/** Reads one of the kernel's tables; none where there is no such file or no right to read it. */
export type ReadTable = (path: string) => Promise<string | undefined>;

/** Who is at the other end of a connection on this machine. */
export type PeerOwner =
  | { readonly kind: "user"; readonly uid: number }
  /** The tables can be read and do not know the connection: the peer has gone. */
  | { readonly kind: "gone" }
  /** This system has no such tables. */
  | { readonly kind: "unknown" };

/** Find the user who owns the other end of a loopback connection: Linux tells it (proc_net_tcp, in the kernel's documentation). */
export async function peerOwner(
  ends: ConnectionEnds,
  readTable: ReadTable = readProc,
): Promise<PeerOwner> {
  const tables = await Promise.all(TABLES.map(readTable));
  if (tables.every((table) => table === undefined)) return { kind: "unknown" };
  const peer = endpoint(ends.peerHost, ends.peerPort);
  const own = hexPort(ends.ownPort);
  for (const table of tables) {
    for (const line of table?.split("\n") ?? []) {
      const fields = line.trim().split(/\s+/);
      const [, local = "", remote = "", , , , , uid] = fields;
      // Its local end is our peer; ours is its remote one. Both families may carry the same connection.
      if (peer.includes(local) && remote.endsWith(own)) {
        return { kind: "user", uid: Number(uid) };
      }
    }
  }
  return { kind: "gone" };
}

/** An address and port as the tables write them: as it is, and mapped from version 4 into version 6. */
function endpoint(host: string, port: number): readonly string[] {
  const suffix = hexPort(port);
  const mapped = /^(?:::ffff:)?(\d+)\.(\d+)\.(\d+)\.(\d+)$/i.exec(host);
  if (mapped !== null) {
    const word = littleEndian(mapped.slice(1).map(Number));
    return [
      `${word}${suffix}`,
      `0000000000000000FFFF0000${word}${suffix}`,
    ];
  }
  // Of version 6 only the loopback address matters here.
  return [`00000000000000000000000001000000${suffix}`];
}

function hexPort(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
}

function littleEndian(bytes: readonly number[]): string {
  return Uint8Array.from(bytes).reverse().toHex().toUpperCase();
}

/** The runtime opens these files itself only for a program that may do everything; another program may for all. */
async function readProc(path: string): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return await Deno.readTextFile(path);
  } catch {
    // Tried again below.
  }
  try {
    const cat = new Deno.Command("cat", {
      args: [path],
      stdin: "null",
      stderr: "null",
    });
    const { success, stdout } = await cat.output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch {
    // No right to run it either, or no such program: nobody can tell.
    return undefined;
  }
}
