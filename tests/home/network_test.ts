import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConnectionError, EXIT, UsageError } from "../../lib/errors.ts";
import { parseEnvFile } from "../../lib/home/env_file.ts";
import {
  readHomeNetwork,
  writeHomeNetwork,
} from "../../lib/home/home_network.ts";
import { acquireLock } from "../../lib/home/lock.ts";
import {
  apiUrl,
  PUBLIC_NETWORKS,
  resolveNetwork,
} from "../../lib/home/network.ts";
import {
  networkPaths,
  readNetworkWord,
  removeNetworkWord,
  writeNetworkWord,
} from "../../lib/home/network_word.ts";
import { homePaths } from "../../lib/home/paths.ts";
import { ensurePrivateFolder } from "../../lib/home/secure_fs.ts";
import { modeOf } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

const NOWHERE = { base: "/nowhere" };

Deno.test.each(["mainnet", "sandbox"] as const)(
  "resolveNetwork() knows %s",
  async (name) => {
    assertEquals(await resolveNetwork(name, NOWHERE), {
      kind: "directory",
      name,
      local: false,
      ...PUBLIC_NETWORKS[name],
    });
  },
);

Deno.test.each(
  [
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000/"],
    ["https://Example.org/api", "https://example.org/api/"],
    ["http://127.0.0.1:8000/api/?x=1#y", "http://127.0.0.1:8000/api/"],
  ] as const,
)("resolveNetwork() takes the url %s", async (text, url) => {
  const network = await resolveNetwork(text, NOWHERE);
  assert(network.kind === "directory" && !network.local);
  assertEquals(network.apiUrls, [url]);
});

Deno.test.each(["ws://a/", "file:///etc/passwd", "http://", "nonet", ""])(
  "resolveNetwork() refuses %s",
  async (text) => {
    const error = await assertRejects(
      () => resolveNetwork(text, NOWHERE),
      UsageError,
      "as a network",
    );
    assert(error.hint!.includes("sandbox"));
  },
);

Deno.test("apiUrl() says where a bad url stands", () => {
  assertThrows(() => apiUrl("x", "NYM_API in a"), UsageError, "(NYM_API in a)");
});

Deno.test("resolveNetwork() reads an env file", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/local.env`;
  await Deno.writeTextFile(
    file,
    "CONFIGURED=true\nNYM_API=http://127.0.0.1:8000, http://127.0.0.1:8001/api/\nNYXD=http://127.0.0.1:26657\n",
  );
  assertEquals(await resolveNetwork(file, NOWHERE), {
    kind: "directory",
    name: file,
    local: false,
    apiUrls: ["http://127.0.0.1:8000/", "http://127.0.0.1:8001/api/"],
    nyxdUrls: ["http://127.0.0.1:26657/"],
  });
  await Deno.writeTextFile(file, "API_VALIDATOR='http://127.0.0.1:9/'\n");
  const old = await resolveNetwork(file, NOWHERE);
  assertEquals(old.apiUrls, ["http://127.0.0.1:9/"]);
  assertEquals(old.nyxdUrls, PUBLIC_NETWORKS.mainnet.nyxdUrls);
});

Deno.test("resolveNetwork() refuses an env file without a directory, or with half a line", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/local.env`;
  await Deno.writeTextFile(file, "# nothing\n");
  await assertRejects(
    () => resolveNetwork(file, NOWHERE),
    UsageError,
    "NYM_API",
  );
  await Deno.writeTextFile(file, "NYM_API=http://a/\nwhat\n");
  await assertRejects(
    () => resolveNetwork(file, NOWHERE),
    UsageError,
    `${file}:2:`,
  );
  await Deno.writeTextFile(file, "NYM_API=nonsense\n");
  await assertRejects(
    () => resolveNetwork(file, NOWHERE),
    UsageError,
    "nonsense",
  );
});

