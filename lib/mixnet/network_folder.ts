import { DecodeError, EXIT, UsageError } from "../errors.ts";
import { acquireLock, type HeldLock, LockedError } from "../home/lock.ts";
import { join } from "../home/paths.ts";
import { whileThere, writePrivateFile } from "../home/private_file.ts";
import { ensurePrivateFolder } from "../home/secure_fs.ts";
import { JsonReader } from "../wire/json_reader.ts";
import {
  newNodeState,
  type NodeState,
  readNodeState,
  writeNodeState,
} from "./node_state.ts";

/** What makes a directory the same one after a restart. */
export interface DirectoryState {
  /** Its port; 0 before the first start. */
  readonly port: number;
  /** How many key rotations came on top of those of the clock. */
  readonly rotations: number;
}

const NEW_DIRECTORY: DirectoryState = { port: 0, rotations: 0 };

/** Where the keys and ports of a network are between two starts; what is only in memory has no folder. */
export interface NetworkFolder extends Disposable {
  /** The state of a node, new if it never ran. */
  readNode(name: string): Promise<NodeState>;
  /** Keep the state of a node. */
  writeNode(name: string, state: NodeState): Promise<void>;
  /** Where a gateway keeps its clients; nothing if only in memory. */
  storePath(name: string): string | undefined;
  /** What the directory was at the last start. */
  readDirectory(): Promise<DirectoryState>;
  /** Keep what the directory is. */
  writeDirectory(state: DirectoryState): Promise<void>;
}

/** A network that is gone when it ends; its nodes outlive their own restarts. */
export function memoryFolder(): NetworkFolder {
  const nodes = new Map<string, NodeState>();
  return {
    readNode: (name) => Promise.resolve(nodes.get(name) ?? newNodeState()),
    writeNode(name, state) {
      nodes.set(name, state);
      return Promise.resolve();
    },
    storePath: () => undefined,
    readDirectory: () => Promise.resolve(NEW_DIRECTORY),
    writeDirectory: () => Promise.resolve(),
    [Symbol.dispose]() {},
  };
}

/**
 * Open a folder, made if it is missing: `nodes/<name>/{node.json,clients.sqlite}`, `directory.json`, `lock`.
 *
 * @param fresh Whether what is in it is thrown away.
 * @throws {UsageError} If another network runs there; exit code 4.
 */
export async function openNetworkFolder(
  path: string,
  { fresh = false }: { fresh?: boolean | undefined } = {},
): Promise<NetworkFolder> {
  await ensurePrivateFolder(path);
  const lock = await takeLock(path);
  try {
    if (fresh) await empty(path);
    return diskFolder(path, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function diskFolder(path: string, lock: HeldLock): NetworkFolder {
  const nodeFolder = (name: string) => join(path, "nodes", name);
  const nodeFile = (name: string) => join(nodeFolder(name), "node.json");
  const directoryFile = join(path, "directory.json");
  return {
    async readNode(name) {
      await ensurePrivateFolder(join(path, "nodes"));
      await ensurePrivateFolder(nodeFolder(name));
      return await readNodeState(nodeFile(name)) ?? newNodeState();
    },
    writeNode: (name, state) => writeNodeState(nodeFile(name), state),
    storePath: (name) => join(nodeFolder(name), "clients.sqlite"),
    readDirectory: () => readDirectory(directoryFile),
    writeDirectory: (state) =>
      writePrivateFile(
        directoryFile,
        `${JSON.stringify({ v: 1, ...state })}\n`,
      ),
    [Symbol.dispose]: () => lock.release(),
  };
}

async function takeLock(path: string): Promise<HeldLock> {
  try {
    return await acquireLock(join(path, "lock"), { title: `network ${path}` });
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
    throw new UsageError(`Cannot start network in ${path}: one runs there`, {
      cause: error,
      exitCode: EXIT.busy,
      hint: "Use the network that runs, or another folder",
    });
  }
}

async function empty(path: string): Promise<void> {
  await whileThere(() => Deno.remove(join(path, "directory.json")));
  await whileThere(() => Deno.remove(join(path, "nodes"), { recursive: true }));
}

/** A port that was not kept is no loss: another one does. */
async function readDirectory(path: string): Promise<DirectoryState> {
  const text = await whileThere(() => Deno.readTextFile(path));
  if (text === undefined) return NEW_DIRECTORY;
  try {
    const json = JsonReader.parse(text, { title: path, maxLength: 1000 });
    return {
      port: json.field("port").integer(0, 65_535),
      rotations: json.field("rotations").integer(0, 1000),
    };
  } catch (error) {
    if (error instanceof DecodeError) return NEW_DIRECTORY;
    throw error;
  }
}
