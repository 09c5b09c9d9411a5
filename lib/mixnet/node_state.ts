import { encodeBase58 } from "../bytes/base58.ts";
import type { Bytes } from "../bytes/brand.ts";
import {
  type Ed25519KeyPair,
  ed25519PublicKey,
  generateEd25519,
} from "../crypto/ed25519.ts";
import { systemRandom } from "../crypto/random.ts";
import {
  generateX25519,
  type X25519KeyPair,
  x25519PublicKey,
} from "../crypto/x25519.ts";
import { DecodeError, UsageError } from "../errors.ts";
import { whileThere, writePrivateFile } from "../home/private_file.ts";
import { JsonReader } from "../wire/json_reader.ts";

/** What makes a node the same one after a restart. */
export interface NodeState {
  /** Who it is. */
  readonly identity: Ed25519KeyPair;
  /** Its Sphinx keys, that of the current rotation first and perhaps the one before. */
  readonly sphinxKeys: readonly X25519KeyPair[];
  /** Its mix port; 0 before the first start. */
  readonly mixPort: number;
  /** Where clients connect to it, if it is a gateway; 0 before the first start. */
  readonly clientPort: number;
}

/** A node that never ran. */
export function newNodeState(): NodeState {
  return {
    identity: generateEd25519(systemRandom),
    sphinxKeys: [generateX25519(systemRandom)],
    mixPort: 0,
    clientPort: 0,
  };
}

/**
 * Read the state of a node; nothing if there is no such file.
 *
 * @throws {UsageError} If it is no state of a node, or cannot be read.
 */
export async function readNodeState(
  path: string,
): Promise<NodeState | undefined> {
  try {
    const text = await whileThere(() => Deno.readTextFile(path));
    return text === undefined ? undefined : decodeNodeState(text);
  } catch (cause) {
    const why = cause instanceof DecodeError ? `: ${cause.message}` : "";
    throw new UsageError(`Cannot read node state ${path}${why}`, {
      cause,
      hint: "Start a fresh network, whose clients have to register anew",
    });
  }
}

/** Write the state of a node; only its owner can read the file. */
export async function writeNodeState(
  path: string,
  state: NodeState,
): Promise<void> {
  await writePrivateFile(path, encodeNodeState(state));
}

function encodeNodeState(state: NodeState): string {
  const json = {
    v: 1,
    identity: encodeBase58(state.identity.secret),
    sphinxKeys: state.sphinxKeys.map(({ secret }) => encodeBase58(secret)),
    mixPort: state.mixPort,
    clientPort: state.clientPort,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function decodeNodeState(text: string): NodeState {
  const json = JsonReader.parse(text, {
    title: "node state",
    maxLength: 10_000,
  });
  json.field("v").integer(1, 1);
  return {
    identity: identityOf(json.field("identity").base58(32)),
    sphinxKeys: json.field("sphinxKeys").array(2).map((key) =>
      sphinxKeyOf(key.base58(32))
    ),
    mixPort: json.field("mixPort").integer(0, 65_535),
    clientPort: json.field("clientPort").integer(0, 65_535),
  };
}

function identityOf(secret: Bytes): Ed25519KeyPair {
  return { secret, public: ed25519PublicKey(secret) };
}

function sphinxKeyOf(secret: Bytes): X25519KeyPair {
  return { secret, public: x25519PublicKey(secret) };
}
