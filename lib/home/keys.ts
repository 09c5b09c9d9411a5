import type { Bytes } from "../bytes/brand.ts";
import { equal } from "../bytes/equal.ts";
import { ed25519PublicKey, generateEd25519 } from "../crypto/ed25519.ts";
import type { RandomSource } from "../crypto/random.ts";
import { generateX25519, x25519PublicKey } from "../crypto/x25519.ts";
import { CryptoError, EXIT } from "../errors.ts";
import type { KeyPaths } from "./paths.ts";
import { encodePem } from "./pem.ts";
import { writePrivateFile } from "./private_file.ts";
import { KEY_FILE, readKeyFile } from "./public_keys.ts";

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

/** Draw the keys of a new client. */
export function generateClientKeys(random: RandomSource): ClientKeys {
  return {
    identity: generateEd25519(random),
    encryption: generateX25519(random),
    ackKey: random(KEY_FILE.ackKey.size),
  };
}

/**
 * Write the five key files, which must not exist yet; their folder must. The public ones are closed to others too.
 *
 * @throws {UsageError} If one of them exists: an identity is never overwritten.
 */
export async function writeKeys(
  paths: KeyPaths,
  keys: ClientKeys,
): Promise<void> {
  const files: Record<keyof KeyPaths, Bytes> = {
    privateIdentity: keys.identity.secret,
    publicIdentity: keys.identity.public,
    privateEncryption: keys.encryption.secret,
    publicEncryption: keys.encryption.public,
    ackKey: keys.ackKey,
  };
  for (const key of Object.keys(files) as (keyof KeyPaths)[]) {
    const text = encodePem(KEY_FILE[key].label, files[key]);
    await writePrivateFile(paths[key], text, { replace: false });
  }
}

/**
 * Read all keys and check that the public halves are those of the secret ones, which the official client does not.
 *
 * @throws {UsageError} If a file is missing or cannot be read.
 * @throws {DecodeError} If a file does not hold what it should; exit code 2.
 * @throws {CryptoError} If two halves do not belong together; exit code 12.
 */
export async function readKeys(paths: KeyPaths): Promise<ClientKeys> {
  const [identity, publicIdentity, encryption, publicEncryption, ackKey] =
    await Promise.all([
      readKeyFile(paths, "privateIdentity"),
      readKeyFile(paths, "publicIdentity"),
      readKeyFile(paths, "privateEncryption"),
      readKeyFile(paths, "publicEncryption"),
      readKeyFile(paths, "ackKey"),
    ]);
  if (!equal(ed25519PublicKey(identity), publicIdentity)) {
    throw halvesDisagree(paths.privateIdentity, paths.publicIdentity);
  }
  if (!equal(x25519PublicKey(encryption), publicEncryption)) {
    throw halvesDisagree(paths.privateEncryption, paths.publicEncryption);
  }
  return {
    identity: { secret: identity, public: publicIdentity },
    encryption: { secret: encryption, public: publicEncryption },
    ackKey,
  };
}

function halvesDisagree(secret: string, publicHalf: string): CryptoError {
  return new CryptoError(
    `Cannot use keys: ${publicHalf} does not belong to ${secret}`,
    {
      exitCode: EXIT.integrity,
      hint: "Restore both files from the same backup",
    },
  );
}
