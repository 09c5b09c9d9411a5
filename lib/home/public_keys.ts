import type { Bytes } from "../bytes/brand.ts";
import { DecodeError, EXIT, UsageError } from "../errors.ts";
import type { KeyPaths } from "./paths.ts";
import { decodePem } from "./pem.ts";

/** What the key files hold, by file: the label of the PEM block and the number of bytes (nymtech/nym, `common/pemstore`). */
export const KEY_FILE = {
  privateIdentity: { label: "ED25519 PRIVATE KEY", size: 32 },
  publicIdentity: { label: "ED25519 PUBLIC KEY", size: 32 },
  privateEncryption: { label: "X25519 PRIVATE KEY", size: 32 },
  publicEncryption: { label: "X25519 PUBLIC KEY", size: 32 },
  ackKey: { label: "AES-128-CTR ACKNOWLEDGEMENTS KEY", size: 16 },
} as const satisfies Record<keyof KeyPaths, { label: string; size: number }>;

/** The halves of a client's keys that its address is made of. */
export interface PublicKeys {
  /** Ed25519, 32 bytes. */
  readonly identity: Bytes;
  /** X25519, 32 bytes. */
  readonly encryption: Bytes;
}

/**
 * Read the public keys of a home without computing anything: what an address is made of.
 *
 * @throws {UsageError} If a file is missing or cannot be read.
 * @throws {DecodeError} If a file does not hold what it should; exit code 2.
 */
export async function readPublicKeys(
  paths: Pick<KeyPaths, "publicIdentity" | "publicEncryption">,
): Promise<PublicKeys> {
  const [identity, encryption] = await Promise.all([
    readKeyFile(paths, "publicIdentity"),
    readKeyFile(paths, "publicEncryption"),
  ]);
  return { identity, encryption };
}

/**
 * Read one key file.
 *
 * @throws {UsageError} If it is missing or cannot be read.
 * @throws {DecodeError} If it does not hold what it should; exit code 2.
 */
export async function readKeyFile<Key extends keyof KeyPaths>(
  paths: Pick<KeyPaths, Key>,
  key: Key,
): Promise<Bytes> {
  const path = paths[key];
  const { label, size } = KEY_FILE[key];
  const text = await readKeyText(path);
  try {
    return decodePem(text, label, size);
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    throw new DecodeError(`Cannot read key file ${path}: ${cause.message}`, {
      cause,
      exitCode: EXIT.usage,
      hint: "Restore the file from a backup; a key cannot be made again",
    });
  }
}

async function readKeyText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) {
      throw new UsageError(`Cannot read key file ${path}: it is missing`, {
        cause,
        hint:
          "Restore the file from a backup, or correct its path in config.toml",
      });
    }
    throw new UsageError(`Cannot read key file ${path}: ${reason(cause)}`, {
      cause,
      hint: "Make it readable for the user who runs the client",
    });
  }
}

function reason(cause: unknown): string {
  if (cause instanceof Deno.errors.PermissionDenied) return "not permitted";
  return cause instanceof Error ? cause.message : String(cause);
}
