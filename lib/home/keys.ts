import type { Bytes } from "../bytes/brand.ts";
import { generateEd25519 } from "../crypto/ed25519.ts";
import type { RandomSource } from "../crypto/random.ts";
import { generateX25519 } from "../crypto/x25519.ts";
import {
  type ClientKeys,
  KEY_FILE,
  readKeyFile,
  readKeyPairs,
} from "./key_files.ts";
import type { KeyPaths } from "./paths.ts";
import { encodePem } from "./pem.ts";
import { writePrivateFile } from "./private_file.ts";

export type { ClientKeys, KeyPair } from "./key_files.ts";

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
 * Read all keys of a home.
 *
 * @throws What {@linkcode readKeyPairs} throws.
 */
export async function readKeys(paths: KeyPaths): Promise<ClientKeys> {
  const pairs = await readKeyPairs(paths);
  return { ...pairs, ackKey: await readKeyFile(paths, "ackKey") };
}