Deno.test("resolveNetwork() tells a topology file by what is in it", async () => {
  await using folder = await tempFolder();
  const file = `${folder.path}/net.json`;
  await Deno.writeTextFile(file, `\n  { "rewarded_set": {} }`);
  const network = await resolveNetwork(file, NOWHERE);
  assert(network.kind === "topology");
  assertEquals(network.file, await Deno.realPath(file));
  assertEquals(network.apiUrls, PUBLIC_NETWORKS.mainnet.apiUrls);
});

Deno.test("resolveNetwork() refuses a folder", async () => {
  await using folder = await tempFolder();
  await assertRejects(
    () => resolveNetwork(folder.path, NOWHERE),
    UsageError,
    "no file",
  );
});

Deno.test("parseEnvFile() reads what such files hold", () => {
  const text =
    `\n# note\nexport A=1\nB = "two words" # why\r\nC='#3'\nD=x # y\nE=\nA=2\nF=a=b\n`;
  assertEquals([...parseEnvFile(text, "f")], [
    ["A", "1"],
    ["B", "two words"],
    ["C", "#3"],
    ["D", "x"],
    ["E", ""],
    ["F", "a=b"],
  ]);
  assertThrows(() => parseEnvFile(`A="x`, "f"), UsageError, "f:1:");
  assertThrows(() => parseEnvFile("A=1\n=x", "f"), UsageError, "f:2:");
});

Deno.test("resolveNetwork() finds the local network as long as it runs", async () => {
  await using folder = await tempFolder();
  const base = folder.path;
  const paths = networkPaths(base);
  const word = {
    apiUrl: "http://127.0.0.1:8123/api/",
    pid: Deno.pid,
    startedAt: "2026-05-16T06:27:52Z",
  };
  const refused = async (message: string) => {
    const error = await assertRejects(
      () => resolveNetwork("local", { base }),
      ConnectionError,
      message,
    );
    assertEquals(error.exitCode, EXIT.down);
    assert(error.hint!.includes("nymwire network up"));
  };
  await refused("none runs");
  await ensurePrivateFolder(paths.folder);
  {
    using _held = await acquireLock(paths.lock, { title: "network" });
    await writeNetworkWord(paths, word);
    assertEquals(await modeOf(paths.word), "600");
    assertEquals(await readNetworkWord(paths), { kind: "live", word });
    const network = await resolveNetwork("local", { base });
    assert(network.kind === "directory" && network.local);
    assertEquals(network.apiUrls, [word.apiUrl]);
  }
  await refused(`process ${Deno.pid} ran is gone`);
  for (
    const text of [
      "",
      "{}",
      `{"v":2}`,
      `{"v":1,"apiUrl":"x","pid":1,"startedAt":""}`,
    ]
  ) {
    await Deno.writeTextFile(paths.word, text);
    assertEquals(await readNetworkWord(paths), { kind: "none" });
  }
  await removeNetworkWord(paths);
  await refused("none runs");
});

Deno.test("writeHomeNetwork() keeps what config.toml cannot say, and only that", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await ensurePrivateFolder(paths.own);
  const mainnet = await resolveNetwork("mainnet", NOWHERE);
  await writeHomeNetwork(paths, {
    ...mainnet,
    kind: "topology",
    file: "/x.json",
  });
  assertEquals(await readHomeNetwork(paths), {
    kind: "topology",
    file: "/x.json",
  });
  await writeHomeNetwork(paths, { ...mainnet, kind: "directory", local: true });
  assertEquals(await readHomeNetwork(paths), { kind: "local" });
  assertEquals(await modeOf(`${paths.own}/network.json`), "600");
  await writeHomeNetwork(paths, mainnet);
  assertEquals(await readHomeNetwork(paths), undefined);
});

Deno.test("readHomeNetwork() names a file that is not ours", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  await ensurePrivateFolder(paths.own);
  await Deno.writeTextFile(
    `${paths.own}/network.json`,
    `{"v":1,"kind":"moon"}`,
  );
  const error = await assertRejects(() => readHomeNetwork(paths));
  assert((error as Error).message.includes(`${paths.own}/network.json`));
});
