import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  CryptoError,
  DecodeError,
  EXIT,
  NymError,
  UsageError,
} from "../../lib/errors.ts";
import {
  generateClientKeys,
  readKeys,
  writeKeys,
} from "../../lib/home/keys.ts";
import { type KeyPaths, storagePaths } from "../../lib/home/paths.ts";
import { encodePem } from "../../lib/home/pem.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { count, KEYS, modeOf } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

/** The key files of {@linkcode KEYS}, byte for byte as the official client writes them. */
const FILES: Record<keyof KeyPaths, string> = {
  privateIdentity:
    "-----BEGIN ED25519 PRIVATE KEY-----\r\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n-----END ED25519 PRIVATE KEY-----\r\n",
  publicIdentity:
    "-----BEGIN ED25519 PUBLIC KEY-----\r\nA6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=\r\n-----END ED25519 PUBLIC KEY-----\r\n",
  privateEncryption:
    "-----BEGIN X25519 PRIVATE KEY-----\r\nICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\r\n-----END X25519 PRIVATE KEY-----\r\n",
  publicEncryption:
    "-----BEGIN X25519 PUBLIC KEY-----\r\nNYBy1jZYgNGu6jKa35EhODhR7SGijjt16WXQ0s0WYlQ=\r\n-----END X25519 PUBLIC KEY-----\r\n",
  ackKey:
    "-----BEGIN AES-128-CTR ACKNOWLEDGEMENTS KEY-----\r\nQEFCQ0RFRkdISUpLTE1OTw==\r\n-----END AES-128-CTR ACKNOWLEDGEMENTS KEY-----\r\n",
};

const NAMES = Object.keys(FILES) as (keyof KeyPaths)[];

Deno.test("writeKeys() writes the official files byte for byte, closed to others", async () => {
  await using folder = await tempFolder();
  const { keys: paths } = storagePaths(folder.path);
  await writeKeys(paths, KEYS);
  for (const name of NAMES) {
    assertEquals(await Deno.readTextFile(paths[name]), FILES[name]);
    assertEquals(await modeOf(paths[name]), "600");
  }
});

Deno.test("readKeys() reads what writeKeys() wrote", async () => {
  await using folder = await tempFolder();
  const { keys: paths } = storagePaths(folder.path);
  const keys = generateClientKeys(seededRandom(7));
  await writeKeys(paths, keys);
  assertEquals(await readKeys(paths), keys);
});

Deno.test("writeKeys() never overwrites a key", async () => {
  await using folder = await tempFolder();
  const { keys: paths } = storagePaths(folder.path);
  await writeKeys(paths, KEYS);
  const other = generateClientKeys(seededRandom(1));
  await assertRejects(() => writeKeys(paths, other), UsageError, "it exists");
  assertEquals(await readKeys(paths), KEYS);
});

Deno.test.each(NAMES)(
  "readKeys() names the file when %s is missing",
  async (name) => {
    await using folder = await tempFolder();
    const { keys: paths } = storagePaths(folder.path);
    await writeKeys(paths, KEYS);
    await Deno.remove(paths[name]);
    const error = await assertRejects(() => readKeys(paths), UsageError);
    assert(error.message.includes(paths[name]));
  },
);

Deno.test.each(NAMES)(
  "readKeys() refuses another kind of key in %s",
  async (name) => {
    await using folder = await tempFolder();
    const { keys: paths } = storagePaths(folder.path);
    await writeKeys(paths, KEYS);
    await Deno.writeTextFile(paths[name], encodePem("OTHER KEY", count(0, 32)));
    const error = await assertRejects(() => readKeys(paths), DecodeError);
    assertEquals(error.exitCode, EXIT.usage);
    assert(error.message.includes(paths[name]));
  },
);

Deno.test.each(["publicIdentity", "publicEncryption"] as const)(
  "readKeys() refuses a %s that belongs to another secret",
  async (name) => {
    await using folder = await tempFolder();
    const { keys: paths } = storagePaths(folder.path);
    await writeKeys(paths, KEYS);
    const text = encodePem(
      name === "publicIdentity" ? "ED25519 PUBLIC KEY" : "X25519 PUBLIC KEY",
      count(1, 32),
    );
    await Deno.writeTextFile(paths[name], text);
    const error = await assertRejects(() => readKeys(paths), CryptoError);
    assertEquals(error.exitCode, EXIT.integrity);
  },
);

Deno.test("readKeys() names a file that cannot be read", async () => {
  await using folder = await tempFolder();
  const { keys: paths } = storagePaths(folder.path);
  await writeKeys(paths, KEYS);
  await Deno.remove(paths.ackKey);
  await Deno.mkdir(paths.ackKey);
  const error = await assertRejects(() => readKeys(paths), NymError);
  assert(error.message.includes(paths.ackKey));
});

Deno.test({
  name: "readKeys() does not wait for a pipe in the place of a key",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using folder = await tempFolder();
    const { keys: paths } = storagePaths(folder.path);
    await writeKeys(paths, KEYS);
    await Deno.remove(paths.ackKey);
    const { success } = await new Deno.Command("mkfifo", {
      args: [paths.ackKey],
    }).output();
    assert(success);
    const error = await assertRejects(
      () => readKeys(paths),
      UsageError,
      "no regular file",
    );
    assert(error.message.includes(paths.ackKey));
  },
});
