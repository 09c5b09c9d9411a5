import { assert, assertEquals, assertRejects } from "@std/assert";
import { EXIT, UsageError } from "../../lib/errors.ts";
import { acquireLock, lockState } from "../../lib/home/lock.ts";
import { homePaths } from "../../lib/home/paths.ts";
import {
  decodeRunFile,
  readRunState,
  removeRunFile,
  type RunFile,
  writeRunFile,
} from "../../lib/home/run_file.ts";
import { otherProcess } from "./other_process.ts";
import { modeOf } from "./support.ts";
import { tempFolder } from "../support/temp_folder.ts";

const TITLE = { title: "home alice" };

Deno.test("acquireLock() lets one hold it at a time, and says who", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/nymwire/lock`;
  assertEquals(await lockState(path), { kind: "free" });
  {
    using _held = await acquireLock(path, TITLE);
    assertEquals(await modeOf(path), "600");
    assertEquals(await modeOf(`${folder.path}/nymwire`), "700");
    assertEquals(await lockState(path), { kind: "held", pid: Deno.pid });
    const error = await assertRejects(
      () => acquireLock(path, TITLE),
      UsageError,
    );
    assertEquals(error.exitCode, EXIT.busy);
    assertEquals(
      error.message,
      `Cannot open home alice: process ${Deno.pid} holds it`,
    );
  }
  assertEquals(await lockState(path), { kind: "free" });
  (await acquireLock(path, TITLE)).release();
});

Deno.test("acquireLock() outlives many who only look", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/lock`;
  (await acquireLock(path, TITLE)).release();
  const looks = Array.from({ length: 50 }, () => lockState(path));
  using _held = await acquireLock(path, TITLE);
  await Promise.all(looks);
});

Deno.test("acquireLock() takes over from a process that was killed", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  {
    await using other = await otherProcess("hold", [folder.path]);
    assertEquals(await lockState(paths.lock), { kind: "held", pid: other.pid });
    const error = await assertRejects(
      () => acquireLock(paths.lock, TITLE),
      UsageError,
    );
    assert(error.message.includes(`process ${other.pid}`));
    const state = await readRunState(paths);
    assert(state.kind === "live");
    assertEquals(state.run.pid, other.pid);
  }
  using _held = await acquireLock(paths.lock, TITLE);
  // The lock is ours, the run file is still the other's.
  assertEquals(await readRunState(paths), { kind: "silent", pid: Deno.pid });
});

const RUN: RunFile = {
  pid: Deno.pid,
  startedAt: "2026-05-16T06:27:52Z",
  url: "ws://127.0.0.1:1977",
  address: "a.b@c",
  channel: { url: "ws://127.0.0.1:1978/v1", tokenFile: "/x/token" },
};

Deno.test("readRunState() tells live, stale, silent and none apart", async () => {
  await using folder = await tempFolder();
  const paths = homePaths(folder.path, "alice");
  assertEquals(await readRunState(paths), { kind: "none" });
  {
    using _held = await acquireLock(paths.lock, TITLE);
    assertEquals(await readRunState(paths), { kind: "silent", pid: Deno.pid });
    await writeRunFile(paths, RUN);
    assertEquals(await modeOf(paths.runFile), "600");
    assertEquals(await readRunState(paths), { kind: "live", run: RUN });
    await writeRunFile(paths, { ...RUN, pid: Deno.pid + 1 });
    assertEquals(await readRunState(paths), { kind: "silent", pid: Deno.pid });
    await writeRunFile(paths, RUN);
  }
  assertEquals(await readRunState(paths), { kind: "stale", run: RUN });
  await removeRunFile(paths);
  await removeRunFile(paths);
  assertEquals(await readRunState(paths), { kind: "none" });
});

Deno.test("decodeRunFile() reads a client without socket and channel", () => {
  const text =
    `{"v":1,"pid":7,"startedAt":"now","url":null,"address":"a.b@c","channel":null}`;
  assertEquals(decodeRunFile(text), {
    pid: 7,
    startedAt: "now",
    url: null,
    address: "a.b@c",
    channel: null,
  });
});

Deno.test.each([
  ["nothing", ""],
  ["half a document", "{"],
  ["a list", "[]"],
  [
    "another version",
    `{"v":2,"pid":7,"startedAt":"now","url":null,"address":"a"}`,
  ],
  ["text for a number", `{"v":1,"pid":"7","startedAt":"now","address":"a"}`],
  [
    "a number for text",
    `{"v":1,"pid":7,"startedAt":"now","url":5,"address":"a"}`,
  ],
  [
    "half a channel",
    `{"v":1,"pid":7,"startedAt":"now","address":"a","channel":{"url":"x"}}`,
  ],
  ["far too much", " ".repeat(20_000)],
])("decodeRunFile() finds none in %s", (_, text) => {
  assertEquals(decodeRunFile(text), undefined);
});
