import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../../lib/errors.ts";
import {
  assertClientId,
  basename,
  dirname,
  homeBase,
  homePaths,
  join,
} from "../../lib/home/paths.ts";

function env(values: Record<string, string>): {
  get(name: string): string | undefined;
} {
  return { get: (name) => values[name] };
}

Deno.test("homeBase() takes NYMWIRE_HOME first", () => {
  const values = { NYMWIRE_HOME: "/a/", NYM_HOME_DIR: "/b", HOME: "/c" };
  assertEquals(homeBase(env(values)), "/a");
});

Deno.test("homeBase() takes NYM_HOME_DIR before HOME and adds .nym", () => {
  assertEquals(homeBase(env({ NYM_HOME_DIR: "/b", HOME: "/c" })), "/b/.nym");
  assertEquals(homeBase(env({ NYM_HOME_DIR: "", HOME: "/c" })), "/c/.nym");
});

Deno.test("homeBase() is absolute", () => {
  const here = Deno.cwd();
  assertEquals(homeBase(env({ NYMWIRE_HOME: "a/b" })), `${here}/a/b`);
  assertEquals(homeBase(env({ HOME: "c" })), `${here}/c/.nym`);
});

Deno.test("homeBase() refuses an environment without a home", () => {
  assertThrows(() => homeBase(env({})), UsageError, "NYMWIRE_HOME");
});

Deno.test("homePaths() has the official names, and ours in one folder", () => {
  const paths = homePaths("/base", "alice");
  assertEquals(paths.home, "/base/clients/alice");
  assertEquals(paths.config, "/base/clients/alice/config/config.toml");
  assertEquals(
    paths.storage.keys.ackKey,
    "/base/clients/alice/data/ack_key.pem",
  );
  assertEquals(
    paths.storage.gatewayRegistrations,
    "/base/clients/alice/data/gateways_registrations.sqlite",
  );
  for (
    const own of [
      paths.lock,
      paths.runFile,
      paths.token,
      paths.state,
      paths.cache,
      paths.backups,
    ]
  ) assertEquals(dirname(own), "/base/clients/alice/nymwire");
});

Deno.test.each([
  "",
  ".",
  "..",
  "a/b",
  "../alice",
  "/etc",
  "a\\b",
  "a\0b",
  "a\nb",
  "x".repeat(201),
])("assertClientId() refuses %s", (id) => {
  assertThrows(() => assertClientId(id), UsageError, "as a client id");
  assertThrows(() => homePaths("/base", id), UsageError);
});

Deno.test.each(["alice", "a b", ".hidden", "..a", "café", "-x"])(
  "assertClientId() takes %s",
  (id) => assertClientId(id),
);

Deno.test("join(), dirname() and basename() agree with each other", () => {
  assertEquals(join("/", "a", "b"), "/a/b");
  assertEquals(join("/x/", "a"), "/x/a");
  assertEquals(dirname("/a/b"), "/a");
  assertEquals(dirname("/a"), "/");
  assertEquals(dirname("a"), ".");
  assertEquals(basename("C:\\x\\y.pem"), "y.pem");
});
