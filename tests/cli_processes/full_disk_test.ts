import { assertEquals, assertMatch } from "@std/assert";
import { pattern } from "../support/mixnet_clients.ts";
import { Testbed } from "../support/testbed.ts";

/** Runs a client whose state lies on a disk of one megabyte; when a line comes in, the disk grows, and somebody listens. */
const SCRIPT = `
mount -t tmpfs -o size=1m none "$1" || exit 99
chmod 700 "$1"
exec 3<&0
(
  read line <&3 || exit
  mount -o remount,size=64m "$1"
  nymwire listen --id bob --first --raw --timeout 4m >"$2"
  kill $$
) &
exec nymwire run --id bob --port 0 </dev/null 3<&-
`;

/** Runs a command line with a folder on a disk of its own that is full. */
const FULL = `
mount -t tmpfs -o size=1m none "$1" || exit 99
chmod 700 "$1"
head -c 2000000 /dev/zero 2>/dev/null >"$1/filler"
shift
exec nymwire "$@" </dev/null
`;

Deno.test({
  name:
    "a client with a full disk says so, and gets everything once there is room",
  ignore: !canMount(),
  async fn() {
    await using bed = await Testbed.create();
    await bed.network();
    const [, bob] = await Promise.all([bed.init("alice"), bed.init("bob")]);
    const folder = `${bed.base}/clients/bob/nymwire`;
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    const received = bed.path("received");
    await using small = start(bed, [folder, received]);
    await small.tells(/^listening on /m, "stdout");

    const body = pattern(1_000_000);
    const file = bed.path("body");
    await Deno.writeFile(file, body);
    const send = bed.nymwire(
      ["send", "--id", "alice", "--to", bob, "--file", file],
    );
    await small.tells(
      /^reconnecting: Cannot keep the client's state: the disk is full/m,
      "stderr",
    );
    await small.makeRoom();
    // Its gateway has all of it, whatever becomes of the client.
    const { code, stderr } = await send;
    assertEquals([code, stderr], [0, ""]);
    await small.status;
    assertEquals(await Deno.readFile(received), body);
  },
});

Deno.test({
  name: "on a disk that is full from the start, everything says so",
  ignore: !canMount(),
  async fn() {
    await using bed = await Testbed.create();
    const { apiUrl } = await bed.network();
    await bed.init("bob");
    const ours = `${bed.base}/clients/bob/nymwire`;
    const fresh = bed.path("fresh");
    for (
      const [folder, line] of [
        [ours, "run --id bob --port 0"],
        [ours, "send --id bob --to self hello"],
        [fresh, `init --id bob --network ${apiUrl}`],
      ] as const
    ) {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      const { code, stderr } = await new Deno.Command("unshare", {
        args: ["-rm", "sh", "-c", FULL, "sh", folder, ...line.split(" ")],
        env: {
          ...environment(bed),
          ...(folder === fresh ? { NYMWIRE_HOME: fresh } : {}),
        },
      }).output();
      const said = new TextDecoder().decode(stderr);
      assertMatch(
        said,
        /^error: Cannot .*the disk is full.*\nhint: Make room on the disk\n$/,
        line,
      );
      assertEquals(code, 1, line);
    }
  },
});

/** A process in a place of its own for mounts. */
function start(bed: Testbed, args: readonly string[]) {
  const process = new Deno.Command("unshare", {
    args: ["-rm", "sh", "-c", SCRIPT, "sh", ...args],
    env: environment(bed),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = {
    stdout: lines(process.stdout),
    stderr: lines(process.stderr),
  };
  const writer = process.stdin.getWriter();
  return {
    status: process.status,
    async tells(pattern: RegExp, where: "stdout" | "stderr"): Promise<void> {
      let all = "";
      for (;;) {
        const { done, value } = await said[where].next();
        if (done) return assertMatch(all, pattern);
        all += `${value}\n`;
        if (pattern.test(value)) return;
      }
    },
    makeRoom: () => writer.write(new TextEncoder().encode("\n")),
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await process.status;
      await writer.close().catch(() => {});
      for (const stream of Object.values(said)) {
        while (!(await stream.next()).done);
      }
    },
  };
}

/** Where the homes are, and `nymwire`. */
function environment(bed: Testbed): Record<string, string> {
  return {
    NYMWIRE_HOME: bed.base,
    XDG_CONFIG_HOME: bed.path("settings"),
    PATH: `${bed.path("bin")}:${Deno.env.get("PATH")}`,
  };
}

async function* lines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const all = (rest + chunk).split("\n");
    rest = all.pop()!;
    yield* all;
  }
}

/** Whether this machine lets its users have mounts of their own. */
function canMount(): boolean {
  try {
    return new Deno.Command("unshare", {
      args: ["-rm", "sh", "-c", "mount -t tmpfs none /tmp"],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}
