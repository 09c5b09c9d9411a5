import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import type { KeyCurve } from "../crypto/key_der.ts";
import { publicHalf } from "../crypto/public_half.ts";
import { CryptoError, DecodeError, EXIT, UsageError } from "../errors.ts";
import type { KeyPaths } from "./paths.ts";
import { decodePem } from "./pem.ts";
import { readRegularFile } from "./private_file.ts";

/** What the key files hold, by file: the label of the PEM block and the number of bytes (nymtech/nym, `common/pemstore`). */
export const KEY_FILE = {
  privateIdentity: { label: "ED25519 PRIVATE KEY", size: 32 },
  publicIdentity: { label: "ED25519 PUBLIC KEY", size: 32 },
  privateEncryption: { label: "X25519 PRIVATE KEY", size: 32 },
  publicEncryption: { label: "X25519 PUBLIC KEY", size: 32 },
  ackKey: { label: "AES-128-CTR ACKNOWLEDGEMENTS KEY", size: 16 },
} as const satisfies Record<keyof KeyPaths, { label: string; size: number }>;

/** A secret and the public key that belongs to it. */
export interface KeyPair {
  /** 32 bytes: an Ed25519 seed, or an X25519 secret. */
  readonly secret: Bytes;
  /** 32 bytes. */
  readonly public: Bytes;
}

/** All keys of a client's own. */
export interface ClientKeys {
  /** Ed25519: who the client is. */
  readonly identity: KeyPair;
  /** X25519: what others encrypt to. */
  readonly encryption: KeyPair;
  /** AES-128: what acknowledgements are encrypted with, 16 bytes. */
  readonly ackKey: Bytes;
}

/**
 * Read the keys that an address is made of, and check that the public halves are those of the secret ones, which the official
 * client does not.
 *
 * @throws {UsageError} If a file is missing or cannot be read.
 * @throws {DecodeError} If a file does not hold what it should; exit code 2.
 * @throws {CryptoError} If two halves do not belong together; exit code 12.
 */
export async function readKeyPairs(
  paths: Omit<KeyPaths, "ackKey">,
): Promise<Omit<ClientKeys, "ackKey">> {
  return {
    identity: await readPair(
      "ed25519",
      paths,
      "privateIdentity",
      "publicIdentity",
    ),
    encryption: await readPair(
      "x25519",
      paths,
      "privateEncryption",
      "publicEncryption",
    ),
  };
}

async function readPair<Key extends keyof KeyPaths>(
  curve: KeyCurve,
  paths: Pick<KeyPaths, Key>,
  secretKey: Key,
  publicKey: Key,
): Promise<KeyPair> {
  const secret = await readKeyFile(paths, secretKey);
  const publicBytes = await readKeyFile(paths, publicKey);
  if (equal(await publicHalf(curve, secret), publicBytes)) {
    return { secret, public: publicBytes };
  }
  throw new CryptoError(
    `Cannot use keys: ${paths[publicKey]} does not belong to ${
      paths[secretKey]
    }`,
    {
      exitCode: EXIT.integrity,
      hint: "Restore both files from the same backup",
    },
  );
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
    return await readRegularFile(path);
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
  const text = cause instanceof Error ? cause.message : String(cause);
  // The system's own words, without what the runtime was doing.
  return text.replace(/ \(os error \d+\).*$/s, "").toLowerCase();
}
