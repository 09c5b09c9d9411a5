import { assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { pattern } from "../support/mixnet_clients.ts";
import { closedPort, Testbed } from "../support/testbed.ts";

/** Run a program of the system to its end; its output. */
async function run(
  program: string,
  args: readonly string[],
  options: Deno.CommandOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    ...options,
    args: [...args],
    stdin: "null",
  }).output();
  if (code === 0) return stdout;
  const words = [program, ...args].join(" ");
  throw new Error(`${words}: ${code}\n${new TextDecoder().decode(stderr)}`);
}

/** A listener that serves callers, and a port here that leads to it. */
async function forward(
  bed: Testbed,
  server: readonly string[],
): Promise<{ port: string }> {
  const { apiUrl } = await bed.network("--port", "0");
  await bed.init("caller", "--network", apiUrl);
  const address = await bed.init("listener", "--network", apiUrl);
  const code = bed.path("code");
  const common = ["--keep-open", "--code-file", code];
  const listener = bed.start([
    "pipe",
    "--id",
    "listener",
    "--listen",
    ...common,
    ...server,
  ]);
  await listener.tells(/on the other side/);
  const caller = bed.start([
    "pipe",
    "--id",
    "caller",
    "--to",
    address,
    ...common,
    "--tcp-listen",
    "0",
  ]);
  const [, port] = await caller.prints(/listening on 127\.0\.0\.1:(\d+)\n/);
  return { port: port! };
}

Deno.test("curl talks to a web server through a pipe, several connections at once", async () => {
  const body = pattern(150_000);
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) =>
      request.method === "POST"
        ? new Response(`${(await request.bytes()).length} bytes`)
        : new Response(body),
  );
  await using bed = await Testbed.create();
  const tcp = `127.0.0.1:${server.addr.port}`;
  const { port } = await forward(bed, ["--tcp", tcp]);
  const url = `http://127.0.0.1:${port}/`;
  await Deno.writeFile(bed.path("upload"), body);
  const post = ["--data-binary", `@${bed.path("upload")}`];
  const [one, two, posted] = await Promise.all([
    run("curl", ["--silent", "--show-error", url]),
    run("curl", ["--silent", "--show-error", url]),
    run("curl", ["--silent", "--show-error", ...post, url]),
  ]);
  assertEquals(one, body);
  assertEquals(two, body);
  assertEquals(new TextDecoder().decode(posted), "150000 bytes");
});

Deno.test("git clones a repository through a pipe to a program that serves it", async () => {
  await using bed = await Testbed.create();
  const repository = bed.path("served/project");
  await Deno.mkdir(repository, { recursive: true });
  const git = (...args: string[]) =>
    run("git", [
      "-C",
      repository,
      "-c",
      "user.name=Somebody",
      "-c",
      "user.email=somebody@example.org",
      ...args,
    ]);
  await git("init", "--quiet");
  await Deno.writeFile(`${repository}/file`, pattern(50_000));
  await git("add", "file");
  await git("commit", "--quiet", "--message", "first");
  const served = [
    "git",
    "daemon",
    "--inetd",
    "--export-all",
    `--base-path=${bed.path("served")}`,
    bed.path("served"),
  ].join(" ");
  const { port } = await forward(bed, ["--exec", served]);
  const url = `git://127.0.0.1:${port}/project`;
  await run("git", ["clone", "--quiet", url, bed.path("clone")]);
  assertEquals(
    await Deno.readFile(`${bed.path("clone")}/file`),
    pattern(50_000),
  );
  const log = await run("git", ["-C", bed.path("clone"), "log", "--oneline"]);
  assertStringIncludes(new TextDecoder().decode(log), "first");
});

Deno.test("rsync fetches a tree and brings one through a pipe to its daemon, and then only what has changed", async () => {
  await using bed = await Testbed.create();
  const served = bed.path("served");
  await Deno.mkdir(`${served}/tree/below`, { recursive: true });
  await Deno.writeFile(`${served}/tree/large`, pattern(120_000));
  await Deno.writeTextFile(`${served}/tree/below/small`, "small");
  await using daemon = await rsyncDaemon(bed, served);
  const { port } = await forward(bed, ["--tcp", `127.0.0.1:${daemon.port}`]);
  const url = `rsync://127.0.0.1:${port}/served`;
  const rsync = async (...args: string[]) =>
    new TextDecoder().decode(
      await run("rsync", ["--archive", "--itemize-changes", ...args]),
    );
  const fetched = bed.path("fetched");
  await rsync(`${url}/tree/`, fetched);
  assertEquals(await Deno.readFile(`${fetched}/large`), pattern(120_000));
  assertEquals(await Deno.readTextFile(`${fetched}/below/small`), "small");

  await Deno.writeTextFile(`${fetched}/below/small`, "no longer small");
  const brought = await rsync(`${fetched}/`, `${url}/tree/`);
  assertStringIncludes(brought, "below/small");
  assertFalse(brought.includes("large"), "what has not changed stays");
  assertEquals(
    await Deno.readTextFile(`${served}/tree/below/small`),
    "no longer small",
  );
});

/** A daemon of rsync for a folder, on a port of its own. */
async function rsyncDaemon(
  bed: Testbed,
  folder: string,
): Promise<{ port: number } & AsyncDisposable> {
  const port = closedPort();
  const config = bed.path("rsyncd.conf");
  await Deno.writeTextFile(
    config,
    `use chroot = no\nuid = ${Deno.uid()}\ngid = ${Deno.gid()}\n[served]\npath = ${folder}\nread only = no\n`,
  );
  const process = new Deno.Command("rsync", {
    args: [
      "--daemon",
      "--no-detach",
      "--address=127.0.0.1",
      `--port=${port}`,
      `--config=${config}`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  while (!await isListening(port)) {
    // It takes a moment to be there.
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      process.kill("SIGTERM");
      await process.status;
    },
  };
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return false;
    throw error;
  }
}
