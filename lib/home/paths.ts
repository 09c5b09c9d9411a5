import { UsageError } from "../errors.ts";

/** Where variables of the environment are read from; `Deno.env` is one. */
export interface Environment {
  /** The value of a variable, if it is set. */
  get(name: string): string | undefined;
}

/** Where the five key files of a client are. */
export interface KeyPaths {
  /** The Ed25519 seed. */
  readonly privateIdentity: string;
  /** The Ed25519 public key. */
  readonly publicIdentity: string;
  /** The X25519 secret. */
  readonly privateEncryption: string;
  /** The X25519 public key. */
  readonly publicEncryption: string;
  /** The key that acknowledgements are encrypted with. */
  readonly ackKey: string;
}

/** Where the files are that a client's `config.toml` names. */
export interface StoragePaths {
  /** The key files. */
  readonly keys: KeyPaths;
  /** The database of gateways that the client has registered with. */
  readonly gatewayRegistrations: string;
  /** The official client's database of bandwidth credentials; not ours to write. */
  readonly credentialsDatabase: string;
  /** The official client's database of reply blocks; not ours to write. */
  readonly replySurbDatabase: string;
}

/** Every path of one home. The official client's own layout, and below `own` what is ours alone. */
export interface HomePaths {
  /** The name that the user knows the client by. */
  readonly id: string;
  /** The folder that all homes lie under. */
  readonly base: string;
  /** The home itself. */
  readonly home: string;
  /** The folder of `config.toml`. */
  readonly configDir: string;
  /** The client's settings. */
  readonly config: string;
  /** The folder of keys and databases. */
  readonly dataDir: string;
  /** Where keys and databases lie unless `config.toml` says otherwise. */
  readonly storage: StoragePaths;
  /** The folder of what is ours alone. */
  readonly own: string;
  /** Whoever holds the home holds this lock. */
  readonly lock: string;
  /** What a running client tells about itself. */
  readonly runFile: string;
  /** The token of our own channel. */
  readonly token: string;
  /** Messages, reply blocks and what else must survive a restart. */
  readonly state: string;
  /** Answers of the directory, kept between runs. */
  readonly cache: string;
  /** Copies of what `upgrade` changed. */
  readonly backups: string;
}

/** File names are at most this long on every file system that matters. */
const MAX_ID_BYTES = 200;

/**
 * The folder that homes lie under: `NYMWIRE_HOME`, else `$NYM_HOME_DIR/.nym`, else `.nym` in the user's own folder. Empty
 * variables count as unset. It is absolute: what is written down of it holds wherever the next command runs.
 *
 * @throws {UsageError} If none of these variables is set.
 */
export function homeBase(env: Environment): string {
  const own = env.get("NYMWIRE_HOME");
  if (own) return absolute(withoutSlash(own));
  const user = env.get("NYM_HOME_DIR") || env.get("HOME") ||
    env.get("USERPROFILE");
  if (user) return absolute(join(user, ".nym"));
  throw new UsageError(
    "Cannot find the home folder: neither NYMWIRE_HOME nor HOME is set",
    { hint: "Set NYMWIRE_HOME to the folder that holds the homes" },
  );
}

/** Where our settings file is: below `XDG_CONFIG_HOME`, else below `.config` in the user's own folder. */
export function settingsPath(env: Environment): string | undefined {
  const config = env.get("XDG_CONFIG_HOME");
  const user = env.get("HOME") || env.get("USERPROFILE");
  if (config) return join(config, "nymwire", "config.toml");
  return user ? join(user, ".config", "nymwire", "config.toml") : undefined;
}

/**
 * All paths of the home of one client.
 *
 * @throws {UsageError} If `id` is no name but a way through the file system.
 */
export function homePaths(base: string, id: string): HomePaths {
  assertClientId(id);
  const home = join(clientsFolder(base), id);
  const own = join(home, "nymwire");
  const dataDir = join(home, "data");
  return {
    id,
    base,
    home,
    configDir: join(home, "config"),
    config: join(home, "config", "config.toml"),
    dataDir,
    storage: storagePaths(dataDir),
    own,
    lock: join(own, "lock"),
    runFile: join(own, "run.json"),
    token: join(own, "token"),
    state: join(own, "state.sqlite"),
    cache: join(own, "cache"),
    backups: join(own, "backups"),
  };
}

/** The folder that the homes themselves are in. */
export function clientsFolder(base: string): string {
  return join(base, "clients");
}

/** Where keys and databases lie below a `data` folder, under the names that the official client gives them. */
export function storagePaths(dataDir: string): StoragePaths {
  return {
    keys: {
      privateIdentity: join(dataDir, "private_identity.pem"),
      publicIdentity: join(dataDir, "public_identity.pem"),
      privateEncryption: join(dataDir, "private_encryption.pem"),
      publicEncryption: join(dataDir, "public_encryption.pem"),
      ackKey: join(dataDir, "ack_key.pem"),
    },
    gatewayRegistrations: join(dataDir, "gateways_registrations.sqlite"),
    credentialsDatabase: join(dataDir, "credentials_database.db"),
    replySurbDatabase: join(dataDir, "persistent_reply_store.sqlite"),
  };
}

/**
 * Refuse an id that would lead out of the folder of homes. The official client takes any text.
 *
 * @throws {UsageError} If it is empty, `.` or `..`, too long, or holds a separator or a control character.
 */
export function assertClientId(id: string): void {
  const fault = faultOf(id);
  if (fault === undefined) return;
  throw new UsageError(
    `Cannot use ${JSON.stringify(id)} as a client id: ${fault}`,
    { hint: "Choose a plain name, such as alice" },
  );
}

function faultOf(id: string): string | undefined {
  if (id === "") return "it is empty";
  if (id === "." || id === "..") return "it names a folder";
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (/[\x00-\x1f\x7f]/.test(id)) return "it holds a control character";
  if (/[/\\]/.test(id)) return "it holds a path separator";
  const { length } = new TextEncoder().encode(id);
  if (length > MAX_ID_BYTES) {
    return `need at most ${MAX_ID_BYTES} bytes, have ${length}`;
  }
  return undefined;
}

/** Put parts of a path together. */
export function join(...parts: readonly [string, ...string[]]): string {
  return [withoutSlash(parts[0]), ...parts.slice(1)].join("/").replace(
    /^\/\//,
    "/",
  );
}

/** Whether a path says from where it starts. */
export function isAbsolute(path: string): boolean {
  return /^([/\\]|[A-Za-z]:[/\\])/.test(path);
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(Deno.cwd(), path);
}

/** The folder that a path is in; `.` for a bare name. */
export function dirname(path: string): string {
  const end = separatorBefore(path);
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, end);
}

/** The last part of a path. */
export function basename(path: string): string {
  return path.slice(separatorBefore(path) + 1);
}

function separatorBefore(path: string): number {
  return Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
}

function withoutSlash(path: string): string {
  return path.length > 1 ? path.replace(/[/\\]+$/, "") || "/" : path;
}
